"""Owns asking for what tells a lane's cases apart, where somebody opens one by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laneflow.errors import LaneflowError, Problem
from laneflow.web.typed import chosen

FACT = "fact."
"""How the fields begin in which a missing key is asked for; the fact's name follows."""
LONGEST = 200
"""Characters of a key, a name or a number."""


def keys_said(form: Mapping[str, str], lane: Mapping[str, Any]) -> dict[str, str]:
    """The keys typed for a lane as ``metrics.calls.placing.opens_in`` gives it, by name.

    Raises LaneflowError naming each field that is missing; of records one is enough.
    """
    names = [name for name, _label in lane["missing"]]
    typed = chosen(form, [FACT + name for name in names])
    said = {field.removeprefix(FACT): value for field, value in typed.items()}
    enough = lane["one_of"] if any(name in said for name in lane["one_of"]) else ()
    missing = [name for name in names if name not in said and name not in enough]
    hint = "Without it the case cannot be told from others."
    wrong = [Problem("open", 0, 0, "this is missing", hint, FACT + name) for name in missing]
    wrong += too_long({FACT + name: value for name, value in said.items()})
    if wrong:
        raise LaneflowError(wrong)
    return said


def too_long(said: Mapping[str, str]) -> list[Problem]:
    """A problem for each field that holds more than the form takes."""
    what = f"this is longer than {LONGEST} characters"
    return [Problem("open", 0, 0, what, path=n) for n, v in said.items() if len(v) > LONGEST]
