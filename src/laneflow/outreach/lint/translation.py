"""Parts of a script that one language writes and another leaves to its base."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

from laneflow.errors import Problem
from laneflow.outreach.environment import FOLDER
from laneflow.outreach.lint.names import language, parsed
from laneflow.outreach.lint.reading import Shelf
from laneflow.outreach.prompt import PARTNER_SCRIPTS, choose
from laneflow.practice.model import LoadedPractice


def untold(loaded: LoadedPractice, scripts: Shelf) -> Iterator[Problem]:
    """A warning for each block with words of its own in one of a practice's languages only."""
    default, *others = loaded.practice.languages
    there = scripts.read.__contains__
    for script, channel in dict.fromkeys(parsed(name)[:2] for name in scripts.read):
        if not channel or script.startswith(("_", PARTNER_SCRIPTS)):
            continue
        own = choose(there, script, channel, default, default)
        for locale in others if own is not None else ():
            theirs = choose(there, script, channel, locale, default)
            if own is not None and theirs is not None and not theirs.fell_back:
                yield from _missing(scripts, own.name, theirs.name, locale)
                yield from _missing(scripts, theirs.name, own.name, default)


def _missing(scripts: Shelf, mine: str, other: str, locale: str) -> Iterator[Problem]:
    tree = scripts.tree(mine)
    for node in tree.find_all(nodes.Block) if tree is not None else ():
        written, line = scripts.block(other, node.name)
        if line and not written.startswith("_"):
            continue
        what = f'"{node.name}" has words of its own here, and none in {language(locale)}'
        hint = f"Write the block in {FOLDER}/{other}, too."
        yield Problem(
            f"{FOLDER}/{mine}", node.lineno, 1, what, hint,
            severity="warning", code="missing-translation",
        )  # fmt: skip
