"""Owns whose password is looked at: that of accounts which may be used at all."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from laneflow.accounts.at_work import practice_at_work
from laneflow.accounts.demo import is_demo
from laneflow.accounts.models import Account
from laneflow.accounts.sight import works_here


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """Asked at every request, so that an account switched off is out at once."""

    def user_can_authenticate(self, user: Any) -> bool:
        """See ``may_log_in``."""
        return may_log_in(user)


def may_log_in(account: Account) -> bool:
    """Whether an account may be used at all: active, and not of somebody who works here no longer.

    A demo login may be in the demo only.
    """
    app = practice_at_work()
    app.follow()  # whoever left is out at once, whichever process published it
    here = works_here(account, app.loaded.practice)
    return account.is_active and here and (not account.demo or is_demo(app.store, app.folder))
