"""Owns what the audit trail keeps of logging in: who came, who was refused, who left and why."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from laneflow.accounts.at_work import practice_at_work
from laneflow.accounts.models import Account

REASON = "_left_because"
"""The request's attribute that says why somebody is being logged out."""


def watch() -> None:
    """Write down what allauth and Django tell of; called once, when the app is ready."""
    from allauth.account import signals as account
    from allauth.mfa import signals as factor
    from django.contrib.auth import signals as auth

    account.user_logged_in.connect(_came)
    auth.user_login_failed.connect(_refused)
    auth.user_logged_out.connect(_left)
    account.password_changed.connect(_changed_password)
    factor.authentication_failed.connect(_wrong_code)
    factor.authenticator_added.connect(_factor_added)
    factor.authenticator_removed.connect(_factor_removed)
    factor.authenticator_reset.connect(_factor_reset)


def write(account: Account, what: str, detail: dict[str, Any]) -> None:
    """A line about an account, by whoever it belongs to."""
    app = practice_at_work()
    by = account.person or f"login {account.username}"
    row = {"at": app.clock.now(), "by": by, "what": what, "detail": detail}
    app.store.audit(row | {"object": f"login {account.username}"})


def note(request: HttpRequest, what: str, username: str, detail: dict[str, Any]) -> None:
    """A line about somebody who is not logged in; ``username`` "" where it is not known."""
    app = practice_at_work()
    known = f"login {username}" if username else "somebody unknown"
    detail = detail | {"from": address(request)}
    row = {"at": app.clock.now(), "by": known, "what": what, "object": "", "detail": detail}
    app.store.audit(row)


def address(request: HttpRequest) -> str:
    """The address a request came from."""
    return str(request.META.get("REMOTE_ADDR") or "")


def _came(request: HttpRequest, user: Account, **_: Any) -> None:
    from allauth.account.internal.flows.login import get_authentication_records
    from django.contrib.sessions.backends.db import SessionStore

    SessionStore.clear_expired()
    how = [step["method"] for step in get_authentication_records(request, user)]
    write(user, "login", {"how": how, "from": address(request)})


def _refused(credentials: dict[str, Any], request: HttpRequest | None, **_: Any) -> None:
    """What was typed is kept only where it is a username: it may be a password by mistake."""
    typed = str(credentials.get("username") or "")
    known = Account.objects.filter(username__iexact=typed).values_list("username", flat=True)
    if request is not None:
        note(request, "login refused", next(iter(known), ""), {"how": "password"})


def _left(request: HttpRequest | None, user: Account | None, **_: Any) -> None:
    if request is not None and user is not None:
        write(user, "logout", {"because": getattr(request, REASON, "they logged out")})


def _changed_password(user: Account, **_: Any) -> None:
    write(user, "password", {"did": "changed"})


def _wrong_code(request: HttpRequest, user: Account, **_: Any) -> None:
    note(request, "login refused", user.username, {"how": "second factor"})


def _factor_added(user: Account, authenticator: Any, **_: Any) -> None:
    write(user, "second factor", {"did": "added", "type": str(authenticator.type)})


def _factor_removed(user: Account, authenticator: Any, **_: Any) -> None:
    write(user, "second factor", {"did": "removed", "type": str(authenticator.type)})


def _factor_reset(user: Account, authenticator: Any, **_: Any) -> None:
    write(user, "second factor", {"did": "made anew", "type": str(authenticator.type)})
