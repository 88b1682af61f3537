"""Owns a look at pages as a server gives them: one process, one database, somebody logged in.

Run as ``python -m benchmarks.pages DATABASE LOGIN N PATH…``; prints for each path its times.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.practice import ROOT
from benchmarks.stock import NOW

WARM = 5
"""Requests before those that count."""


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
    print(json.dumps(_look(database, login, int(number), addresses)))
