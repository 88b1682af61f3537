"""A second factor's code opens once, for as long as it would be good.

RFC 6238, section 5.2: a code that was accepted is not accepted again. allauth remembers a used code
for one period of 30 seconds; with the tolerance of a period on each side it is good for three.
"""

from __future__ import annotations

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms
from django.core.cache import cache


class GoodOnce(forms.BaseAuthenticateForm):  # type: ignore[misc]
    """A form whose code nobody of this account has used while it was good."""

    def clean_code(self) -> str:
        code: str = super().clean_code()
        key = f"laneflow.code.used?user={self.user.pk}&code={normalize_user_code(code)}"
        good_for = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
        if not cache.add(key, True, timeout=good_for):
            self._emit_authentication_failed(self.authenticator)
            raise get_adapter().validation_error("incorrect_code")
        return code


class AuthenticateForm(GoodOnce, forms.AuthenticateForm):  # type: ignore[misc]
    """Who logs in."""


class ReauthenticateForm(GoodOnce, forms.ReauthenticateForm):  # type: ignore[misc]
    """Who is logged in, and is asked again before a change."""
