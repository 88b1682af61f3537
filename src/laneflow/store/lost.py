"""Owns who loses at the fence: which results of a batch may not be written."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from laneflow.engine.state import Event, FileResult, Taken


def key_of(taken: Taken) -> tuple[str, str]:
    """(source, id) of an input; acts are of the source ``act``."""
    given = taken.input
    return (given.source, given.id) if isinstance(given, Event) else ("act", given.id)


def lost(
    results: Sequence[FileResult],
    seqs: Mapping[str, int],
    known: Collection[tuple[str, str]],
) -> list[str]:
    """Patients whose result was decided on a file that has moved on, or took in a known input.

    ``seqs``: the files' fences, absent for a new patient. ``known``: inputs in the log. Of two
    results for one patient, or with one input, the first wins.
    """
    losers: list[str] = []
    patients: set[str] = set()
    taken_now: set[tuple[str, str]] = set()
    for result in results:
        keys = [key_of(taken) for taken in result.inputs]
        if (
            result.patient in patients
            or seqs.get(result.patient, 0) != result.seq_before
            or any(key in known or key in taken_now for key in keys)
        ):
            losers.append(result.patient)
            continue
        patients.add(result.patient)
        taken_now.update(keys)
    return losers
