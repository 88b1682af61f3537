"""Owns a look at pages as a server gives them: one process, one database, somebody logged in.

On SQLite and PostgreSQL, with 100,000 open cases in each. Run as
``python -m benchmarks.pages DATABASE LOGIN N PATH…``; prints for each path its times.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.figures import Figure, Options
from benchmarks.practice import ROOT, app_at, folder, postgresql
from benchmarks.stock import NOW, fill, stock
from laneflow.work.garbage import rarely_collected

CASES = 100_000
AIM = 100.0
"""Milliseconds of server time within which 19 of 20 pages are there."""

WARM = 5
"""Requests before those that count."""


def databases(options: Options) -> Iterator[tuple[str, str]]:
    """The address and the name of each database, with so many open cases in it."""
    cases = CASES // 10 if options.quick else CASES
    with folder() as path:
        url = f"sqlite:///{stock(cases, path, options)}"
        os.sync()  # what was just written is not what a commit shall wait for
        yield url, "SQLite"
        try:
            with postgresql(path) as servers:
                url = _filled(servers.create("pages"), cases)
                os.sync()
                yield url, "PostgreSQL"
        except ImportError:
            options.say("PostgreSQL is not installed here: left out")


def _filled(url: str, cases: int) -> str:
    app = app_at(url, NOW)
    fill(app, cases)
    with app.store.connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("VACUUM ANALYZE")
    app.store.close()
    app.forget_live()
    return url


def figure(name: str, runs: Sequence[float]) -> Figure:
    """What 19 of 20 requests were answered within, in milliseconds."""
    times = sorted(runs)
    late = times[int(len(times) * 0.95)]
    note = f"p50 {times[len(times) // 2]:.0f} ms, p95 of {len(times)} requests"
    return Figure(name, "ms", (late,), AIM, less=True, note=note)


def looked_at(url: str, person: str, paths: Sequence[str], times: int) -> dict[str, list[float]]:
    """Path -> how long the server took for it, in milliseconds, that many times; in turns.

    In a process of its own: Django knows one database of pages.
    """
    command = [sys.executable, "-m", "benchmarks.pages", url, person, str(times), *paths]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    found: dict[str, list[float]] = json.loads(
        done.stdout.splitlines()[-1]
    )  # behind the server's log
    return found


def _look(url: str, person: str, times: int, paths: Sequence[str]) -> dict[str, list[float]]:
    client = _client(url, person)
    found: dict[str, list[float]] = {path: [] for path in paths}
    for turn in range(WARM + times):
        for path in paths:
            began = time.perf_counter()
            answer = client.get(path)
            took = (time.perf_counter() - began) * 1000
            if answer.status_code != 200:
                raise SystemExit(f"{path} answered {answer.status_code}")
            if turn >= WARM:
                found[path].append(took)
    return found


def _client(url: str, person: str) -> Any:
    """Everything a request passes on its way: all middleware, the session, the access log."""
    from laneflow.settings import Serving
    from laneflow.web import site

    site.configure(url, Serving("a secret for benchmarks", ("*",)))
    from laneflow.work.app import open_app
    from laneflow.work.clock import FixedClock

    app = open_app(ROOT, url, FixedClock(NOW))
    site.install(app)
    from django.test import Client

    from laneflow.accounts.models import Account

    practice = app.loaded.practice
    manages = practice.manager_role in practice.people[person].roles
    role = "manager" if manages else "coordinator"
    account, _ = Account.objects.get_or_create(
        username=person, defaults={"name": person, "person": person, "roles": [role]}
    )
    client = Client()
    client.force_login(account)
    return client


if __name__ == "__main__":
    _, database, login, number, *addresses = sys.argv
    with rarely_collected():  # as ``laneflow serve`` does
        print(json.dumps(_look(database, login, int(number), addresses)))
