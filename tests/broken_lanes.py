"""Every way to break a shipped lane, or the practice, that lets a case wait unseen.

Made from the compiled values, so that what the loader refuses in YAML is tried as well: the proof
must not lean on the loader.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import replace

from laneflow.lanes.load import load_practice
from laneflow.lanes.model import Due, Duration, Lane, Move, Period, Status, Window
from laneflow.practice.model import LoadedPractice, Practice

ROOT = Path(__file__).parents[1]
FOR_EVER = Duration(9999, "months")
THREE_YEARS = Duration(36, "months")
FAR = Duration(700, "days")


class Broken(NamedTuple):
    """A mutant: its name, what it is, the kind of failure that must be found, and where."""

    name: str
    loaded: LoadedPractice
    code: str
    lane: str


@cache
def shipped() -> LoadedPractice:
    """The starter practice, as it is shipped."""
    loaded, problems = load_practice(ROOT)
    assert loaded is not None
    assert not [problem for problem in problems if problem.severity == "error"]
    return loaded


def with_lane(lane: Lane, practice: Practice | None = None) -> LoadedPractice:
    """The shipped practice (or another) with nothing but this lane."""
    return replace(shipped(), practice=practice or shipped().practice, lanes={lane.id: lane})


def with_task(lane: Lane, status: Status, **changed: Any) -> Lane:
    """A lane whose status has another task."""
    task = replace(status.task, **changed)
    return replace(lane, statuses={**lane.statuses, status.id: replace(status, task=task)})


def people(practice: Practice, **changed: Any) -> Practice:
    """A practice whose every person is changed in the same way."""
    changed_people = {name: replace(p, **changed) for name, p in practice.people.items()}
    return replace(practice, people=changed_people)


def without_role(practice: Practice, *roles: str) -> Practice:
    """A practice in which whoever holds one of these roles has left."""
    return replace(
        practice,
        people={
            name: replace(p, active=p.active and not set(roles) & set(p.roles))
            for name, p in practice.people.items()
        },
    )


def broken() -> list[Broken]:
    """All mutants."""
    lanes = shipped().lanes.values()
    found = [b for lane in lanes for b in (*of_lane(lane), *of_statuses(lane), *of_times(lane))]
    return [*found, *of_people(), *of_ladders(), *of_places()]


def of_lane(lane: Lane) -> Iterator[Broken]:
    """The lane as a whole: what every lane has, and who owns it."""
    for name in ("overdue", "first_response_late", "untouched"):
        rules = tuple(r for r in lane.escalations if r.builtin != name)
        yield _lane(f"without {name}", replace(lane, escalations=rules), f"no-{name}")
    few = {n: w for n, w in lane.windows.items() if n != "first_attempt"}
    yield _lane("no window for the first attempt", replace(lane, windows=few), "no-window")
    yield _lane("an owner nobody is", replace(lane, owner="astronaut"), "no-owner")
    yield _lane("a backup nobody is", replace(lane, backup="astronaut"), "no-backup")
    practice = shipped().practice
    alone = without_role(practice, lane.owner, lane.backup)
    ann = replace(practice.people["ana"], roles=(lane.owner, lane.backup), active=True)
    one = replace(alone, people={**alone.people, "ana": ann})
    yield Broken(f"{lane.id}: one person is both", with_lane(lane, one), "one-person", lane.id)
    for role, code in ((lane.owner, "no-owner"), (lane.backup, "no-backup")):
        gone = with_lane(lane, without_role(practice, role))
        yield Broken(f"{lane.id}: every {role} has left", gone, code, lane.id)
    yield _lane("no status at all", replace(lane, statuses={}), "no-status")


def of_statuses(lane: Lane) -> Iterator[Broken]:
    """Each status: no date, nowhere to go, asleep for good, round and round."""
    first, second = list(lane.statuses.values())[:2]
    for status in lane.statuses.values():
        name = status.id
        yield _lane(f"{name} without a date", with_task(lane, status, due=Due()), "no-date")
        lost = with_task(lane, status, after_last="nowhere")
        yield _lane(f"{name} ends nowhere", lost, "no-status")
        asleep = with_task(lane, status, start=Due(duration=THREE_YEARS))
        yield _lane(f"{name} sleeps three years", asleep, "long-sleep")
        other = second if status is first else first
        there, back = Move(other.id), Move(status.id)
        statuses = {
            **lane.statuses,
            name: replace(status, moves=(there,)),
            other.id: replace(other, moves=(back,)),
        }
        yield _lane(f"{name} goes round", replace(lane, statuses=statuses), "circle")


def of_times(lane: Lane) -> Iterator[Broken]:
    """Lengths of time that never end, or come round at once."""
    yield _lane("untouched for ever", replace(lane, untouched=FOR_EVER), "endless")
    yield _lane("untouched for years", replace(lane, untouched=FAR), "too-long")
    yield _lane("untouched less than nothing", replace(lane, untouched=Duration(-1, "days")),
                "endless")  # fmt: skip
    for name, window in lane.windows.items():
        for text, by_tier, code in (
            ("without a length", {}, "no-date"),
            ("for ever", dict.fromkeys(window.by_tier, FOR_EVER), "endless"),
        ):
            windows: dict[str, Window] = {**lane.windows, name: replace(window, by_tier=by_tier)}
            yield _lane(f"window {name} {text}", replace(lane, windows=windows), code)
    status = next(iter(lane.statuses.values()))
    again = with_task(lane, status, every=FOR_EVER)
    yield _lane("another round in 800 years", again, "endless")
    still = {"still": Period("still", Duration(0, "days"), "program.enrolled")}
    yield _lane("a period of no days", replace(lane, periods=still), "no-time")
    at_once = replace(lane, again_after=Duration(0, "days"))
    yield _lane("open again at once", at_once, "no-time")


def of_people() -> Iterator[Broken]:
    """Nobody there to be called."""
    practice = shipped().practice
    lee = replace(practice.people[practice.last_resort], active=False)
    yield _practice(
        "the last resort has left",
        replace(practice, people={**practice.people, lee.id: lee}),
        "last-resort",
    )
    yield _practice("the last resort is nobody", replace(practice, last_resort="x"), "last-resort")
    for first, last in (("2026-11-25", "2026-11-25"), ("2026-12-07", "2026-12-11")):
        away = people(practice, leave=((first, last),))
        yield _practice(f"everybody is away from {first}", away, "nobody-there")
    yield _practice("everybody calls off", people(practice, call_offs=("2026-12-01",)),
                    "nobody-there")  # fmt: skip
    ends = {practice.last_resort, practice.on_call}
    gone = {
        name: replace(p, leave=(("2026-12-02", "2026-12-02"),)) if name in ends else p
        for name, p in practice.people.items()
    }
    yield _practice("both ends are away for a night", replace(practice, people=gone),
                    "nobody-there")  # fmt: skip


def of_ladders() -> Iterator[Broken]:
    """Ladders that lead nowhere, or too slowly."""
    practice = shipped().practice
    for name, ladder in practice.ladders.items():
        for text, changed, code in (
            ("without rungs", {"rungs": ()}, "no-rungs"),
            ("taken for ever", {"resolve_within": FOR_EVER}, "endless"),
            ("a rung for ever", {"rungs": (replace(ladder.rungs[0], within=FOR_EVER),
                                           *ladder.rungs[1:])}, "endless"),
        ):  # fmt: skip
            ladders = {**practice.ladders, name: replace(ladder, **changed)}
            yield _practice(f"ladder {name} {text}", replace(practice, ladders=ladders), code)
    slow = replace(practice.ladders["standard"].rungs[0], within=FAR)
    rungs = (slow, *practice.ladders["standard"].rungs[1:])
    ladders = {**practice.ladders, "standard": replace(practice.ladders["standard"], rungs=rungs)}
    yield _practice("a rung for two years", replace(practice, ladders=ladders), "too-long")
    yield _practice("no default ladder", replace(practice, default_ladder="x"), "no-ladder")
    for name in ("longest_wait", "longest_snooze"):
        yield _practice(f"{name} for ever", replace(practice, **{name: FOR_EVER}), "endless")
        yield _practice(f"{name} two years", replace(practice, **{name: FAR}), "too-long")


def of_places() -> Iterator[Broken]:
    """Locations that never open again, or not for more than a year."""
    practice = shipped().practice
    for name, location in practice.locations.items():
        for text, closure, code in (
            ("closed for good", ("2026-11-20", "2149-12-31", "Sold"), "closed"),
            ("closed for 400 days", ("2026-12-01", "2028-01-05", "Rebuilding"), "too-long"),
        ):
            places = {**practice.locations, name: replace(location, closures=(closure,))}
            yield _practice(f"{name} is {text}", replace(practice, locations=places), code)
    yield _practice("no tiers", replace(practice, tiers=()), "no-place")


def _lane(name: str, lane: Lane, code: str) -> Broken:
    return Broken(f"{lane.id}: {name}", with_lane(lane), code, lane.id)


def _practice(name: str, practice: Practice, code: str) -> Broken:
    """A broken practice, tried on its first lane: each lane stands in the same one."""
    lane = shipped().lanes["discharge-outreach"]
    return Broken(f"practice: {name}", with_lane(lane, practice), code, lane.id)
