"""Versions: which practice and lanes may go live, and which last good ones keep running."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from laneflow.engine.state import Instant
from laneflow.errors import LaneflowError, Problem
from laneflow.lanes.model import Lane
from laneflow.practice.model import LoadedPractice, Practice
from laneflow.store.contract import Store

PRACTICE = "practice"
LANE = "lane"


@dataclass(frozen=True, slots=True)
class Settled:
    """What may run: the practice as it is or as it last was, and why it differs from its files."""

    loaded: LoadedPractice
    problems: list[Problem]


def settle(
    found: LoadedPractice | None, problems: list[Problem], store: Store, folder: Path
) -> Settled:
    """What of ``found`` may go live; where something may not, its last good version stays.

    A lane stays as it was where its file is broken, where its file is gone while cases are open
    in it, and where a case stands in a status that is neither kept nor mapped by ``was``.
    Raises LaneflowError with every problem where nothing was ever live.
    """
    before = last_good(store, folder)
    if found is None:
        if before is None:
            raise LaneflowError(problems)
        return Settled(before, [*problems, _practice_stays()])
    if before is None:
        return Settled(found, problems)
    standing = store.standing() if hashes(before) != hashes(found) else {}
    lanes, notes = dict(found.lanes), list(problems)
    for name in sorted(before.lanes.keys() | found.lanes.keys()):
        refusal = _refusal(name, found, before, standing, folder)
        if refusal is not None:
            notes.append(refusal)
            if name in before.lanes:
                lanes[name] = before.lanes[name]
    misfit = _misfit(lanes, found)
    if misfit is not None:
        return Settled(before, [*notes, misfit])
    return Settled(msgspec.structs.replace(found, lanes=lanes), notes)


def last_good(store: Store, folder: Path) -> LoadedPractice | None:
    """The practice that is live in the store; None before the first."""
    live = store.live()
    practice = _content(store, live.get((PRACTICE, PRACTICE)))
    if practice is None:
        return None
    lanes = {
        name: msgspec.json.decode(content, type=Lane)
        for (kind, name), version in sorted(live.items())
        if kind == LANE and (content := _content(store, version)) is not None
    }
    return LoadedPractice(
        practice=msgspec.json.decode(practice, type=Practice), lanes=lanes, folder=str(folder)
    )


def publish(store: Store, loaded: LoadedPractice, at: Instant, by: str) -> list[str]:
    """Make ``loaded`` live; return what changed ("practice" or a lane's name).

    The open cases it concerns are woken, to be decided again under their new version: once
    before and once after, so that a crash in between leaves none behind.
    """
    live = store.live()
    parts = _parts(loaded)
    changed = [name for kind, name, version, _ in parts if live.get((kind, name)) != version]
    gone = [name for kind, name in live if kind == LANE and name not in loaded.lanes]
    for name in gone:
        store.retire(LANE, name)
    if not changed:
        return gone
    wake_changed(store, loaded, changed, at, known=bool(live))
    for kind, name, version, content in parts:
        if name in changed:
            store.publish(kind, name, version, msgspec.json.encode(content), at, by)
    wake_changed(store, loaded, changed, at, known=bool(live))
    return changed + gone


def wake_changed(
    store: Store, loaded: LoadedPractice, changed: list[str], at: Instant, *, known: bool = True
) -> None:
    """Make the files with open cases of the changed lanes due; all of them for a new practice."""
    if not known:
        return
    latest = store.latest()
    lanes = list(loaded.lanes) if PRACTICE in changed else changed
    store.wake(None, lanes, at if latest is None else min(at, latest))


def differences(before: LoadedPractice, after: LoadedPractice) -> list[str]:
    """What differs between two practices: "practice" or a lane's name."""
    old, new = hashes(before), hashes(after)
    return [part[1] for part in old | new if old.get(part) != new.get(part)]


def hashes(loaded: LoadedPractice) -> dict[tuple[str, str], str]:
    """(kind, name) -> hash, as the store says what is live."""
    return {(kind, name): version for kind, name, version, _ in _parts(loaded)}


def _parts(loaded: LoadedPractice) -> list[tuple[str, str, str, Practice | Lane]]:
    practice = loaded.practice
    return [(PRACTICE, PRACTICE, practice.hash, practice)] + [
        (LANE, lane.id, lane.hash, lane) for lane in loaded.lanes.values()
    ]


def _content(store: Store, version: str | None) -> bytes | None:
    return None if version is None else store.version(version)


def _refusal(
    name: str,
    found: LoadedPractice,
    before: LoadedPractice,
    standing: dict[tuple[str, str], int],
    folder: Path,
) -> Problem | None:
    """Why lane ``name`` may not become what its file says; None where it may."""
    file = f"lanes/{name}.yaml"
    open_in = {status: n for (lane, status), n in standing.items() if lane == name and n}
    if name not in found.lanes:
        if (folder / file).exists():
            return _warning(file, "its last good version keeps running", "Mend the file's errors.")
        if not open_in:
            return None
        what = f"the file is gone, but {sum(open_in.values())} open cases are in this lane"
        return _error(file, what, "Put it back, or close its cases first; it runs on until then.")
    lost = {status: n for status, n in open_in.items() if not _keeps(found.lanes[name], status)}
    if not lost:
        return None
    status, n = next(iter(sorted(lost.items())))
    what = f'{n} open cases stand in status "{status}", which is no longer there'
    hint = f"Say where they go: add `was: [{status}]` to a status. The last good version runs on."
    return _error(file, what, hint, "statuses")


def _keeps(lane: Lane, status: str) -> bool:
    return status in lane.statuses or any(status in kept.was for kept in lane.statuses.values())


def _misfit(lanes: dict[str, Lane], found: LoadedPractice) -> Problem | None:
    """Why a lane kept from before cannot run under the new practice.yaml; None where all can."""
    practice = found.practice
    for name, lane in lanes.items():
        if lane is found.lanes.get(name):
            continue
        ladders = {rule.ladder for rule in lane.escalations} - practice.ladders.keys()
        tiers = any(set(practice.tiers) - w.by_tier.keys() for w in lane.windows.values())
        if ladders or tiers:
            what = f"the last good version of lane {name} needs the old practice.yaml"
            hint = f"Mend lanes/{name}.yaml; the whole practice stays as it last was until then."
            return _error("practice.yaml", what, hint)
    return None


def _practice_stays() -> Problem:
    return _warning("practice.yaml", "the last good practice keeps running", "Mend its errors.")


def _error(file: str, what: str, hint: str, path: str = "") -> Problem:
    return Problem(file, 0, 0, what, hint, path)


def _warning(file: str, what: str, hint: str) -> Problem:
    return Problem(file, 0, 0, what, hint, severity="warning")
