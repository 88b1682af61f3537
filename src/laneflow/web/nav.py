"""Owns the navigation: which pages there are to go to, in their order, and who may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from laneflow.accounts.rights import AUDIT, EDIT, LOOK, OPERATE, OVERSEE, PLACE, WORK

ENTRIES: tuple[tuple[str, str, Promise], ...] = (
    (WORK, "queue", _("My queue")),
    (WORK, "escalations", _("Escalations")),
    (WORK, "inbound", _("Inbound call")),
    (PLACE, "unplaced", _("Unplaced")),
    (OVERSEE, "today", _("Today")),
    (LOOK, "cases", _("Cases")),
    (OVERSEE, "people", _("People")),
    (EDIT, "lanes", _("Lanes")),
    (EDIT, "history", _("History")),
    (OPERATE, "health", _("Health")),
    (AUDIT, "audit", _("Audit")),
)
"""(the right it takes, its address by name, what it is called)"""


class Entry(NamedTuple):
    """A page in the navigation; ``here`` where it is the one being shown."""

    href: str
    called: Promise
    here: bool


def navigation(request: HttpRequest, rights: frozenset[str]) -> Callable[[], list[Entry]]:
    """What a template calls to list the pages that somebody with these rights may open."""
    return lambda: list(_entries(request, rights))


def _entries(request: HttpRequest, rights: frozenset[str]) -> Iterator[Entry]:
    for right, name, called in ENTRIES:
        if right in rights:
            try:
                href = reverse(name)
            except NoReverseMatch:
                continue
            yield Entry(href, called, request.path == href)
