"""Owns *Audit*: who did what and who saw whom, for auditors; is the trail whole; its export.

What is looked for is sent in a form's body: a patient may be named in it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import StringIO
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.translation import gettext as _

from laneflow.accounts.rights import AUDIT
from laneflow.metrics.cases import plain
from laneflow.metrics.today import midnight
from laneflow.practice import words
from laneflow.store.trail import Trail
from laneflow.web.desk import Desk, page
from laneflow.web.pages.audit_words import (
    KINDS,
    detail_in_words,
    kind_in_words,
    object_in_words,
)
from laneflow.web.typed import day_of

SHOWN = 100
"""Rows on one page."""

DAYS = 7
"""How far back is looked where nothing else is asked for."""

LONG = 120
"""Characters past which something told with a row is folded up."""

CHECKED = 100_000
"""Rows that are checked while somebody waits; `laneflow audit verify` checks all."""

FIELDS = ("by", "what", "about", "since", "until")
EXACT = ("what", "object", "detail", "hash")
COLUMNS = ("n", "at", "by", "what", "object", "detail", "hash")


@dataclass(slots=True)
class Asked:
    """What the form asks for: its fields, what they mean, and what is wrong with them, by field."""

    said: dict[str, str]
    wanted: Trail
    wrong: dict[str, str] = field(default_factory=dict)


@page(AUDIT, "GET", "POST")
def audit(desk: Desk) -> HttpResponse:
    """The trail's rows that are asked for, the latest first."""
    query = _asked(desk)
    rows = [] if query.wrong else desk.store.trail(query.wanted, SHOWN + 1, _before(desk))
    _note(desk, "audit", query)
    values = {
        "query": query,
        "rows": [_told(desk, row) for row in rows[:SHOWN]],
        "more": rows[SHOWN - 1]["n"] if len(rows) > SHOWN else "",
        "further": _before(desk) is not None,
        "names": [(name, _name(desk, name)) for name in desk.store.audited_by()],
        "kinds": KINDS.items(),
        "count": desk.store.audit_head()[0],
    }
    return desk.render("audit.html", values, 422 if query.wrong else 200)


@page(AUDIT, "POST")
def audit_verify(desk: Desk) -> HttpResponse:
    """Whether the trail is as it was written."""
    count, _hash = desk.store.audit_head()
    after = max(0, count - CHECKED)
    broken = desk.store.verify_audit(after=after)
    n, hash_ = desk.store.audit_head()
    desk.record("audit", "", {"did": "verified", "broken": broken})
    values = {"broken": broken, "seal": f"{n}:{hash_}", "checked": n - after, "count": n}
    return desk.render("audit_verified.html", values)


@page(AUDIT, "POST")
def audit_csv(desk: Desk) -> HttpResponseBase:
    """The same rows, all of them, for a spreadsheet; no cell of it is a formula."""
    query = _asked(desk)
    if query.wrong:
        return audit(desk.request)
    _note(desk, "audit.csv", query)
    answer = StreamingHttpResponse(_lines(desk, query.wanted), content_type="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return answer


def _lines(desk: Desk, wanted: Trail) -> Iterator[str]:
    yield "\ufeff" + _line(COLUMNS)
    before = None
    while rows := desk.store.trail(wanted, 1_000, before):
        before = rows[-1]["n"]
        for row in rows:
            at = words.iso(row["at"], desk.practice.time_zone)
            yield _line([plain(str(value)) for value in (row | {"at": at}).values()])


def _line(cells: Any) -> str:
    text = StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _note(desk: Desk, page: str, query: Asked) -> None:
    """Reading the trail is in the trail."""
    said = {name: value for name, value in query.said.items() if value}
    desk.record("audit", "", {"page": page, "asked": said})


# what is asked for -----------------------------------------------------------------------------


def _asked(desk: Desk) -> Asked:
    post = desk.request.POST
    today = words.local(desk.at, desk.practice.time_zone).date()
    usual = {"since": (today - timedelta(days=DAYS)).isoformat()}
    said = {name: post.get(name, usual.get(name, "")).strip()[:200] for name in FIELDS}
    if desk.request.method == "POST":
        said = {name: post.get(name, "").strip()[:200] for name in FIELDS}
    wrong: dict[str, str] = {}
    since, until = (_day(said[name], name, wrong) for name in ("since", "until"))
    cases = _cases(desk, said["about"])
    if cases == ():
        wrong["about"] = _("There is no such case or patient.")
    wanted = Trail(
        by=said["by"] or None,
        what=said["what"] or None,
        cases=cases,
        since=midnight(desk.practice, since) if since else None,
        until=midnight(desk.practice, until + timedelta(days=1)) if until else None,
    )
    return Asked(said, wanted, wrong)


def _day(text: str, name: str, wrong: dict[str, str]) -> date | None:
    if not text:
        return None
    found = day_of(text)
    if found is None:
        wrong[name] = _("This is not a date. Write 2026-09-14.")
    return found


def _cases(desk: Desk, text: str) -> tuple[str, ...] | None:
    """The cases somebody means: one, by the beginning of its number, or all of a patient's."""
    if not text:
        return None
    case = desk.store.case(text)
    if case is not None:
        return (case.id,)
    return tuple(found.id for found in desk.store.cases(open_only=False, patient=text))


def _before(desk: Desk) -> int | None:
    text = desk.request.POST.get("before", "")
    return int(text) if text.isdecimal() and len(text) < 16 else None


# what is shown ---------------------------------------------------------------------------------


def _told(desk: Desk, row: Mapping[str, Any]) -> dict[str, Any]:
    detail = _detail(row["detail"])
    cases = [str(one) for one in detail.pop("cases", ())]
    kind, _space, id_ = row["object"].partition(" ")
    if kind == "case":
        cases = [id_]
    return {
        **row,
        "name": _name(desk, row["by"]),
        "cases": cases,
        "did": kind_in_words(row["what"]),
        "object": "" if kind == "case" else object_in_words(row["object"]),
        "exact": [(column, row[column]) for column in EXACT if row[column]],
        "when": f"{words.local(row['at'], desk.practice.time_zone):%Y-%m-%d %H:%M:%S %Z}",
        "detail": _short(detail),
        "emergency": row["what"] == "emergency" or detail.get("why") == "emergency",
    }


def _detail(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        found = text
    return found if isinstance(found, dict) else {"": found}


def _short(detail: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """Label and value of what was told with a row, and whether it is too long to read at once."""
    return [(label, value, len(value) > LONG) for label, value in detail_in_words(detail)]


def _name(desk: Desk, by: str) -> str:
    return words.name_of(desk.practice, by)


urls = [
    path("audit", audit, name="audit"),
    path("audit/verify", audit_verify, name="audit_verify"),
    path("audit.csv", audit_csv, name="audit_csv"),
]
