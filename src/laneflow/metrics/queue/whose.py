"""Owns whose work a task is: who does it, and where in the store all work of one person lies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from laneflow.engine.doers import Falls, falls, falls_to
from laneflow.engine.state import Case, Instant, PatientFile, Task
from laneflow.metrics.lately import Lately
from laneflow.practice.coverage import Cover, cover, does_own, may_stand_in
from laneflow.store.contract import Store
from laneflow.store.shares import FALLS, Share

if TYPE_CHECKING:
    from laneflow.engine.live import Live

_Way = tuple[str, ...]
_known = Lately[_Way]()


def who_does(
    live: Live, file: PatientFile, case: Case, task: Task, at: Instant, load: Mapping[str, int]
) -> Cover:
    """Who does a task when the practice is next open: whoever claimed it, else owner or cover."""
    if task.person:
        return Cover(task.person, "owner")
    found = _covered(live, falls_to(live, file, case, task), case.location, at, load)
    return found if not task.who and case.owner else found._replace(why="")


def _covered(live: Live, to: Falls, location: str, at: Instant, load: Mapping[str, int]) -> Cover:
    calendars = live.calendars(location)
    moment = calendars[0].next_open(at)
    return cover(live.practice, calendars, *to[:3], moment, to.language, load)


def shares_of(
    store: Store,
    live: Live,
    at: Instant,
    person: str,
    load: Mapping[str, int],
    *,
    sleeping: bool = False,
) -> list[Share]:
    """Where the tasks lie that somebody owns or does: ``who_does``, for all tasks at once.

    Asked are those of the owners who cannot do all of it themselves now, and of the roles: what
    decides to whom these fall takes few values, and each of them is looked at once. ``sleeping``:
    also tasks whose start has not come.
    """
    found = [
        Share(column="owner", value=person),
        Share(column="person", value=person, but=person),
    ]
    if not any(_now(live, location, person, at, load, may_stand_in) for location in _places(live)):
        return found
    awake = None if sleeping else at
    others = [
        *(Share(column="owner", value=o, free=True) for o in _absent(live, person, at, load)),
        *(Share(column="who", value=role, but=person) for role in store.roles_asked()),
    ]
    for share in others:
        ways = _ways(store, share, awake)
        theirs = tuple(way for way in ways if _falls(live, share, way, at, load) == person)
        if theirs:
            every = len(theirs) == len(ways)
            found.append(share if every else _narrowed(share, theirs))
    return found


def _ways(store: Store, share: Share, awake: Instant | None) -> tuple[_Way, ...]:
    """Every combination there is of what decides to whom a share's tasks fall.

    The same for whoever asks, and new ones are rare. Where there are so many tasks that they are
    some seconds old, a task lies with whose it was a little longer.
    """
    whole = Share(column=share.column, value=share.value, free=share.free)

    def count() -> dict[_Way, int]:
        return store.tallies(FALLS[share.column], shares=[whole], awake=awake)

    return tuple(_known.of(store, (whole, awake is None), count))


def _narrowed(share: Share, among: tuple[tuple[str, ...], ...]) -> Share:
    return Share(
        column=share.column, value=share.value, but=share.but, free=share.free, among=among
    )


def _falls(live: Live, share: Share, way: _Way, at: Instant, load: Mapping[str, int]) -> str:
    known: dict[str, Any] = dict(zip(FALLS[share.column], way, strict=True))
    owner, who = (share.value, "") if share.column == "owner" else ("", share.value)
    backup, lane = known.get("backup", ""), known.get("lane", "")
    to = falls(live, owner, backup, who, lane, known["language"] or None)
    return _covered(live, to, known["location"], at, load).person


def _absent(live: Live, but: str, at: Instant, load: Mapping[str, int]) -> list[str]:
    """Who cannot do all of their own work now; whoever has work and is not known, too."""
    everybody = dict.fromkeys((*live.practice.people, *load))
    return [
        person
        for person in everybody
        if person not in ("", but)
        and not all(_now(live, place, person, at, load, does_own) for place in _places(live))
    ]


def _now(
    live: Live, location: str, person: str, at: Instant, load: Mapping[str, int], holds: Any
) -> bool:
    calendars = live.calendars(location)
    return bool(holds(live.practice, calendars, person, calendars[0].next_open(at), load))


def _places(live: Live) -> list[str]:
    return list(live.practice.locations)
