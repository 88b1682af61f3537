"""Anybody presses anything, in any order: no page fails, nothing is lost, nobody is forgotten."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.core.signals import got_request_exception

import busy_day
import site_map
from laneflow.metrics.doctor import rebuild, silent_cases
from laneflow.work.app import App
from laneflow.work.clock import MINUTE, FixedClock
from laneflow.work.due import catch_up
from web_cast import CAST

from .pressable import Form, Pressable

SOAK = bool(os.environ.get("LANEFLOW_SOAK"))
STEPS = 10_000 if SOAK else 400
NEVER = ("logout", "/account/", "theme", "language")
"""Logging out ends a visit; how accounts are looked after has tests of its own; looks are looks."""


class Visitor:
    """Somebody who presses what the page before them has, at random; logged out, they come back."""

    def __init__(self, log_in: Callable[[], Any], pages: list[str], chance: Random) -> None:
        self.log_in, self.pages, self.chance = log_in, pages, chance
        self.client, self.at = log_in(), "/"

    def step(self) -> int:
        """Look at the page, then press something on it; the status that came of it."""
        shown = self.client.get(self.at)
        if shown.status_code in (301, 302, 303):
            self._go(shown["Location"])
            return int(shown.status_code)
        if shown.status_code != 200 or "text/html" not in shown["Content-Type"]:
            self.at = self.chance.choice(self.pages)
            return int(shown.status_code)
        page = Pressable(shown.content.decode())
        forms = [f for f in page.forms if f.method != "dialog" and allowed(f.action or self.at)]
        if forms and self.chance.random() < 0.6:
            return self._send(self.chance.choice(forms))
        links = [link for link in page.links if link[:1] in "/?" and allowed(link)]
        self._go(self.chance.choice([*links, *self.chance.sample(self.pages, 3)]))
        return 200

    def _send(self, form: Form) -> int:
        target, filled = urljoin(self.at, form.action or self.at), form.filled(self.chance)
        how = self.client.post if form.method == "post" else self.client.get
        by_script = {"HX-Request": "true"} if self.chance.random() < 0.3 else {}
        answer = how(target, filled, headers=by_script)
        if answer.status_code in (301, 302, 303):
            self._go(answer["Location"])
        return int(answer.status_code)

    def _go(self, link: str) -> None:
        where = urlsplit(urljoin(self.at, link))
        if where.path == "/account/login/":
            self.client = self.log_in()
        self.at = where._replace(scheme="", netloc="", fragment="").geturl()
        if not allowed(self.at):
            self.at = self.chance.choice(self.pages)


def allowed(link: str) -> bool:
    return not any(word in link for word in NEVER)


@pytest.fixture
def failures() -> Iterator[list[str]]:
    """What was raised on the way to an answer, as it comes."""
    raised: list[str] = []

    def keep(**_: Any) -> None:
        raised.append(traceback.format_exc())

    got_request_exception.connect(keep)
    yield raised
    got_request_exception.disconnect(keep)


def test_anybody_presses_anything(
    app: App, client: Callable[..., Any], clock: FixedClock, failures: list[str]
) -> None:
    seed = Random().randrange(1 << 32) if SOAK else 7
    chance = Random(seed)
    pages, broken = site_map.pages(busy_day.fill(app), client)
    assert not broken
    paths = [page.path for page in pages if allowed(page.path)]
    logins = [partial(client, who, raise_request_exception=False) for who in CAST]
    visitors = [Visitor(log_in, paths, chance) for log_in in logins]
    told = []
    for step in range(STEPS):
        if step % 50 == 49:
            clock.sleep(10 * MINUTE)
            catch_up(app, clock.now())
        told.append(chance.choice(visitors).step())
        assert not failures, f"with {seed}: {failures[0]}"
        assert told[-1] < 500, f"with {seed}"
    assert {200, 303, 403, 422} <= set(told), "somebody did something, somebody was refused"
    catch_up(app, clock.now())
    assert silent_cases(app.store, app.live, clock.now()) == []
    cases = list(app.store.cases())
    assert [case.id for case in cases if rebuild(app.store, case.id) != case] == []
    assert app.store.verify_audit() is None
