"""Owns what there is to tell of lanes: which there are, how each stands, and one as a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from laneflow.lanes.durations import in_words
from laneflow.lanes.model import Lane
from laneflow.lanes.page import Row, Section, page
from laneflow.lanes.words import plain
from laneflow.outreach.lint.names import parsed, wanted_by
from laneflow.practice.model import LoadedPractice, Practice
from laneflow.work.folder import Folder

if TYPE_CHECKING:
    from laneflow.work.app import App

LIVE, EDITED = "live", "edited"
"""Which of its two states a lane is shown in."""

WINDOWS = "Response windows"
"""The section of a lane's page that is a table of its own here."""


class Windows(NamedTuple):
    """Response windows as a table: ``rows`` are (name, from, a length per tier, norm, line)."""

    tiers: tuple[str, ...]
    rows: list[dict[str, Any]]


def lanes(app: App, folder: Folder) -> list[dict[str, Any]]:
    """Every lane, live or in the folder, by title.

    ``open``: its open cases. ``state``: how its file is not what is live, "" where it is.
    ``errors``: what keeps the file from loading. ``live``: whether it is.
    """
    standing: dict[str, int] = {}
    for (name, _), count in app.store.standing().items():
        standing[name] = standing.get(name, 0) + count
    drafted = folder.loaded.lanes if folder.loaded else {}
    files = [*folder.edited, *(p.file for p in folder.problems)]
    unread = {f.removeprefix("lanes/").removesuffix(".yaml") for f in files if _is_lane(f)}
    rows = []
    for id_ in app.loaded.lanes.keys() | drafted.keys() | unread:
        lane = app.loaded.lanes.get(id_) or drafted.get(id_)
        file = f"lanes/{id_}.yaml"
        rows.append({
            "id": id_, "file": file, "title": lane.title if lane else id_,
            "purpose": lane.purpose if lane else "", "owner": lane.owner if lane else "",
            "live": id_ in app.loaded.lanes, "open": standing.get(id_, 0),
            "state": folder.edited.get(file, ""), "errors": folder.errors(file),
        })  # fmt: skip
    return sorted(rows, key=lambda row: str(row["title"]).casefold())


def _is_lane(file: str) -> bool:
    return file.startswith("lanes/") and file.endswith(".yaml") and file.count("/") == 1


def windows(lane: Lane, practice: Practice) -> Windows:
    """The lane's response windows, tier by tier."""
    rows = [
        {
            "name": name, "called": plain(name), "from": window.start or "",
            "tiers": [in_words(window.by_tier[tier]) for tier in practice.tiers],
            "norm": "" if window.norm == "none" else window.norm, "where": window.where,
        }
        for name, window in lane.windows.items()
    ]  # fmt: skip
    return Windows(practice.tiers, rows)


def sections(lane: Lane, practice: Practice) -> list[Section]:
    """The lane as sections of sentences, without its windows."""
    return [each for each in page(lane, practice) if each.title != WINDOWS]


def nested(rows: Sequence[Row]) -> list[tuple[Row, list[Row]]]:
    """Each row that stands by itself, with those under it."""
    found: list[tuple[Row, list[Row]]] = []
    for row in rows:
        if row.depth and found:
            found[-1][1].append(row)
        else:
            found.append((row, []))
    return found


def scripts_of(loaded: LoadedPractice, lane: Lane, names: Sequence[str]) -> list[dict[str, Any]]:
    """The scripts a lane says: each with its files, which are some of ``names``.

    ``files``: (name, channel, language code) of each.
    """
    default = loaded.practice.languages[0]
    wanted = sorted({script for script, _, _ in wanted_by(lane)})
    return [
        {
            "script": script,
            "files": [
                (name, parsed(name).channel, parsed(name).locale or default)
                for name in names
                if parsed(name).script == script and parsed(name).channel
            ],
        }
        for script in wanted
    ]
