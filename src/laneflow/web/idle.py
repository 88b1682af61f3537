"""Owns how a session ends by itself: after 15 minutes without activity, and after 12 hours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode, urlsplit

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme

from laneflow.accounts.at_work import practice_at_work
from laneflow.accounts.record import REASON
from laneflow.engine.state import Instant

IDLE: Instant = 15 * 60_000
LONGEST: Instant = 12 * 3_600_000
WRITTEN: Instant = 30_000
"""How old what is noted of the latest activity may be."""

POLL = "X-Laneflow-Poll"
"""The header of requests that a page makes by itself; they are no activity."""

_SEEN, _BEGUN = "laneflow.seen", "laneflow.begun"
_TOLD = {"idle": "15 minutes without activity", "long": "12 hours are over"}


class Idle:
    """Ends sessions whose time is up; keeps pages of who is logged in out of every cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return _whole(request, self.get_response(request))
        if why := _over(request):
            setattr(request, REASON, _TOLD[why])
            logout(request)
            return _whole(request, HttpResponseRedirect(_login(request, why)))
        answer = self.get_response(request)
        if "Cache-Control" not in answer:
            patch_cache_control(answer, no_store=True, private=True)
        return _whole(request, answer)


def _over(request: HttpRequest) -> str:
    """Why the session's time is up, "" where it is not; notes that somebody is active."""
    now, session = practice_at_work().clock.now(), request.session
    seen, begun = session.get(_SEEN, now), session.get(_BEGUN, now)
    if now - begun >= LONGEST:
        return "long"
    if now - seen >= IDLE:
        return "idle"
    new = _SEEN not in session
    if new:
        session[_BEGUN] = now
    if new or (POLL not in request.headers and not 0 <= now - seen < WRITTEN):
        session[_SEEN] = now
        _note_session(request, now)
    return ""


def _note_session(request: HttpRequest, at: Instant) -> None:
    from allauth.usersessions.models import UserSession

    mine = UserSession.objects.filter(session_key=request.session.session_key)
    mine.update(last_seen_at=datetime.fromtimestamp(at / 1000, UTC))


def _where(request: HttpRequest) -> str:
    """The page to come back to: the one asked for, or the one a form or a part was on."""
    if request.method == "GET" and "HX-Request" not in request.headers:
        return request.get_full_path()
    came = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    if url_has_allowed_host_and_scheme(came, {request.get_host()}):
        parts = urlsplit(came)
        return parts.path + (f"?{parts.query}" if parts.query else "")
    return "/"


def _login(request: HttpRequest, why: str = "") -> str:
    query = {"why": why} if why else {}
    return f"{reverse('account_login')}?{urlencode(query | {'next': _where(request)})}"


def _whole(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """The login page in the whole window where htmx asked for a part of one."""
    parts = urlsplit(answer.get("Location", ""))
    if "HX-Request" not in request.headers or parts.path != reverse("account_login"):
        return answer
    why = parse_qs(parts.query).get("why", [""])[0]
    return HttpResponse(status=204, headers={"HX-Redirect": _login(request, why)})
