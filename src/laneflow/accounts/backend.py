"""Owns whose password is looked at: that of accounts which may be used at all."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from laneflow.accounts.at_work import practice_at_work
from laneflow.accounts.demo import may_log_in


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """Asked at every request, so that an account switched off is out at once."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Whether the account is in use; a demo login is so in the demo only."""
        app = practice_at_work()
        return may_log_in(user, app.store, app.folder)
