"""Which stories an edit can change: for all others, one side's word is good for both."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from laneflow.engine.live import Live
from laneflow.engine.step import DOCUMENTED
from laneflow.lanes.meaning import with_hash
from laneflow.lanes.model import Lane
from laneflow.practice.model import AtOnce, Ladder, Practice


def concerning(before: Live, after: Live) -> frozenset[str] | None:
    """The event types of which a story holds one if the edit can change it; None: it may any.

    They open a case in a lane that changed, or climbs a ladder that did, or ask for help by the
    ladder's name. What brings a closed case back is not among them: something opened it first.
    """
    same = _decided_by(before.practice) == _decided_by(after.practice)
    if not same or before.key_facts != after.key_facts:
        return None
    found: set[str] = set()
    for id_ in before.lanes.keys() | after.lanes.keys():
        lanes = [live.lanes[id_].lane for live in (before, after) if id_ in live.lanes]
        if len(lanes) == 1 or _differ(lanes[0], lanes[1], before, after):
            found |= {opening.on for lane in lanes for opening in lane.opens}
    if _ladders(before.practice) != _ladders(after.practice):
        found.add(DOCUMENTED)
    return frozenset(found)


def _decided_by(practice: Practice) -> str:
    """What of practice.yaml is decided and counted by whatever the lane, as a hash.

    Ladders are looked at lane by lane. Windows, barriers and escalations are part of the lanes
    that use them. The rest of what is left out here is for scripts, queues and messages.
    """
    people = {
        id_: replace(person, name="", languages=(), most_open_tasks=None, notify=())
        for id_, person in practice.people.items()
    }
    bare = replace(
        practice, name="", phone="", languages=(), people=people, default_ladder="", ladders={},
        escalations=(), barriers={}, windows={}, contact_hours=("", ""), contact_cap=(0, 0),
        norms={}, channels={}, at_once=AtOnce(), hash="",
    )  # fmt: skip
    return with_hash(bare).hash


def _differ(old: Lane, new: Lane, before: Live, after: Live) -> bool:
    return old.hash != new.hash or [*_climbed(old, before)] != [*_climbed(new, after)]


def _climbed(lane: Lane, live: Live) -> Iterator[Ladder]:
    """The ladders of a lane's escalations, without their places in the file."""
    ladders, usual = live.practice.ladders, live.practice.default_ladder
    for rule in lane.escalations:
        yield _bare(ladders.get(live.ladder_of(lane, rule.id)) or ladders[usual])


def _ladders(practice: Practice) -> tuple[str, dict[str, Ladder]]:
    return practice.default_ladder, {id_: _bare(x) for id_, x in practice.ladders.items()}


def _bare(ladder: Ladder) -> Ladder:
    rungs = tuple(replace(rung, where=None) for rung in ladder.rungs)
    return replace(ladder, rungs=rungs, where=None)
