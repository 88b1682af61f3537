"""Owns *My account*: who I am here, where I work, how I log in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from laneflow.web.desk import Desk

ROLES = {
    "coordinator": _("coordinator"),
    "nurse": _("nurse"),
    "provider": _("provider"),
    "manager": _("manager"),
    "operations": _("operations"),
    "auditor": _("auditor"),
}
"""What roles are called on a page."""


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """For everybody who is logged in, whatever their role."""
    from allauth.mfa.models import Authenticator
    from allauth.usersessions.models import UserSession

    desk = Desk(request)
    request.desk = desk  # type: ignore[attr-defined]
    mine = Authenticator.objects.filter(user=desk.account)
    types = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    places = desk.practice.locations
    return desk.render(
        "account.html",
        {
            "roles": [ROLES[role] for role in desk.account.roles if role in ROLES],
            "places": [places[id].name for id in sorted(desk.locations)],
            "second_factor": mine.filter(type__in=types).exists(),
            "sessions": len(UserSession.objects.purge_and_list(desk.account)),
        },
    )


urls = [path("account/", account, name="account")]
