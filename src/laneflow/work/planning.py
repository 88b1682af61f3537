"""The plan: what publishing the folder's edits would do to today's open cases, before it does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from laneflow.engine.live import Live
from laneflow.engine.starts import Starts
from laneflow.engine.state import Instant
from laneflow.errors import LaneflowError, Problem
from laneflow.lanes.meaning import with_hash
from laneflow.practice.model import LoadedPractice, Practice
from laneflow.practice.scripts import PublishedScripts
from laneflow.proofs.plan import Difference, differences
from laneflow.proofs.plan.effects import (
    CONTACTED,
    ESCALATED,
    KINDS,
    Effect,
    effects,
    keeps,
    outlook,
)
from laneflow.proofs.plan.rewording import Wording
from laneflow.store.released import Name, Part
from laneflow.work import versions
from laneflow.work.app import App
from laneflow.work.deciding import LATE
from laneflow.work.garbage import rarely_collected

CHUNK = 500
"""Files read and decided together."""

EXAMPLES = 5
"""Cases named for each effect where not all are asked for."""

SAID_ONLY: dict[str, Any] = {
    "name": "", "phone": "", "languages": (), "contact_hours": (), "contact_cap": (), "norms": {},
    "channels": {}, "at_once": None,
}  # fmt: skip
"""What practice.yaml says that no case is decided by, and its blank."""


@dataclass(frozen=True, slots=True)
class Edited:
    """What would go live: a practice compiled, with its scripts, and the parts of its release."""

    loaded: LoadedPractice
    parts: dict[Name, Part]
    problems: tuple[Problem, ...] = ()

    @property
    def unread(self) -> frozenset[str]:
        """The files that have an error: what is in them is not gone, only not known."""
        return frozenset(p.file for p in self.problems if p.severity == "error")


class Group(msgspec.Struct):
    """One effect many cases share: how many, some of them, and the first and last of its dates."""

    lane: str
    kind: str
    what: str
    cases: int = 0
    examples: list[Effect] = []


@dataclass(slots=True)
class Plan:
    """What publishing would do. ``groups``: the gravest kind first, then by number of cases."""

    at: Instant
    release: int
    """the release that is live, which this was compared with"""
    differences: list[Difference]
    lanes: tuple[str, ...]
    """the lanes whose open cases were decided"""
    looked_at: int = 0
    touched: int = 0
    escalated: int = 0
    contacted: int = 0
    found: dict[tuple[str, str, str], Group] = field(default_factory=dict)

    @property
    def groups(self) -> list[Group]:
        """Every effect with its number of cases: by kind, then lane, then the most first."""
        order = {kind: n for n, kind in enumerate(KINDS)}
        return sorted(self.found.values(), key=lambda g: (order[g.kind], g.lane, -g.cases, g.what))

    @property
    def empty(self) -> bool:
        """Whether nothing would be otherwise, for today's cases or any to come."""
        return not (self.differences or self.found)

    def add(self, effect: Effect, examples: int) -> None:
        """Count one effect of one case."""
        key = (effect.lane, effect.kind, effect.what)
        group = self.found.get(key)
        if group is None:
            group = self.found[key] = Group(*key)
        group.cases += 1
        if len(group.examples) < examples:
            group.examples.append(effect)


def read_edited(folder: Path) -> Edited:
    """The folder's files as they are now, ready to be compared and published.

    Raises LaneflowError where practice.yaml does not load, or where files change while they are
    read, as when an editor saves.
    """
    from laneflow.lanes.load import load_practice

    texts = versions.texts_in(folder)
    loaded, problems = load_practice(folder)
    if versions.texts_in(folder) != texts:
        what, hint = "the files changed while they were read", "Save them, and try again."
        raise LaneflowError(Problem("practice.yaml", 0, 0, what, hint))
    if loaded is None:
        raise LaneflowError(problems)
    scripts = {name: text for (kind, name), text in texts.items() if kind == versions.SCRIPT}
    whole = replace(loaded, scripts=PublishedScripts(scripts))
    return Edited(whole, versions.parts_of(whole, texts), tuple(problems))


def plan(
    app: App,
    edited: Edited,
    at: Instant | None = None,
    *,
    lanes: Collection[str] | None = None,
    examples: int = EXAMPLES,
    each: Callable[[Effect], object] = lambda effect: None,
    seen: Callable[[int], object] = lambda files: None,
) -> Plan:
    """What making ``edited`` live at ``at`` (now) would do to the open cases of changed lanes.

    ``lanes``: only these. ``each`` is given every effect as it is found; ``examples`` of each are
    kept. ``seen`` is told how many files were looked at, for a progress bar. Nothing is written.
    Where a lane caps a day's starts, who gets which day depends on the order cases are decided in.
    """
    at = app.clock.now() if at is None else at
    before, after = app.loaded, edited.loaded
    changed = changed_lanes(before, after)
    chosen = tuple(name for name in changed if lanes is None or name in lanes)
    known = [d for d in differences(before, after) if d.file not in edited.unread]
    made = Plan(at, app.release, known, chosen)
    if not chosen:
        return made
    live, new = Live(before, Starts(app.sleeping)), Live(after, Starts(app.sleeping))
    wording = Wording(before, after, at)
    try:
        with rarely_collected():
            patients = app.store.followed(chosen)
            for start in range(0, len(patients), CHUNK):
                batch = patients[start : start + CHUNK]
                for file in app.store.load(batch).values():
                    both = outlook(live, new, file, at, at - LATE)
                    told = [*effects(both, new, at, chosen)]
                    told += [e for e in wording.effects(both) if e.lane in chosen]
                    _count(made, told, examples, each)
                    made.looked_at += sum(c.lane in chosen for c in file.cases.values())
                seen(len(batch))
    finally:
        live.close()
        new.close()
    return made


def _count(
    made: Plan, told: Iterable[Effect], examples: int, each: Callable[[Effect], object]
) -> None:
    cases: dict[str, set[str]] = {}
    for effect in told:
        made.add(effect, examples)
        each(effect)
        cases.setdefault(effect.case, set()).add(effect.kind)
    made.touched += len(cases)
    made.escalated += sum(ESCALATED in kinds for kinds in cases.values())
    made.contacted += sum(CONTACTED in kinds for kinds in cases.values())


def changed_lanes(before: LoadedPractice, after: LoadedPractice) -> tuple[str, ...]:
    """The lanes whose open cases an edit may concern: its own, or by practice.yaml all of them.

    Scripts concern every lane that may use them; which cases they do is seen from their tasks.
    """
    names = sorted(before.lanes.keys() & after.lanes.keys())
    everything = decides(before.practice) != decides(after.practice)
    if everything or before.scripts != after.scripts:
        return tuple(names)
    return tuple(name for name in names if before.lanes[name].hash != after.lanes[name].hash)


def decides(practice: Practice) -> str:
    """The hash of what a practice says that cases are decided by."""
    return with_hash(replace(practice, **SAID_ONLY)).hash


def lost_statuses(app: App, after: LoadedPractice, unread: Collection[str] = ()) -> list[Problem]:
    """Why ``after`` may not go live: cases in a lane that is gone, or a status nothing keeps.

    ``unread``: lane files with an error of their own, which says enough.
    """
    problems: list[Problem] = []
    standing = app.store.standing()
    for name in sorted({lane for lane, _ in standing}):
        open_in = {status: n for (lane, status), n in standing.items() if lane == name and n}
        file = f"lanes/{name}.yaml"
        if name not in after.lanes:
            if name in app.loaded.lanes and file not in unread:
                count = sum(open_in.values())
                what = f"the lane is gone, but {_cases(count)} in it"
                hint = "Put it back, or close its cases first."
                problems.append(Problem(file, 0, 0, what, hint))
            continue
        lane = after.lanes[name]
        for status in sorted(s for s in open_in if not keeps(lane.statuses, s)):
            what = f'{_cases(open_in[status])} in status "{status}", which is no longer there'
            hint = f"Say where they go: add `was: [{status}]` to a status."
            line = lane.where.line if lane.where else 0
            problems.append(Problem(file, line, 1 if line else 0, what, hint, "statuses"))
    return problems


def _cases(count: int) -> str:
    return "1 open case stands" if count == 1 else f"{count} open cases stand"
