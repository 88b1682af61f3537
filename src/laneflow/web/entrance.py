"""Owns where whoever is not logged in is sent: to the login page, and from it to what they asked.

Who asked for nothing in particular (``/``) begins where the day of their role begins.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse


class Entrance(LoginRequiredMiddleware):
    """Every page takes a login, unless it says otherwise."""

    def handle_no_permission(self, request: HttpRequest, view: Any) -> HttpResponseRedirect:
        """To the login page."""
        if request.get_full_path() == "/":
            return HttpResponseRedirect(reverse("account_login"))
        answer: HttpResponseRedirect = super().handle_no_permission(request, view)
        return answer
