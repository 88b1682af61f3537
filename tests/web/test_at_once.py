"""Two coordinators on the same case at the same moment, a thousand times: one wins, the other is
told, nothing is lost or doubled; on both databases, through the pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from laneflow.accounts.models import Account
from laneflow.engine.state import Act, Case
from laneflow.store.contract import Store
from laneflow.web import site
from laneflow.work.app import App, open_app
from laneflow.work.clock import FixedClock
from web_cast import CAST, point_django_at

from .case_scenes import discharges

TIMES = 1_000 if os.environ.get("LANEFLOW_SOAK") else 500
"""on each of the two databases"""
PAIR = ("ana", "rosa")
HTMX = {"HX-Request": "true"}
WON, TOLD = 200, 409


@pytest.fixture(params=("sqlite", "postgresql"))
def practice(
    request: pytest.FixtureRequest, tmp_path: Path, _practice_template: Path, clock: FixedClock
) -> Iterator[App]:
    """The starter practice at work on each of the databases, with the pair's logins."""
    if request.param == "sqlite":
        yield request.getfixturevalue("app")
        return
    store: Store = request.getfixturevalue("postgresql_store")
    url: str = request.getfixturevalue("postgresql_url")
    folder = tmp_path / "practice"
    shutil.copytree(_practice_template, folder)
    with point_django_at(url):
        app = open_app(folder, url, clock)
        site.install(app)
        Account.objects.all().delete()
        for username in PAIR:
            Account(
                username=username, name=username, person=username, roles=CAST[username][0]
            ).save()
        yield app
        app.store.close()
    store.close()


def test_one_wins_the_other_is_told_and_nothing_is_lost_or_doubled(practice: App) -> None:
    cases = _cases(practice, TIMES)
    rounds = [(case, KINDS[n % len(KINDS)]) for n, case in enumerate(cases)]
    answers = _at_the_same_moment(rounds)
    assert [sorted(pair) for pair in answers] == [[WON, TOLD]] * TIMES
    for (before, (kind, _, done)), pair in zip(rounds, answers, strict=True):
        after = practice.store.case(before.id)
        assert after is not None
        winner = PAIR[pair.index(WON)]
        acts = [given for _, given in practice.store.log(before.id) if isinstance(given, Act)]
        assert [(act.kind, act.by) for act in acts] == [(kind, winner)]
        assert done(after, winner)
    assert _counted(practice) == (TIMES, len([r for r in rounds if r[1][0] == "note"]))


def _claimed(case: Case, winner: str) -> bool:
    return case.task is not None and case.task.person == winner


def _noted(case: Case, winner: str) -> bool:
    return case.attempts == 1


def _handed(case: Case, winner: str) -> bool:
    return case.owner == ("will" if winner == "ana" else "luz")


KINDS: tuple[tuple[str, Callable[[str, str], tuple[str, dict[str, str]]], Any], ...] = (
    ("assign", lambda case, who: (f"/queue/{case}/claim", {"task": "main"}), _claimed),
    ("note", lambda case, who: (f"/cases/{case}/note", {"outcome": "no answer"}), _noted),
    (
        "assign",
        lambda case, who: (
            f"/queue/{case}/hand-over",
            {"task": "main", "what": "case", "person": "will" if who == "ana" else "luz"},
        ),
        _handed,
    ),
)
"""(the act, its address and form as each of the pair sends it, what is so afterwards)"""


def _cases(app: App, many: int) -> list[Case]:
    discharges(app, many, complexity="low")
    return list(app.store.cases())


def _at_the_same_moment(rounds: list[tuple[Case, Any]]) -> list[tuple[int, int]]:
    """The status each of the pair is answered with, round by round."""
    together = Barrier(len(PAIR), timeout=60)

    def work(who: str) -> list[int]:
        from django.db import connections
        from django.test import Client

        client = Client()
        client.force_login(Account.objects.get(username=who))
        answered = []
        for case, (_, form, _) in rounds:
            path, data = form(case.id, who)
            together.wait()
            sent = data | {"seen": str(case.seq)}
            answered.append(client.post(path, sent, headers=HTMX).status_code)
        connections.close_all()
        return answered

    with ThreadPoolExecutor(len(PAIR)) as threads:
        one, other = threads.map(work, PAIR)
    return list(zip(one, other, strict=True))


def _counted(app: App) -> tuple[int, int]:
    """How many acts the audit trail has of the pair, and how many notes there are."""
    acts, last = 0, 0
    while page := app.store.audited(after=last):
        last = page[-1]["n"]
        acts += sum(row["what"] in ("assign", "note") for row in page)
    assert app.store.verify_audit() is None
    return acts, app.store.counts()["note"]
