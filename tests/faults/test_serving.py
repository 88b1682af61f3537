"""`laneflow serve` and `run --serve` as processes: begun, asked, stopped, killed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import surroundings
from laneflow.starter import lay_out
from laneflow.store import open_store
from patience import wait_for

BASE = [sys.executable, "-m", "laneflow"]
TLS = {"LANEFLOW_TLS": "proxy", "LANEFLOW_HOSTS": "practice.example"}
EVENT = {
    "specversion": "1.0", "source": "ehr", "type": "encounter.discharged",
    "data": {"location": "main", "patient.first_name": "Elena"},
}  # fmt: skip


class Started:
    """A laneflow process in a practice; ``address`` is where its pages are."""

    def __init__(self, folder: Path, *args: str, **env: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [*BASE, *args], cwd=folder, env=surroundings() | env, text=True,
            stdout=subprocess.PIPE, stderr=(folder / "log").open("w"),
        )  # fmt: skip
        assert self.process.stdout is not None
        first = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", first)
        assert found, first + self.log
        self.address = found.group()
        cookies = urllib.request.HTTPCookieProcessor()
        self.browser = urllib.request.build_opener(cookies)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def get(self, path: str) -> tuple[int, str]:
        try:
            with self.browser.open(self.address + path, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def ready(self) -> None:
        wait_for(lambda: self.get("/readyz")[0] == 200, lambda: self.get("/readyz")[1] + self.log)

    def ended(self, with_: signal.Signals) -> int:
        self.process.send_signal(with_)
        return self.process.wait(40)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lay_out(tmp_path)
    return tmp_path


@pytest.fixture
def start(folder: Path) -> Iterator[Any]:
    """``start("serve", "--port", "0")``: killed at the end whatever happens."""
    begun: list[Started] = []

    def make(*args: str, **env: str) -> Started:
        begun.append(Started(folder, *args, **env))
        return begun[-1]

    yield make
    for one in begun:
        with suppress(ProcessLookupError):
            one.process.kill()
        one.process.wait()


def said(folder: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*BASE, *args], cwd=folder, env=surroundings() | env, text=True, capture_output=True,
        check=False, timeout=120,
    )  # fmt: skip


def test_daemon_and_pages_begin_and_leave_together(start: Any, folder: Path) -> None:
    one = start("run", "--serve", "--port", "0", "--inbox", "incoming")
    one.ready()
    assert one.get("/account/login/")[0] == 200
    assert "laneflow_daemon_awake 1.0" in one.get("/metrics")[1]
    one.process.send_signal(signal.SIGHUP)
    second = said(folder, "run", "--serve", "--port", "0")
    assert second.returncode == 1
    assert "another daemon" in second.stderr
    assert one.get("/readyz")[0] == 200, "SIGHUP and a second one change nothing"
    assert one.ended(signal.SIGTERM) == 0
    assert '"event": "left"' in one.log
    with pytest.raises(OSError):
        one.get("/healthz")


def test_it_runs_on_postgresql_as_well(start: Any, postgresql_url: str) -> None:
    import psycopg

    head, _, options = postgresql_url.partition("?")
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE served")
    url = f"{head.rpartition('/')[0]}/served" + (f"?{options}" if options else "")
    one = start("run", "--serve", "--port", "0", LANEFLOW_DATABASE=url)
    one.ready()
    assert one.get("/account/login/")[0] == 200
    assert "laneflow_up 1.0" in one.get("/metrics")[1]
    assert one.ended(signal.SIGTERM) == 0
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE served")


def test_pages_alone_are_not_ready_without_a_daemon(start: Any, folder: Path) -> None:
    one = start("serve", "--port", "0")
    assert one.get("/healthz")[0] == 200
    status, why = one.get("/readyz")
    assert status == 503
    assert "no daemon" in why
    assert said(folder, "run", "--once").returncode == 0, "others may use the database meanwhile"
    assert one.ended(signal.SIGINT) == 0


def test_the_first_manager_is_given_a_link_until_somebody_can_log_in(
    start: Any, folder: Path
) -> None:
    one = start("serve", "--port", "0")
    assert one.process.stdout is not None
    link = one.process.stdout.readline().split()[-1]
    assert link.startswith(one.address + "/")
    status, page = one.get(link.removeprefix(one.address))
    assert status == 200
    assert "password" in page.lower()
    assert one.ended(signal.SIGTERM) == 0
    assert link.rpartition("/")[2] not in one.log, "what opens a door is in no log"
    assert said(folder, "user", "add", "lee", "--role", "manager").returncode == 0
    two = start("serve", "--port", "0")
    two.process.send_signal(signal.SIGTERM)
    assert "Nobody can log in" not in two.process.communicate(timeout=40)[0]


def test_killed_at_work_it_loses_nothing(start: Any, folder: Path) -> None:
    total = 2_000
    inbox = folder / "incoming"
    inbox.mkdir()
    lines = [
        json.dumps(EVENT | {
            "id": str(n), "subject": f"p{n}", "time": "2026-09-04T18:30:00-04:00",
            "data": EVENT["data"] | {"encounter.id": f"e{n}"},
        }) for n in range(total)
    ]  # fmt: skip
    (inbox / "events.jsonl").write_text("\n".join(lines))
    os.utime(inbox / "events.jsonl", (1, 1))
    for _ in range(3):
        one = start("run", "--serve", "--port", "0", "--inbox", "incoming")
        began = time.monotonic()
        while one.get("/healthz")[0] != 200 or time.monotonic() < began + 4:
            time.sleep(0.05)
        assert one.ended(signal.SIGKILL) == -signal.SIGKILL
    last = start("run", "--serve", "--port", "0", "--inbox", "incoming")
    wait_for((inbox / "taken" / "events.jsonl").exists, lambda: last.log)
    assert last.ended(signal.SIGTERM) == 0
    store = open_store(f"sqlite:///{folder}/.laneflow/laneflow.sqlite3")
    assert store.counts()["input"] == total
    assert store.verify_audit() is None
    store.close()


def test_pages_are_not_sent_over_a_network_in_the_clear(folder: Path) -> None:
    for command in (["serve"], ["run", "--serve"]):
        refused = said(folder, *command, "--host", "0.0.0.0", "--port", "0")
        assert refused.returncode == 1
        assert "LANEFLOW_TLS=proxy" in refused.stderr
        assert len(refused.stderr.splitlines()) == 1


def test_behind_a_proxy_djangos_own_deployment_check_finds_nothing(folder: Path) -> None:
    checked = said(folder, "manage", "check", "--deploy", "--fail-level", "DEBUG", **TLS)
    assert checked.returncode == 0, checked.stderr
    assert "System check identified no issues" in checked.stdout


def test_djangos_commands_that_would_do_harm_are_refused(folder: Path) -> None:
    for name in ("runserver", "flush", "createsuperuser"):
        refused = said(folder, "manage", name)
        assert refused.returncode == 1
        assert f"{name} is not to be used on a practice" in refused.stderr
