"""Owns the two ends of a click: people's browsers, and the processes they meet.

Run as ``python -m benchmarks.clicking serve|intake DATABASE PEOPLE``; prints one line of JSON once
it is at work, and intake another when it is told to leave.
"""

from __future__ import annotations

import html
import http.client
import json
import random
import re
import signal
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from msgspec.structs import replace

from benchmarks.practice import ROOT, events
from benchmarks.stock import NOW
from benchmarks.web_case import PLACE
from laneflow.work.app import App, open_app

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Click:
    """What somebody did, how long they waited, and what they were answered (0: nothing)."""

    kind: str
    ms: float
    status: int

    @property
    def failed(self) -> bool:
        """Whether the server failed; that somebody was quicker (409), or asked for more (422), is
        an answer."""
        return self.status not in (200, 409, 422)


class Browser:
    """One person's: keeps its cookies, its connection, and the page it is on."""

    def __init__(self, port: int, session: str, cases: list[str], chance: random.Random) -> None:
        self._cases, self._chance = cases, chance
        self._cookies = {"sessionid": session}
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._page, self._case, self._on_queue = "", "", False

    def click(self) -> Click:
        """Do what somebody in this place would do next: queue, case, an act on it, and so on."""
        if not self._on_queue and not self._case:
            return self._queue()
        if not self._case:
            self._on_queue, self._case = False, self._chance.choice(self._cases)
            return self._timed("case", "GET", f"/cases/{self._case}")
        kind, case = self._chance.choices(("note", "claim", "queue"), (3, 3, 4))[0], self._case
        self._case = ""
        if kind == "note" and (given := self._form(f"/cases/{case}/note")):
            said = {"outcome": "no answer", "channel": "phone", "with_whom": "patient"}
            return self._timed("note", "POST", f"/cases/{case}/note", given | said)
        if kind == "claim" and (given := self._form(f"/cases/{case}/assign")):
            return self._timed("claim", "POST", f"/cases/{case}/assign", given)
        return self._queue()

    def _queue(self) -> Click:
        self._on_queue = True
        return self._timed("queue", "GET", "/")

    def _form(self, address: str) -> dict[str, str]:
        """The hidden fields of the page's first form that is sent to an address."""
        found = re.search(rf'<form[^>]*action="{address}".*?</form>', self._page, re.S)
        return {k: html.unescape(v) for k, v in _HIDDEN.findall(found.group())} if found else {}

    def _timed(
        self, kind: str, method: str, path: str, form: dict[str, str] | None = None
    ) -> Click:
        began = time.perf_counter()
        try:
            status, there = self._ask(method, path, form)
            if status in (302, 303):
                status, _ = self._ask("GET", there)
        except (OSError, http.client.HTTPException):
            status = 0
            self._connection.close()
        return Click(kind, (time.perf_counter() - began) * 1000, status)

    def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"Cookie": cookies}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, urlencode(form) if form else None, headers)
        answer = self._connection.getresponse()
        self._page = answer.read().decode()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                cookie, _, kept = value.strip().partition(";")[0].partition("=")
                self._cookies[cookie] = kept
        return answer.status, answer.getheader("Location", "")


def serve(url: str, people: int) -> None:
    """The pages, with so many people logged in, until SIGTERM."""
    from laneflow.settings import Serving
    from laneflow.web import serving, site

    site.configure(url, Serving("a secret for benchmarks" * 3, ("*",)))
    from laneflow.cli.run import log_to_standard_error
    from laneflow.work.clock import FixedClock
    from laneflow.work.garbage import rarely_collected

    log_to_standard_error("error")
    serving.quiet()
    app = open_app(ROOT, url, FixedClock(NOW))
    site.install(app)
    everybody = app.loaded.practice.people.values()
    there = [one.id for one in everybody if any(shift[1] == PLACE for shift in one.shifts)]
    server = serving.Server(site.wsgi(), port=0)
    signal.signal(signal.SIGTERM, lambda *_: server.stop())
    sessions = [_logged_in(n, there[n % len(there)]) for n in range(people)]
    port = int(server.address.rpartition(":")[2])
    print(json.dumps({"port": port, "sessions": sessions}), flush=True)
    threading.Thread(target=_checkpoints, args=(app,), daemon=True).start()
    with rarely_collected():  # as ``laneflow serve`` does
        server.run()


def _checkpoints(app: App) -> None:
    """What the daemon beside the pages does, so that no click has to."""
    while True:
        time.sleep(5)
        app.store.checkpoint()


def _logged_in(number: int, person: str) -> str:
    """The session of a login of its own; several are one person's."""
    from django.test import Client

    from laneflow.accounts.models import Account

    values = {"name": person, "person": person, "roles": ["coordinator"]}
    account, _ = Account.objects.get_or_create(username=f"clicks-{number}", defaults=values)
    client = Client()
    client.force_login(account)
    return client.cookies["sessionid"].value


def intake(url: str, people: int) -> None:
    """Take events in without a pause until SIGTERM, then tell how many."""
    from laneflow.work.clock import FixedClock
    from laneflow.work.take_in import take_in

    app = open_app(ROOT, url, FixedClock(NOW))
    found = [event for event in events(2_000, 28) if event.time <= NOW]
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
    print(json.dumps({"at work": True}), flush=True)
    began, taken, turn = time.monotonic(), 0, 0
    while not stopped:
        for start in range(0, len(found), 2_000):
            if not stopped:
                chunk = [_again(event, turn) for event in found[start : start + 2_000]]
                taken += take_in(app, chunk).new
        turn += 1
    print(json.dumps({"events": taken, "seconds": time.monotonic() - began}), flush=True)


def _again(event: Any, turn: int) -> Any:
    """The same thing happening to another patient."""
    return replace(event, id=f"t{turn}-{event.id}", patient=f"t{turn}-{event.patient}")


if __name__ == "__main__":
    _, kind, database, number = sys.argv
    {"serve": serve, "intake": intake}[kind](database, int(number))
