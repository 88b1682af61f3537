"""Owns the lists of what calls for somebody: escalations, and events no case was named for."""

from __future__ import annotations

from typing import Any

from laneflow.engine.state import Instant
from laneflow.practice import words
from laneflow.practice.model import LoadedPractice
from laneflow.practice.names import Names
from laneflow.store.contract import Store


def escalations(
    store: Store, loaded: LoadedPractice, at: Instant, **filters: Any
) -> list[dict[str, Any]]:
    """Open and taken escalations as flat rows, the oldest first.

    Each: case, escalation (its rule's id), text, state, role, person (who took it), opened, told
    (when the present rung was told), until (answer by), overdue, last, patient, lane, tier, owner.
    Instants are ISO 8601 in the location's zone. ``filters`` as ``Store.escalations`` takes them.
    """
    practice = loaded.practice
    rows = []
    for row in sorted(store.escalations(**filters), key=lambda row: row["opened"]):
        zone = words.zone_of(practice, row["location"])
        rows.append(
            {
                "case": row["case"],
                "escalation": row["rule"],
                "text": Names(loaded, row["lane"]).escalation(row["rule"]),
                "state": row["state"],
                "role": row["role"],
                "person": row["taken_by"],
                "opened": words.iso(row["opened"], zone),
                "told": words.iso(row["release"], zone),
                "until": words.iso(row["until"], zone),
                "overdue": row["until"] is not None and row["until"] <= at,
                "last": row["last"],
                "patient": row["patient"],
                "lane": row["lane"],
                "tier": row["tier"],
                "owner": row["owner"],
            }
        )
    return rows


def unplaced(store: Store, loaded: LoadedPractice, at: Instant) -> list[dict[str, Any]]:
    """Events that wait to be placed, as flat rows: event (``source id``), type, time, patient,
    why, lanes, candidates (case ids), owner, due, overdue."""
    zone = loaded.practice.time_zone
    return [
        {
            "event": f"{row['source']} {row['id']}",
            "source": row["source"],
            "id": row["id"],
            "type": row["type"],
            "patient": row["patient"],
            "arrived": words.iso(row["at"], zone),
            "why": row["why"],
            "lanes": row["lanes"],
            "candidates": row["candidates"],
            "owner": row["owner"],
            "due": words.iso(row["due"], zone),
            "overdue": row["due"] <= at,
        }
        for row in store.unplaced()
    ]
