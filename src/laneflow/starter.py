"""Owns the starter practice: where its files are, and laying them out in a new folder."""

from __future__ import annotations

import shutil
from pathlib import Path

PARTS = ("practice.yaml", "lanes", "scripts", "schemas")
"""What a practice folder is made of."""

_HERE = Path(__file__).resolve().parent


def starter_folder() -> Path:
    """The starter practice: inside the installed package, or the checkout it is developed in."""
    packaged = _HERE / "starter"
    return packaged if packaged.is_dir() else _HERE.parents[1]


def lay_out(folder: Path) -> list[Path]:
    """Copy the starter practice into ``folder`` and return the files written, in order.

    Raises FileExistsError, before anything is written, when a file of it is there already.
    """
    source = starter_folder()
    files = [file for part in PARTS for file in _files(source / part)]
    targets = [folder / file.relative_to(source) for file in files]
    for target in targets:
        if target.exists():
            raise FileExistsError(target)
    for file, target in zip(files, targets, strict=True):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    return targets


def _files(part: Path) -> list[Path]:
    if part.is_file():
        return [part]
    return sorted(
        file for file in part.rglob("*") if file.is_file() and "__pycache__" not in file.parts
    )
