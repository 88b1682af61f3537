"""Owns what everybody chooses for this browser: language, light or dark; and staying logged in."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

THEMES = ("light", "dark")
THEME = "laneflow_theme"
"""The cookie; without it the system's own setting decides."""

YEAR = 365 * 86_400


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light or dark; anything else forgets it."""
    answer = HttpResponseRedirect(_back(request), status=303)
    wanted = request.POST.get("theme", "")
    if wanted in THEMES:
        answer.set_cookie(
            THEME, wanted, YEAR,
            secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax",
        )  # fmt: skip
    else:
        answer.delete_cookie(THEME)
    return answer


def _back(request: HttpRequest) -> str:
    """Where they were, if that is a page of ours."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if ours else "/"


def theme_of(request: HttpRequest) -> str:
    """``light``, ``dark``, or "" where the system's own setting decides."""
    wanted = request.COOKIES.get(THEME, "")
    return wanted if wanted in THEMES else ""


@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """Somebody still works, though no page was asked for: they type a long note."""
    return HttpResponse(status=204)


urls = [
    path("language", login_not_required(require_POST(set_language)), name="language"),
    path("theme", theme, name="theme"),
    path("stay", stay, name="stay"),
]
