"""Reading FHIR elements leniently: every accessor takes whatever was sent and never fails.

Resources are plain JSON objects, unknown fields and all. A wrong shape reads as absent; what is
needed and absent is refused by whoever needs it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Resource = dict[str, Any]

_SEMANTIC_TAG = re.compile(r"\s*\((?:procedure|finding|disorder|situation|regime/therapy)\)\s*\Z")
_LONGEST = 1000


def obj(value: object) -> Resource:
    """The object itself (the first one, of a list), or an empty one."""
    if isinstance(value, list):
        value = value[0] if value else None
    return value if isinstance(value, dict) else {}


def each(value: object) -> Iterator[Resource]:
    """The objects of a list, or a single object (as other FHIR versions send some elements)."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            yield item


def text(value: object) -> str:
    """Text, trimmed, on one line and of bounded length; empty if it is not text."""
    return " ".join(value[: _LONGEST * 2].split())[:_LONGEST] if isinstance(value, str) else ""


def strings(value: object) -> list[str]:
    """The texts of a list (or the one text), trimmed."""
    items = value if isinstance(value, list) else [value]
    return [words for item in items if (words := text(item))]


def codings(concept: object) -> Iterator[tuple[str, str, str]]:
    """(system, code, display) of every coding of one or many CodeableConcepts or Codings."""
    for one in each(concept):
        inner = one.get("coding")
        for coding in each(inner) if inner is not None else (one,):
            yield text(coding.get("system")), text(coding.get("code")), text(coding.get("display"))


def codes(concept: object) -> set[str]:
    """The codes of one or many CodeableConcepts, whatever their systems."""
    return {code for _, code, _ in codings(concept) if code}


def label(concept: object) -> str:
    """The words of the first CodeableConcept that has any: its text, else a coding's display."""
    for one in each(concept):
        words = text(one.get("text")) or next((d for _, _, d in codings(one) if d), "")
        if words:
            return _SEMANTIC_TAG.sub("", words)
    return ""


def words(*concepts: object) -> str:
    """Every text and display of some CodeableConcepts in lower case, to look for a word in."""
    found: list[str] = []
    for concept in concepts:
        for one in each(concept):
            found.append(text(one.get("text")))
            found += (display for _, _, display in codings(one))
    return " ".join(filter(None, found)).casefold()


def number(value: object) -> int | float | None:
    """A number that every JSON reader agrees on; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if -(2**53) <= value <= 2**53 else None


def values(**facts: object) -> dict[str, Any]:
    """Facts that are known, with their dots: ``values(encounter__id="7")``."""
    known = {name: value for name, value in facts.items() if value not in (None, "", [])}
    return {name.replace("__", "."): value for name, value in known.items()}
