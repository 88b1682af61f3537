"""Owns which version of a lane decided what of a case, and by which release it was live."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from laneflow.metrics.case.story import Step
from laneflow.store.contract import Store


def versions(store: Store, steps: Sequence[Step]) -> list[dict[str, Any]]:
    """The versions that decided a case, in order; a row for each stretch under one of them.

    Each: lane and practice (their hashes), first and last (instants of its decisions), decisions
    (how many), release (its number, 0 before the first), by and why (of that release).
    """
    releases = store.releases()[::-1]
    starts = [release.at for release in releases]
    rows = []
    for (lane, practice), group in groupby(
        steps, key=lambda step: (step.decision.lane_hash, step.decision.practice_hash)
    ):
        made = [step.decision.at for step in group]
        live = bisect_right(starts, made[0])
        release = releases[live - 1] if live else None
        rows.append(
            {
                "lane": lane,
                "practice": practice,
                "first": made[0],
                "last": made[-1],
                "decisions": len(made),
                "release": release.n if release else 0,
                "by": release.by if release else "",
                "why": release.why if release else "",
            }
        )
    return rows
