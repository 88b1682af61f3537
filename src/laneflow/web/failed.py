"""Owns the answers when a request cannot be read or fails: 400, 413, 500 and 503.

None shows what went wrong inside: that is in a report file, where no patient is named either.
"""

from __future__ import annotations

import sys

import structlog
from django.core.exceptions import (
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import HttpRequest, HttpResponse
from django.template import loader

from laneflow.web.site import practice_at_work
from laneflow.work.report import busy_database, place, write_once

log = structlog.get_logger("laneflow.pages")

_TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What was sent is no request that pages take."""
    if isinstance(exception, _TOO_MUCH):
        return _answer("413.html", 413)
    return _answer("400.html", 400)


def failed(request: HttpRequest) -> HttpResponse:
    """Something unforeseen: a report is written, and its name shown for whoever is asked."""
    error = sys.exc_info()[1]
    if error is None:
        return _answer("500.html", 500)
    if busy_database(error):
        log.warning("the database is busy or away", **place(error))
        answer = _answer("503.html", 503)
        answer.headers["Retry-After"] = "5"
        return answer
    route = request.resolver_match.view_name if request.resolver_match else "none"
    report = _report(error, f"page: {route}")
    log.error("a page failed", route=route, report=report, **place(error))
    return _answer("500.html", 500, report)


def _report(error: BaseException, doing: str) -> str:
    """The report's file name; "" where even that cannot be written."""
    folder = practice_at_work().folder / ".laneflow" / "reports"
    try:
        return write_once(error, doing, folder).name
    except OSError:
        return ""


def _answer(template: str, status: int, report: str = "") -> HttpResponse:
    """The page by itself: who asks is not looked up, for that may be what fails."""
    page = loader.get_template(template).render({"report": report})
    return HttpResponse(page, status=status)
