"""Owns what a row of the queue says in sentences: who does it, who was called, what to mind.

In Python, since a page says so many of them that a template would take twice as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from laneflow.practice import words
from laneflow.web.desk import Desk
from laneflow.web.templatetags.acting import called
from laneflow.web.templatetags.told import known, lane, said

Row = Mapping[str, Any]


def with_sentences(desk: Desk, rows: Iterable[Row], back: str) -> list[dict[str, Any]]:
    """The rows (see ``metrics.queue.page.row``) with what they say besides.

    ``name`` and ``age`` of the patient, ``does`` (who does it, "" where that is plainly oneself),
    ``of`` (whose case it is, "" where that is the same), ``calls`` ("" where nobody was called),
    ``also`` (what else is open, ""), ``waits`` (why it is held back, ""), ``minds`` (what to mind
    before contacting them), ``query`` (the end of the addresses of its forms).
    """
    return [{**row, **_sentences(desk, row, back)} for row in rows]


def _sentences(desk: Desk, row: Row, back: str) -> dict[str, Any]:
    age = row["age"]
    return {
        "name": row["patient_name"] or _("A patient without a name"),
        "age": "" if age is None else ngettext("%(n)s year", "%(n)s years", age) % {"n": age},
        "does": _doer(desk, row),
        "of": _of(desk, row),
        "calls": _calls(desk, row),
        "also": ", ".join(lane({"desk": desk}, other["lane"]) for other in row["others"]),
        "waits": _("Wait: %(why)s.") % {"why": said(row["hold_why"])} if row["hold_until"] else "",
        "minds": list(_minds(row)) if row["minded"] else [],
        "query": "?" + urlencode({"task": row["key"], "back": back}),
    }


def _doer(desk: Desk, row: Row) -> str:
    me, claimed, doer = desk.account.person, row["claimed"], row["doer"]
    if claimed:
        name = words.name_of(desk.practice, claimed)
        return _("Claimed by you") if claimed == me else _("Claimed by %(name)s") % {"name": name}
    name = words.name_of(desk.practice, doer)
    if not row["covers"]:
        return "" if doer == me else name
    owner, why = words.name_of(desk.practice, row["owner"]), said(row["covers"])
    if doer == me:
        return _("You stand in for %(owner)s: %(why)s") % {"owner": owner, "why": why}
    told = {"doer": name, "owner": owner, "why": why}
    return _("%(doer)s stands in for %(owner)s: %(why)s") % told


def _of(desk: Desk, row: Row) -> str:
    if row["doer"] == row["owner"] or row["covers"] or row.get("follows"):
        return ""
    return _("case of %(owner)s") % {"owner": words.name_of(desk.practice, row["owner"])}


def _calls(desk: Desk, row: Row) -> str:
    """All calls of a case in one sentence; it is told where the page first names the case."""
    parts: list[str] = []
    for call in row["escalations"] if not row.get("repeats") else ():
        texts = "; ".join(known(text) for text in call["texts"])
        parts.append(f"{_called(desk, call, first=not parts)} {texts}")
    return " · ".join(parts)


def _called(desk: Desk, call: Row, *, first: bool) -> str:
    if call["state"] == "taken":
        name = words.name_of(desk.practice, call["taken_by"])
        told = _("Escalated; %(name)s sees to it:") if first else _("%(name)s sees to it:")
        return told % {"name": name}
    role = said(call["role"])
    return _("Escalated; waits for the %(role)s:") % {"role": role} if first else f"{role}:"


def _minds(row: Row) -> Iterator[str]:
    minded = row["minded"]
    if minded["disturbs"] and not row["hold_until"]:
        if not minded["awake"]:
            first, last = minded["hours"]
            yield _(
                "It is %(clock)s for the patient; contact hours are %(from)s to %(to)s. "
                "This cannot wait, so mind the hour."
            ) % {"clock": minded["clock"], "from": first, "to": last}
        elif minded["capped"]:
            yield _capped(minded)
    if minded["refuses"]:
        yield _(
            "Do not contact by this channel: the patient asked not to be reached by %(by)s. "
            "Choose another on the case."
        ) % {"by": called(row["channel"])}
    if minded["deceased"]:
        yield _("The patient has died. Do not contact them.")
    if minded["paused"]:
        yield _("Outreach is paused until the escalation is answered.")


def _capped(minded: Row) -> str:
    a_day, a_week = minded["cap"]
    told = ngettext(
        "Contacted once in 7 days; at most %(day)s a day and %(week)s a week. "
        "This cannot wait all the same.",
        "Contacted %(n)s times in 7 days; at most %(day)s a day and %(week)s a week. "
        "This cannot wait all the same.",
        minded["week"],
    )
    return told % {"n": minded["week"], "day": a_day, "week": a_week}
