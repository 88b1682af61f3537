"""Owns how allauth is bent to this house: nobody signs up, and who single sign-on lets in."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from laneflow.accounts import record
from laneflow.accounts.at_work import practice_at_work
from laneflow.accounts.backend import may_log_in
from laneflow.accounts.models import Account
from laneflow.accounts.rights import first_page, rights_of

SILENT = ("account/messages/logged_in.txt", "account/messages/logged_out.txt")
"""What is plain to see need not be said."""


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by operations; nobody makes their own."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def pre_login(self, request: HttpRequest, user: Account, **_: Any) -> HttpResponse | None:
        """A page that refuses accounts which may not be used (see ``may_log_in``)."""
        if may_log_in(user):
            return None
        clear_login(request)
        answer: HttpResponse = self.respond_user_inactive(request, user)
        return answer

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Where their day begins."""
        assert isinstance(request.user, Account)
        return reverse(first_page(rights_of(request.user.roles)))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """By the account alone: allauth also counts by the name the site was asked for by."""
        return str(credentials.get("username", "")).casefold()

    def add_message(self, request: HttpRequest, level: int, *told: Any, **named: Any) -> None:
        """Say it, unless it is plain to see."""
        template = named.get("message_template") or (told[0] if told else None)
        if template not in SILENT:
            super().add_message(request, level, *told, **named)


class SingleSignOn(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """An identity provider says who it is; whether they have an account, operations has said."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Log in the one account with the address that the provider has verified, or refuse."""
        account = account_of(sociallogin.account.extra_data)
        if account is None:
            record.note(request, "login refused", "", {"how": "single sign-on"})
            page = render(request, "socialaccount/no_account.html", status=403)
            raise ImmediateHttpResponse(page)
        sociallogin.user = account


def account_of(claims: dict[str, Any]) -> Account | None:
    """The account for what an identity provider claims: by a verified e-mail address, nothing else.

    ``claims``: {"id_token": …, "userinfo": …}; both must speak of the same subject.
    """
    token, more = claims.get("id_token") or {}, claims.get("userinfo") or {}
    if token and more and token.get("sub") != more.get("sub"):
        return None
    said = token if token.get("email") else more
    address = said.get("email")
    if not isinstance(address, str) or not address or said.get("email_verified") is not True:
        return None
    found = Account.objects.filter(single_sign_on=address.strip().lower())
    return found[0] if len(found) == 1 else None


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """How an authenticator app and a security key call the practice."""

    def _get_site_name(self) -> str:
        return practice_at_work().loaded.practice.name


class Sessions(DefaultUserSessionsAdapter):  # type: ignore[misc]
    """Ending sessions is in the audit trail."""

    def end_sessions(self, sessions: Any) -> None:
        """End them."""
        ended = list(sessions)
        if ended:
            record.write(ended[0].user, "sessions ended", {"count": len(ended)})
        super().end_sessions(ended)
