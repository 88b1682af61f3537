"""Owns LANEFLOW_MFA=required: who has no second factor gets no further than setting one up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

OPEN = ("account_logout", "account_reauthenticate", "language", "theme", "stay")
"""Pages, by name, that somebody without one may use, beside those that set one up."""


class SecondFactor:
    """Sends everybody without a second factor to where one is set up.

    Whoever came in by single sign-on has theirs at the identity provider.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], *_: Any
    ) -> HttpResponse | None:
        """The page to set one up instead of the page asked for; None where nothing is missing."""
        if not settings.SECOND_FACTOR_REQUIRED or not request.user.is_authenticated:
            return None
        if not getattr(view, "login_required", True) or _has_one(request):
            return None
        request.second_factor_missing = True  # type: ignore[attr-defined]
        match = request.resolver_match
        name = (match.url_name if match else "") or ""
        if name in OPEN or name.startswith("mfa_"):
            return None
        if "HX-Request" in request.headers:
            return HttpResponse(status=204, headers={"HX-Redirect": "/"})
        return redirect("mfa_index")


def _has_one(request: HttpRequest) -> bool:
    from allauth.account.internal.flows.login import get_authentication_records
    from allauth.mfa.models import Authenticator

    user = request.user
    steps = get_authentication_records(request, user)
    if any(step["method"] == "socialaccount" for step in steps):
        return True
    types = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return bool(Authenticator.objects.filter(user=user, type__in=types).exists())
