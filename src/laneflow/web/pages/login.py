"""Owns which of allauth's pages there are: logging in and out, second factors, sessions."""

from __future__ import annotations

from allauth.account import views as account
from allauth.socialaccount import views as social
from allauth.usersessions import views as sessions
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path

from laneflow.accounts.models import Account


def change_password(request: HttpRequest) -> HttpResponse:
    """Change one's password; there is no such page for who logs in by single sign-on only."""
    assert isinstance(request.user, Account)
    if not request.user.has_usable_password():
        raise Http404
    answer: HttpResponse = account.password_change(request)
    return answer


urls = [
    path("account/login/", account.login, name="account_login"),
    path("account/logout/", account.logout, name="account_logout"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("account/password/", change_password, name="account_change_password"),
    path("account/second-factor/", include("allauth.mfa.urls")),
    path("account/sessions/", sessions.list_usersessions, name="usersessions_list"),
    path("account/", include("allauth.socialaccount.providers.openid_connect.urls")),
    path("account/single-sign-on/cancelled/", social.login_cancelled,
         name="socialaccount_login_cancelled"),
    # Whoever could not log in is not logged in: told so, not sent to the login page.
    path("account/single-sign-on/failed/", login_not_required(social.login_error),
         name="socialaccount_login_error"),
]  # fmt: skip
"""What allauth has beside these, sign-up, e-mail addresses and passwords by mail, is not here."""
