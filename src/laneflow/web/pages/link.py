"""Owns the pages behind a link that is good once: choose a password, and the first manager."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.password_validation import (
    password_validators_help_text_html,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from laneflow.accounts import links
from laneflow.accounts.at_work import practice_at_work
from laneflow.accounts.first import begin, managers
from laneflow.accounts.logins import choose_password
from laneflow.accounts.models import Account, Link

KEPT = "laneflow.link"
"""Where the session keeps the link's digest, so that its token is in no further address."""


class Choose(forms.Form):
    """A password, twice."""

    password = forms.CharField(
        label=_("New password"), strip=False, max_length=1024,
        help_text=password_validators_help_text_html,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    again = forms.CharField(
        label=_("The same password again"), strip=False, max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def account(self) -> Account | None:
        """Whose password it is to be, as far as is known."""
        return self._account

    def __init__(self, account: Account | None, *given: Any) -> None:
        super().__init__(*given)
        self._account = account

    def clean(self) -> dict[str, Any]:
        """Both the same, and good enough for whose it is."""
        told = super().clean() or {}
        if {"password", "again"} <= told.keys() and told["password"] != told["again"]:
            self.add_error("again", _("This is another password than above."))
        if "password" in told:
            try:
                validate_password(told["password"], self.account())
            except ValidationError as wrong:
                self.add_error("password", wrong)
        return told


class First(Choose):
    """Which of the practice's managers they are, and a password."""

    field_order = ("person",)

    def __init__(self, *given: Any) -> None:
        super().__init__(None, *given)
        people = managers(practice_at_work().loaded.practice)
        self.fields["person"] = forms.ChoiceField(
            label=_("Who are you?"), choices=[(one.id, one.name) for one in people]
        )
        self.order_fields(self.field_order)

    def account(self) -> Account | None:
        """The manager chosen."""
        person = practice_at_work().loaded.practice.people.get(self.cleaned_data.get("person", ""))
        return Account(username=person.id, name=person.name) if person else None


@login_not_required
@never_cache
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Take the link's token out of the address before anything is shown."""
    request.session[KEPT] = links.digest(token)
    return HttpResponseRedirect("/link")


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """The form behind a link; its sending spends the link."""
    link = links.found(request.session.get(KEPT, ""), practice_at_work().clock.now())
    if link is None:
        return render(request, "laneflow/link_over.html", status=410)
    given = (request.POST,) if request.method == "POST" else ()
    form = Choose(link.account, *given) if link.account else First(*given)
    if form.is_bound and form.is_valid():
        return _chosen(request, link, form)
    status = 422 if form.is_bound else 200
    page = {"form": form, "account": link.account}
    return render(request, "laneflow/link.html", page, status=status)


def _chosen(request: HttpRequest, link: Link, form: Choose) -> HttpResponse:
    app = practice_at_work()
    password = form.cleaned_data["password"]
    if link.account:
        account = choose_password(app, link, password)
    else:
        person = app.loaded.practice.people[form.cleaned_data["person"]]
        account = begin(app, link, person, password)
    del request.session[KEPT]
    told = gettext("Your password is set. Log in as %(username)s.")
    messages.success(request, told % {"username": account.username})
    return redirect("account_login")


urls = [path("link/<str:token>", enter, name="link"), path("link", choose, name="link_choose")]
