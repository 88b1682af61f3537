"""Laws of the plan, on random lanes and edits: what it says is what happens, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import cast
from laneflow.engine.run import run
from laneflow.engine.state import Case, Instant, PatientFile
from laneflow.lanes.meaning import with_hash
from laneflow.lanes.model import Lane, Status
from laneflow.practice.model import LoadedPractice, Practice
from laneflow.proofs.plan.effects import (
    CLOSED,
    ENDED,
    ESCALATED,
    LOST,
    OPENED,
    TASKS,
    TIMED,
    Effect,
    decided,
)
from laneflow.store.memory import MemoryStore
from laneflow.work import versions
from laneflow.work.app import App
from laneflow.work.clock import FixedClock
from laneflow.work.deciding import LATE
from laneflow.work.due import catch_up, tick
from laneflow.work.planning import Edited, Plan, lost_statuses, plan
from random_lanes import Happening, days, lanes, to_input

HOUR: Instant = 3_600_000
EDITED = ("windows", "escalations", "closes", "priority", "checklist", "barriers", "moves", "owner")
"""What an edit takes from another lane."""


@st.composite
def edits(draw: st.DrawFn) -> tuple[Lane, Lane]:
    """A lane, and the same with some of its parts, and of its statuses' tasks, from another."""
    one, other = draw(lanes()), draw(lanes())
    taken = draw(st.lists(st.sampled_from(EDITED), max_size=4, unique=True))
    changed = {name: getattr(other, name) for name in taken}
    if draw(st.booleans()):
        statuses = dict(one.statuses)
        for name in draw(st.lists(st.sampled_from(sorted(statuses)), unique=True)):
            task = statuses[name].task
            if name in other.statuses:
                task = replace(other.statuses[name].task, after_last=task.after_last)
            statuses[name] = replace(statuses[name], task=task)
        if draw(st.booleans()):
            statuses = renamed(statuses, list(statuses)[-1])
        changed["statuses"] = statuses
    return with_hash(replace(one, title="before")), with_hash(replace(one, **changed))


def renamed(statuses: dict[str, Status], old: str) -> dict[str, Status]:
    """The statuses with another name for one of them, which says what it was."""
    new = f"new_{old}"

    def again(status: Status) -> Status:
        moves = tuple(replace(m, to=new) if m.to == old else m for m in status.moves)
        after = new if status.task.after_last == old else status.task.after_last
        return replace(status, moves=moves, task=replace(status.task, after_last=after))

    found = {name: again(status) for name, status in statuses.items()}
    found[new] = replace(found.pop(old), id=new, was=(old,))
    return found


def app_with(lane: Lane, practice: Practice | None = None) -> App:
    """A practice of one lane at work in memory."""
    loaded = LoadedPractice(practice or cast.practice(), {lane.id: lane}, ".")
    store = MemoryStore()
    store.release(versions.parts_of(loaded, {}), 0, "test", "", after=0)
    return App(Path("nowhere"), store, loaded, FixedClock(0))


def played(app: App, story: list[Happening]) -> PatientFile:
    """The story decided and kept."""
    file = cast.patient(first_name="Rosa")
    for n, happening in enumerate(story):
        first = next(iter(file.cases.values()), None)
        escalation = next(iter(first.escalations), "none") if first else "none"
        given_ = to_input(n, happening, first.id if first else "nobody", escalation)
        result = run(app.live, file, [given_], happening[1])
        assert app.store.apply([result], clock=happening[1]) == []
        file = app.store.load(["p1"])["p1"]
    return file


def later(app: App, at: Instant) -> None:
    """It is ``at``, and the daemon has been at work until then, but for the last minutes."""
    assert isinstance(app.clock, FixedClock)
    catch_up(app, at - LATE)
    app.clock.at = at


def at_once(app: App, lane: Lane) -> dict[str, Case]:
    """Publish the lane and decide all that is due at this instant; the patient's cases."""
    edited = edited_by(app, lane)
    now = app.clock.now()
    assert versions.make_live(app.store, edited.parts, now, "ana", "x", after=app.release)
    app.follow()
    tick(app, now)
    return {case.id: case for case in app.store.cases(open_only=False)}


def edited_by(app: App, lane: Lane) -> Edited:
    loaded = replace(app.loaded, lanes={lane.id: lane})
    return Edited(loaded, versions.parts_of(loaded, {}))


def planned(app: App, lane: Lane) -> tuple[Plan, list[Effect]]:
    told: list[Effect] = []
    return plan(app, edited_by(app, lane), each=told.append), told


def seen(case: Case) -> dict[str, Any]:
    """What a person sees of a case, by the keys that effects have."""
    tasks = {"task": case.task, **case.side}
    here: dict[str, Any] = {
        name: getattr(case, name) for name in ("status", "tier", "kind", "owner", "backup")
    }
    here["closed"] = case.closed.outcome if case.closed else None
    if case.closed is not None:
        return here | {f"escalation {id_}": True for id_ in case.escalations}
    for key, task in tasks.items():
        if task is not None:
            here |= {key: task.due.at, f"who of {key}": task.who, f"person of {key}": task.person}
            here |= {f"start of {key}": task.start.at if task.start else None}
    here |= {f"window {name}": date.at for name, date in case.windows.items()}
    here |= {f"item {n}": i.due.at if i.due else None for n, i in case.items.items()}
    here |= {f"escalation {id_}": True for id_ in case.escalations}
    return here | {"untouched": case.untouched.at if case.untouched else None}


def foretold(before: dict[str, Any], told: list[Effect]) -> dict[str, Any]:
    """What will be seen, by what was seen and what the plan says."""
    after = dict(before)
    for effect in told:
        if effect.kind == ENDED or (effect.kind == TASKS and effect.after is None):
            for name in (effect.key, f"who of {effect.key}", f"person of {effect.key}",
                         f"start of {effect.key}"):  # fmt: skip
                after.pop(name, None)
        elif effect.kind == ESCALATED:
            after[effect.key] = True
        elif effect.kind == CLOSED:
            after["closed"] = effect.after
        elif effect.kind == TIMED and effect.key.startswith("escalation"):
            continue
        elif effect.key:
            after[effect.key] = effect.after
    return after


def agree(before: Case, after: Case, told: list[Effect]) -> None:
    """Whether a case became what the plan said, in every respect it speaks of."""
    expected, found = foretold(seen(before), told), seen(after)
    moved = before.status != after.status
    for name in found:
        new = name.rpartition(" ")[2]
        if (moved and new == "task") or (name not in seen(before) and new in after.side):
            continue  # another status has another task; a new task is told by its date alone
        assert found[name] == expected.get(name), (name, told)
    gone = {name for name in expected if name not in found and expected[name] is not None}
    assert after.closed is not None or not gone


@given(edits(), days(), st.integers(1, 400))
@settings(max_examples=60)
def test_what_the_plan_says_is_what_publishing_does(
    edit: tuple[Lane, Lane], story: list[Happening], hours: int
) -> None:
    lane, edited = edit
    assume(lane.hash != edited.hash)
    app = app_with(lane)
    played(app, story)
    later(app, story[-1][1] + hours * HOUR)
    for turn in (edited, lane):  # and back again
        found, told = planned(app, turn)
        lost = {effect.case for effect in told if effect.kind == LOST}
        assert bool(lost) == bool(lost_statuses(app, edited_by(app, turn).loaded))
        if lost:
            assert turn is lane, "only the way back does not know what a status is called now"
            return
        assert found.touched == len({effect.case for effect in told})
        now = app.clock.now()
        file = app.store.load(["p1"])["p1"]
        before = decided(app.live, file, now, now - LATE)
        after = at_once(app, turn)
        opened = {effect.case for effect in told if effect.kind == OPENED}
        for id_, case in after.items():
            mine = [effect for effect in told if effect.case == id_]
            if id_ in before and before[id_].closed is None:
                agree(before[id_], case, mine)
            elif id_ not in before and id_ in file.cases:
                assert id_ in opened


@given(lanes(), days(), st.integers(1, 400))
@settings(max_examples=60)
def test_publishing_what_says_the_same_changes_no_case(
    lane: Lane, story: list[Happening], hours: int
) -> None:
    lane = with_hash(lane)
    app = app_with(lane)
    played(app, story)
    later(app, story[-1][1] + hours * HOUR)
    found, told = planned(app, lane)
    assert (found.empty, told) == (True, [])
    told = planned(app, with_hash(replace(lane, purpose="Said otherwise.")))[1]
    assert told == []
