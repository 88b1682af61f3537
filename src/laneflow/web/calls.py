"""Owns calls for help as pages show them: each with the form about it that was refused, if any."""

from __future__ import annotations

from typing import Any

from laneflow.engine.state import Case
from laneflow.metrics.calls.helping import calls_of
from laneflow.practice import words
from laneflow.web.desk import Desk
from laneflow.web.typed import Typed

FORMS = {"take": "taking", "resolve": "answering", "hand_on": "handing"}
"""The act a form asks for, and by what name its call's template knows it."""


def with_forms(
    desk: Desk, calls: list[dict[str, Any]], typed: Typed | None, of: str = ""
) -> list[dict[str, Any]]:
    """Each call with its number and forms; ``typed``, about the case with the id ``of``, stands at
    its own."""
    for number, call in enumerate(calls, 1):
        case = call["case"]
        zone = words.zone_of(desk.practice, case.location)
        call |= {
            "number": number,
            "zone": words.local(desk.at, zone).tzname(),
            **dict.fromkeys(FORMS.values()),
        }
        about = typed is not None and typed.said.get("escalation") == call["escalation"]
        call["form"] = typed if about and of == case.id else None
        if call["form"] and typed and typed.kind in FORMS:
            call[FORMS[typed.kind]] = typed
    return calls


def calls_in(desk: Desk, case: Case, typed: Typed | None) -> list[dict[str, Any]]:
    """The calls for help of one case, for its page."""
    return with_forms(desk, calls_of(desk.store, desk.live, case, desk.person), typed, case.id)
