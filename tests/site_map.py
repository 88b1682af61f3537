"""Every page there is, with an address that shows something on a busy day, and who looks at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import busy_day

LOOKS: tuple[tuple[str, str], ...] = (
    ("operate", "olga"),
    ("audit", "aldo"),
    ("oversee", "lee"),
    ("edit", "lee"),
    ("place", "rosa"),
    ("work", "rosa"),
    ("look", "rosa"),
)
"""(a right, who of the cast has it and much to look at)"""

FILES: dict[str, dict[str, Any]] = {
    "lane_preview": {"script": "discharge/first-call"},
    "script_edit": {"script": "discharge/first-call.phone.j2"},
    "file_edit": {"file": "practice.yaml"},
    "release_file": {"file": "practice.yaml"},
}
"""Parts of addresses that are files, by the page's name."""

NURSES = ("escalations",)
"""Pages that show most to a nurse."""


class Page(NamedTuple):
    """A page: its name among the URLs, its address, and a login; "" for nobody's."""

    name: str
    path: str
    who: str


def pages(day: busy_day.Day, client: Callable[..., Any]) -> tuple[list[Page], list[str]]:
    """Every address that answers a GET with a whole page of HTML; and the names of those broken."""
    found, broken = [], []
    for page in _addresses(day):
        answer = client(page.who, raise_request_exception=False).get(page.path)
        if answer.status_code == 500:
            broken.append(page.name)
        elif answer.status_code == 200 and b"<html" in answer.content:
            found.append(page)
    return found, broken


def _addresses(day: busy_day.Day) -> Iterator[Page]:
    from django.urls import get_resolver, reverse

    for route, name, view in _routes(get_resolver()):
        who = "nora" if name in NURSES else _who(view)
        known = _parts(day) | FILES.get(name or "", {})
        parts = {part: value for part, value in known.items() if f":{part}>" in route}
        if name and route.count("<") == len(parts):
            yield Page(name, reverse(name, kwargs=parts), who)


def _routes(resolver: Any, before: str = "") -> Iterator[tuple[str, str, Any]]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _routes(pattern, route)
        else:
            yield route, pattern.name, pattern.callback


def _who(view: Any) -> str:
    right = getattr(view, "right", None)
    if right is None:
        return "rosa" if getattr(view, "login_required", True) else ""
    return next((who for one, who in LOOKS if one == right), "rosa")


def _parts(day: busy_day.Day) -> dict[str, Any]:
    """What stands for the parts of addresses, by their name in the route."""
    return {
        "id": day.of(busy_day.CARMEN, "referral"),
        "case": day.of(busy_day.CARMEN, "referral"),
        "lane": "referral-follow-up",
        "who": "ana",
        "release": 1,
        "number": 1,
        "digest": "digest-1",
    }
