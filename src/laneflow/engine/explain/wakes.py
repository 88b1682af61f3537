"""Why a case decides next when it does: everything that falls on its ``wake_at``."""

from __future__ import annotations

from collections.abc import Iterator

from laneflow.engine.compiled import CompiledLane
from laneflow.engine.explain.naming import side_task
from laneflow.engine.facts import View
from laneflow.engine.live import Live
from laneflow.engine.matcher import walk
from laneflow.engine.state import Case, Instant, PatientFile
from laneflow.practice.model import Practice


def why_it_wakes(live: Live, case: Case, file: PatientFile) -> tuple[str, ...]:
    """What falls on the instant at which the case decides next, in words; () where it never does.

    Asked as of the case's last decision, which is the one that set that instant.
    """
    wake = case.wake_at
    if wake is None or case.lane not in live.lanes:
        return ()
    dated = [says for at, says in _dates(live.practice, case) if at == wake]
    if case.closed is not None:
        return tuple(dated)
    compiled = live.lanes[case.lane]
    view = View(compiled.lane, case, file, live.calendar(case.location), case.at)
    return tuple(dict.fromkeys((*dated, *_tests(compiled, view, wake))))


def _dates(practice: Practice, case: Case) -> Iterator[tuple[Instant | None, str]]:
    for rule, held in case.escalations.items():
        does = "must be resolved" if held.state == "taken" else "goes on to its next rung"
        yield held.until, f"the call for help {rule} {does}"
    if case.task is not None and not case.task.paused:
        yield case.task.due.at, "the main task falls due"
    for key, side in case.side.items():
        yield side.due.at, f"{side_task(practice, key)} falls due"
    for name, made in (
        ("first_attempt", case.first_attempt),
        ("first_contact", case.first_contact),
    ):
        if made is None and name in case.windows:
            yield case.windows[name].at, f"the window {name} ends"
    if case.untouched is not None:
        yield case.untouched.at, "nobody has acted for too long"
    for name, (_, end) in case.periods.items():
        yield end, f"the period {name} ends"


def _tests(compiled: CompiledLane, view: View, wake: Instant) -> Iterator[str]:
    """The rules one of whose tests may turn at that instant."""
    status = view.case.status
    for name, rule in compiled.by_name.items():
        for atom in walk(compiled.condition(rule)):
            if compiled.is_asked(rule, status) and compiled.ask(atom, view)[1] == wake:
                yield f"a test of {name} turns: {atom.fact}"
