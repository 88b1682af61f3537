"""Owns beginning a lane: a file that is in order, to change, and its first tests."""

from __future__ import annotations

import re
from pathlib import Path

from laneflow.errors import LaneflowError, Problem, did_you_mean, listing
from laneflow.lanes.load import load_lane
from laneflow.lanes.sketch import sketch, sketched_test
from laneflow.practice.model import Practice
from laneflow.work.bringing import write_whole

NAME = re.compile(r"[a-z][a-z0-9-]{0,59}")


def begin(
    folder: Path, practice: Practice, name: str, event: str, *, owner: str | None, title: str | None
) -> list[str]:
    """Write lanes/NAME.yaml and its tests, relative to ``folder``; their names.

    ``owner``: a role; None for the practice's backup. ``title``: None for the name in words.
    Raises LaneflowError for a name or a role that cannot be, and where a file is there already.
    """
    if not NAME.fullmatch(name):
        hint = "Use small letters, digits and -, as in ear-check."
        raise LaneflowError(Problem("lane", 0, 0, f'"{name}" cannot name a lane', hint, "name"))
    role = _role(owner, practice)
    title = title or name.replace("-", " ").capitalize()
    text = sketch(title, event, practice.tiers[-1], role, practice.manager_role)
    file = f"lanes/{name}.yaml"
    lane, problems = load_lane(text, file, practice)
    if lane is None:
        raise LaneflowError(problems)
    files = {file: text, f"lanes/tests/{name}.yaml": sketched_test(name, event)}
    for each in files:
        if (folder / each).exists():
            hint = "Give the new lane another name."
            raise LaneflowError(Problem(each, 0, 0, "is there already", hint, "name"))
    for each, content in files.items():
        try:
            write_whole(folder / each, content.encode())
        except OSError as error:
            what = f"cannot be written: {(error.strerror or 'it fails').lower()}"
            raise LaneflowError(Problem(each, 0, 0, what, "May you write there?")) from None
    return list(files)


def _role(owner: str | None, practice: Practice) -> str:
    if owner and owner not in practice.roles:
        hint = did_you_mean(owner, practice.roles, f"Known: {listing(practice.roles)}.")
        raise LaneflowError(Problem("--owner", 0, 0, f'there is no role "{owner}"', hint, "owner"))
    return owner or practice.default_backup
