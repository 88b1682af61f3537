"""Reads the small practice of these tests, and fills a fragment of a file up to a whole one."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from laneflow.errors import Problem
from laneflow.lanes.load import load_lane
from laneflow.lanes.model import Lane
from laneflow.lanes.schema import check_shape
from laneflow.lanes.yaml import read
from laneflow.practice.load import compile_practice
from laneflow.practice.model import Practice
from laneflow.proofs.check import check_lane

HERE = Path(__file__).parent
SCRIPTS = {
    "base/call": frozenset({"phone", "sms", "letter"}),
    "discharge/first-call": frozenset({"phone", "letter"}),
    "discharge/nurse-call": frozenset({"phone"}),
    "discharge/book-visit": frozenset({"phone", "letter"}),
    "partner/records-request": frozenset({"fax"}),
}
LANES = frozenset({"base"})
_TOP = re.compile(r"^(\w+):", re.MULTILINE)
_WITHOUT = re.compile(r"^# without: (.*)$", re.MULTILINE)


def complete(fragment: str, base: str) -> str:
    """``fragment``, then every top-level entry of ``base`` that it neither has nor forgoes.

    The fragment comes first, so that its lines are counted as they stand in its own file.
    """
    own = set(_TOP.findall(fragment))
    for line in _WITHOUT.findall(fragment):
        own |= set(line.split(", "))
    rest = [block for block in blocks(base) if block.partition(":")[0] not in own]
    return fragment + "".join(rest)


def blocks(text: str) -> list[str]:
    """The top-level entries of a file, each with all its lines."""
    return re.split(r"^(?=\w+:)", text, flags=re.MULTILINE)[1:]


@cache
def practice() -> Practice:
    """The practice of practice.yaml beside this file."""
    found, problems = load_practice_text((HERE / "practice.yaml").read_text())
    assert found is not None
    assert not problems, [str(p) for p in problems]
    return found


def load_practice_text(text: str) -> tuple[Practice | None, list[Problem]]:
    """A practice.yaml's text compiled; None if its shape is wrong."""
    document = read(text.encode(), "practice.yaml")
    problems = check_shape(document, "practice")
    if problems:
        return None, problems
    return compile_practice(document)


def compiled(fragment: str, name: str = "lanes/base.yaml") -> tuple[Lane | None, list[Problem]]:
    """A lane's fragment completed from base.yaml and compiled."""
    text = complete(fragment, (HERE / "base.yaml").read_text())
    return load_lane(text, name, practice(), lanes=LANES, scripts=SCRIPTS)


def load(fragment: str, name: str = "lanes/base.yaml") -> tuple[Lane | None, list[Problem]]:
    """The same, checked as well."""
    text = complete(fragment, (HERE / "base.yaml").read_text())
    found, problems = compiled(fragment, name)
    if found is not None:
        more, unsettled = check_lane(found, practice(), read(text.encode(), name))
        assert not unsettled, "the solver is needed"
        problems += more
        found = None if any(problem.severity == "error" for problem in more) else found
    return found, problems


def lane(fragment: str = "") -> Lane:
    """The same, which must be in order."""
    found, problems = load(fragment)
    assert found is not None, [str(p) for p in problems]
    return found
