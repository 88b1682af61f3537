"""Owns *My account*: who I am here, where I work, how I log in, and ending one login elsewhere."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

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


@require_POST
def end_session(request: HttpRequest, number: int) -> HttpResponse:
    """Log out one of the other browsers one is logged in with; another's is not there."""
    from allauth.usersessions.adapter import get_adapter
    from allauth.usersessions.models import UserSession

    mine = UserSession.objects.filter(user=Desk(request).account)
    one = mine.exclude(session_key=request.session.session_key).filter(pk=number).first()
    if one is None:
        raise Http404("there is no such session")
    get_adapter().end_sessions([one])
    messages.success(request, _("Logged out there."))
    return HttpResponseRedirect(reverse("usersessions_list"), status=303)


urls = [
    path("account/", account, name="account"),
    path("account/sessions/<int:number>/end", end_session, name="end_session"),
]
