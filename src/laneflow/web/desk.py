"""Owns a request's surroundings: who asks, what they may do and see, the practice and its clock.

Every page is a function of a ``Desk``, made by ``@page(right)``. Patients' data comes to a page
only through ``Desk.case``, which looks at who may see it, and ``Desk.shown``; both record it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, wraps
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from laneflow import __version__
from laneflow.accounts.models import Account
from laneflow.accounts.rights import first_page, rights_of
from laneflow.accounts.sight import locations_of, why_seen
from laneflow.engine.state import Case, Instant
from laneflow.errors import LaneflowError, Problem
from laneflow.practice.model import Person, Practice
from laneflow.store.contract import Store
from laneflow.web.nav import navigation
from laneflow.web.pages.preferences import theme_of
from laneflow.web.site import practice_at_work

if TYPE_CHECKING:
    from laneflow.engine.live import Live
    from laneflow.work.actions import Outcome
    from laneflow.work.app import App

View = Callable[..., HttpResponseBase]


class OutOfSightError(PermissionDenied):
    """A case outside the locations of whoever asks; emergency access may open it."""

    def __init__(self, case: Case) -> None:
        super().__init__("outside your locations")
        self.case = case


def page(right: str, *methods: str) -> Callable[[View], View]:
    """A view for logged-in people with a right; it is given a Desk instead of the request.

    ``methods``: GET (with HEAD) where none is named. 403 for everybody else.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def seen(request: HttpRequest, **parts: Any) -> HttpResponseBase:
            desk = Desk(request)
            if right not in desk.rights:
                raise PermissionDenied
            request.desk = desk  # type: ignore[attr-defined]
            return view(desk, **parts)

        guarded: View = require_http_methods([*(methods or ("GET",)), "HEAD"])(seen)
        guarded.right = right  # type: ignore[attr-defined]
        return guarded

    return decorate


class Desk:
    """One request: the practice as it is live, its clock, and whoever sits at the desk."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.app: App = practice_at_work()
        self.app.follow()
        self.at: Instant = self.app.clock.now()

    @property
    def store(self) -> Store:
        """The store."""
        return self.app.store

    @property
    def practice(self) -> Practice:
        """The practice as it is live."""
        return self.app.loaded.practice

    @property
    def live(self) -> Live:
        """The compiled practice of this thread."""
        return self.app.live

    @cached_property
    def account(self) -> Account:
        """Who is logged in."""
        account = self.request.user
        assert isinstance(account, Account)
        return account

    @cached_property
    def rights(self) -> frozenset[str]:
        """What they may do."""
        return rights_of(self.account.roles)

    @cached_property
    def person(self) -> Person | None:
        """Who they are in practice.yaml; None for accounts that do no patient work."""
        return self.practice.people.get(self.account.person)

    @property
    def worker(self) -> str:
        """The id of the person they are; PermissionDenied where they do no patient work."""
        if self.person is None:
            raise PermissionDenied
        return self.person.id

    @cached_property
    def locations(self) -> frozenset[str]:
        """The locations they work for."""
        return locations_of(self.account, self.practice)

    # patients ----------------------------------------------------------------------------------

    def case(self, id: str, page: str) -> Case:
        """The case with this very id, for a page of this name; recorded as seen.

        Raises Http404 where there is none, OutOfSightError where they may not see it.
        """
        case, why = self._in_sight(id)
        self.shown(page, [case.id], why)
        return case

    def _in_sight(self, id: str) -> tuple[Case, str]:
        case = self.store.case(id)
        if case is None or case.id != id:
            raise Http404("there is no such case")
        why = why_seen(self.account, self.store, self.live, case, self.at)
        if not why:
            raise OutOfSightError(case)
        return case, why

    def shown(self, page: str, cases: Iterable[str], why: str = "list") -> None:
        """Record in the access log which cases a page has shown; no cases, no record."""
        if found := list(cases):
            detail = {"page": page, "why": why}
            one = len(found) == 1
            self.record(
                "view",
                f"case {found[0]}" if one else "",
                detail | ({} if one else {"cases": found}),
            )

    def shown_patients(self, page: str, patients: Iterable[str]) -> None:
        """The same of patients of whom a page has shown no case."""
        if found := list(patients):
            detail = {"page": page, "why": "list"}
            one = len(found) == 1
            about = f"patient {found[0]}" if one else ""
            self.record("view", about, detail | ({} if one else {"patients": found}))

    def record(self, what: str, about: str, detail: Any = "") -> None:
        """Append to the audit trail what whoever sits here did or saw."""
        row = {"at": self.at, "by": self.by, "what": what, "object": about, "detail": detail}
        self.store.audit(row)

    @property
    def by(self) -> str:
        """Whoever sits here, as the audit trail names them: the person, else the login."""
        return self.account.person or f"login {self.account.username}"

    # doing -------------------------------------------------------------------------------------

    def act(
        self,
        kind: str,
        case: str | list[str],
        data: Mapping[str, Any],
        *,
        apart: Mapping[str, Mapping[str, Any]] | None = None,
        also: Sequence[tuple[str, Mapping[str, Any]]] = (),
        seen: int | Mapping[str, int] | None = None,
        id: str | None = None,
    ) -> Outcome:
        """Do it through the one door (see ``work.actions.act``), on cases they may see.

        ``id`` is the form's own number, good for whoever sends it and for this act on these cases:
        nobody's act is taken for one that was done already because it has another's number.

        Raises LaneflowError with all that is wrong; OutOfSightError and Http404 as ``case``
        does. The act itself is what the audit trail keeps.
        """
        from laneflow.work.actions import act

        cases = [case] if isinstance(case, str) else case
        for one in cases:
            self._in_sight(one)
        if self.person is None:
            what = "your login is not linked to a person in practice.yaml"
            hint = "Operations links it with `laneflow user link`."
            raise LaneflowError(Problem(kind, 0, 0, what, hint))
        return act(
            self.app, by=self.person.id, kind=kind, case=case, data=data, apart=apart,
            also=also, seen=seen, id=id and _of(id, self.person.id, kind, *cases), at=self.at,
        )  # fmt: skip

    # answering ---------------------------------------------------------------------------------

    def render(
        self, template: str, values: Mapping[str, Any] | None = None, status: int = 200
    ) -> HttpResponse:
        """A page, or the part of one that ``template`` is."""
        return render(
            self.request, f"laneflow/{template}", {"desk": self, **(values or {})}, status=status
        )

    @property
    def partial(self) -> bool:
        """Whether htmx asks, for a part of the page."""
        return bool(self.request.htmx)  # type: ignore[attr-defined]


def _of(*parts: str) -> str:
    return blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


def shown_everywhere(request: HttpRequest) -> dict[str, Any]:
    """What every page shows: the practice's name, what whoever asks may open, light or dark."""
    known = getattr(request, "user", None)
    desk = getattr(request, "desk", None)
    if desk is None and known is not None and known.is_authenticated:
        desk = Desk(request)
    rights = desk.rights if desk else frozenset()
    return {
        "desk": desk,
        "rights": rights,
        "nav": navigation(request, rights),
        "home": reverse(first_page(rights)) if rights else "/",
        "theme": theme_of(request),
        "version": __version__,
        "practice_name": practice_at_work().loaded.practice.name,
    }
