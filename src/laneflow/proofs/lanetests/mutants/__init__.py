"""Lanes changed in one small way each, to learn whether any of their tests would notice.

After R. A. DeMillo, R. J. Lipton and F. G. Sayward, "Hints on Test Data Selection" (Computer 11(4),
1978): a suite that passes on a changed lane as it does on the right one says nothing of that part.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from laneflow.lanes.model import Lane, Where
from laneflow.practice.model import LoadedPractice
from laneflow.proofs.lanetests.coverage import parts_of
from laneflow.proofs.lanetests.mutants.rules import of_rules
from laneflow.proofs.lanetests.mutants.shared import of_practice
from laneflow.proofs.lanetests.mutants.tasks import of_tasks
from laneflow.proofs.lanetests.mutants.words import Change
from laneflow.proofs.lanetests.touched import PRACTICE, Key


@dataclass(frozen=True, slots=True)
class Mutant:
    """A practice changed in one way. ``what`` completes "no test fails when …".

    ``lane`` is its id, empty where practice.yaml was changed. ``keys``: only a test that touched
    one of these parts can notice; a part without a name stands for the whole lane.
    """

    lane: str
    kind: str
    what: str
    where: Where
    keys: tuple[Key, ...]
    loaded: LoadedPractice


def mutants(loaded: LoadedPractice) -> list[Mutant]:
    """Every mutant of every lane and of what they share, in a fixed order."""
    places = {part.key: part.where for part in parts_of(loaded)}
    found: list[Mutant] = []
    for lane in loaded.lanes.values():
        found += _of_lane(loaded, lane, places)
    return [*found, *(_mutant(PRACTICE, change, change.made) for change in of_practice(loaded))]


def _of_lane(loaded: LoadedPractice, lane: Lane, places: Mapping[Key, Where]) -> Iterator[Mutant]:
    practice = loaded.practice
    rules = {name for id_, name in places if id_ == lane.id}
    for change in (*of_rules(lane, practice, rules), *of_tasks(lane, practice)):
        with_it = replace(loaded, lanes=loaded.lanes | {lane.id: change.made})
        mutant = _mutant(lane.id, change, with_it)
        # What has a line of its own within a task, such as an attempt, is shown there.
        exact = mutant.keys[0] in places and ".task." in mutant.keys[0][1]
        yield dataclasses.replace(mutant, where=places[mutant.keys[0]]) if exact else mutant


def _mutant(
    lane: str, change: Change[Lane] | Change[LoadedPractice], loaded: LoadedPractice
) -> Mutant:
    keys = tuple((lane, name) for name in change.parts)
    return Mutant(lane, change.kind, change.what, change.where, keys, loaded)
