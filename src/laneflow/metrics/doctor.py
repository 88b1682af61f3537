"""Owns the practice's check-up: is the promise kept, is the store whole, is the daemon awake."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Literal

import msgspec

from laneflow.engine.fold import fold
from laneflow.engine.state import Case, Instant
from laneflow.errors import Problem
from laneflow.practice import words
from laneflow.practice.model import Practice
from laneflow.proofs.prove import unproven
from laneflow.proofs.silence import ALLOWED_LAG
from laneflow.proofs.silence import silent as why_silent
from laneflow.store.contract import Store

if TYPE_CHECKING:
    from laneflow.engine.live import Live

LAST_AUDITED = 10_000
"""Rows of the audit trail checked where the whole of it is not asked for."""
SAMPLE = 200
"""Open cases rebuilt from the log where the whole of it is not asked for."""
ASLEEP: Instant = 15 * 60_000
"""A daemon that has not ticked for so long is not running."""


class Finding(msgspec.Struct, frozen=True):
    """One thing the check-up found, in one line, with what to do about it."""

    severity: Literal["error", "warning"]
    what: str
    hint: str = ""


class Silent(msgspec.Struct, frozen=True):
    """A live case nobody will be called about, and why (a clause)."""

    case: str
    lane: str
    why: str


class CheckUp(msgspec.Struct, frozen=True):
    """What ``doctor`` says: ``silent`` must be 0; ``at`` is the instant silence was judged at."""

    at: str | None
    open_cases: int
    silent: int
    rebuilt: int
    counts: dict[str, int]
    silent_cases: list[Silent]
    problems: list[Finding]

    @property
    def well(self) -> bool:
        """Whether nothing but warnings was found."""
        return not any(finding.severity == "error" for finding in self.problems)


def examine(
    store: Store,
    live: Live,
    files: Iterable[Problem],
    now: Instant,
    *,
    at: Instant | None = None,
    every_case: bool = False,
    seen: Callable[[int], None] = lambda n: None,
) -> CheckUp:
    """Check everything; silence is judged at ``at``, else at the last instant the daemon reached.

    ``files`` are the problems of the practice's files. ``every_case`` rebuilds all open cases from
    the log, not a sample, and checks all of the audit trail, not its end; ``seen`` is told of each,
    for a progress bar.
    """
    practice = live.practice
    last = store.latest()
    judged = at if at is not None else last if last is not None else now
    silent = silent_cases(store, live, judged)
    rebuilt, broken = _rebuild(store, None if every_case else SAMPLE, seen)
    problems = [*_silent(silent), *broken, *_files(files), *_unproven(live, judged)]
    problems += _daemon(store, practice, now)
    problems += _waiting(store, judged)
    problems += _audit(store, 0 if every_case else store.audit_head()[0] - LAST_AUDITED, seen)
    return CheckUp(
        at=words.iso(judged, practice.time_zone),
        open_cases=sum(store.standing().values()),
        silent=len(silent),
        rebuilt=rebuilt,
        counts=dict(store.counts()),
        silent_cases=silent,
        problems=problems,
    )


def silent_cases(store: Store, live: Live, at: Instant) -> list[Silent]:
    """Every live case nobody will be called about, as of ``at``; none is what was promised."""
    active = [person.id for person in live.practice.people.values() if person.active]
    found = []
    for row in store.silent(at - ALLOWED_LAG, active):
        case = store.case(row["case"])
        why = why_silent(case, live, at) if case else None
        found.append(Silent(row["case"], row["lane"], why or "nobody is called about it"))
    return found


def _unproven(live: Live, at: Instant) -> list[Finding]:
    hint = "`laneflow prove` shows how that could happen."
    return [
        Finding("error", f"a case could be forgotten ({lane}): {failure.what}", hint)
        for lane, failure in unproven(live.loaded, at)
    ]


def _silent(silent: list[Silent]) -> list[Finding]:
    hint = "Look at it with `laneflow case`; is `laneflow run` running?"
    return [Finding("error", f"case {s.case} ({s.lane}) is silent: {s.why}", hint) for s in silent]


def _rebuild(
    store: Store, most: int | None, seen: Callable[[int], None]
) -> tuple[int, list[Finding]]:
    """Fold open cases from their log and compare; how many, and those that differ."""
    hint = "The log is the truth: keep a copy of the database and report this."
    broken, rebuilt = [], 0
    for stored in islice(store.cases(open_only=True), most):
        rebuilt += 1
        seen(1)
        if rebuild(store, stored.id) != stored:
            broken.append(Finding("error", f"case {stored.id} differs from its log", hint))
    return rebuilt, broken


def rebuild(store: Store, case: str) -> Case | None:
    """A case made again from its log alone; None when nothing is logged of it."""
    made: Case | None = None
    for decision, _ in store.log(case):
        made = fold(made, decision)
    return made


def _audit(store: Store, after: int, seen: Callable[[int], None]) -> list[Finding]:
    broken = store.verify_audit(seen, after=max(0, after))
    if broken is None:
        return []
    what = f"the audit trail was tampered with: row {broken} is not as it was written"
    return [Finding("error", what, "Keep a copy of the database, and find out who could.")]


def _files(files: Iterable[Problem]) -> list[Finding]:
    """What is wrong with the files, and what of them is not live yet."""
    found = []
    for problem in files:
        told = str(replace(problem, severity="error")).removesuffix(".")
        keeps = "What is live keeps running." if problem.severity == "error" else ""
        found.append(Finding(problem.severity, told, keeps))
    return found


def _daemon(store: Store, practice: Practice, now: Instant) -> list[Finding]:
    last = store.latest()
    if last is None:
        return []
    hint = "Start it with `laneflow run`."
    if now - last > ASLEEP:
        when = words.spoken(last, practice.time_zone)
        return [Finding("warning", f"nothing has looked at the clock since {when}", hint)]
    due = store.due(now - ASLEEP, 1)
    return [Finding("warning", "work that is due is not being done", hint)] if due else []


def _waiting(store: Store, at: Instant) -> list[Finding]:
    found = []
    bad = len(store.quarantined())
    if bad:
        found.append(
            Finding("warning", f"{bad} records wait in quarantine", "Mend them and take them in.")
        )
    late = [row for row in store.unplaced() if row["due"] is not None and row["due"] <= at]
    if late:
        hint = "Place them with `laneflow unplaced`."
        found.append(Finding("warning", f"{len(late)} unplaced events are overdue", hint))
    return found
