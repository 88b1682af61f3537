"""What a manager's pages cost a server that has 100,000 open cases, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.figures import Figure, Options, timed
from benchmarks.pages import looked_at
from benchmarks.practice import app_at, folder, postgresql
from benchmarks.stock import NOW, stock
from benchmarks.web_queue import AIM, CASES, filled
from laneflow.metrics.today import count

PERSON = "lee"
"""The manager of the location that all of them belong to."""

PAGES = {
    "today": "/today",
    "today, the chart": "/today/days.svg",
    "cases, all": "/cases",
    "cases, one lane overdue": "/cases?lane=referral-follow-up&overdue=1",
    "cases, one barrier": "/cases?barrier=cost",
    "cases, one owner": "/cases?owner=ana",
    "cases, an escalation waits": "/cases?escalated=1",
    "people": "/people",
}


def measure(options: Options) -> Iterator[Figure]:
    """Today's figures, its chart, the lists behind them; each with the access log."""
    cases = CASES // 10 if options.quick else CASES
    with folder() as path:
        file = stock(cases, path, options)
        yield from _figures(f"sqlite:///{file}", "SQLite", options)
        try:
            with postgresql(path) as servers:
                yield from _figures(filled(servers.create("pages"), cases), "PostgreSQL", options)
        except ImportError:
            options.say("PostgreSQL is not installed here: left out")


def _figures(url: str, called: str, options: Options) -> Iterator[Figure]:
    yield _counted(url, called, options)
    found = looked_at(url, PERSON, list(PAGES.values()), 20 if options.quick else 60)
    for name, path in PAGES.items():
        times = sorted(found[path])
        late = times[int(len(times) * 0.95)]
        note = f"p50 {times[len(times) // 2]:.0f} ms, p95 of {len(times)} requests"
        yield Figure(f"{name} on {called}", "ms", (late,), AIM, less=True, note=note)


def _counted(url: str, called: str, options: Options) -> Figure:
    """Counting anew, which a page waits for only where nobody has looked for a minute."""
    app = app_at(url, NOW)
    runs = []
    for _ in range(options.runs):
        with timed() as took:
            count(app.store, app.loaded.practice, app.release, NOW, app.store.holding(NOW))
        runs.append(took.wall * 1000)
    app.store.close()
    app.forget_live()
    return Figure(f"today's figures, counted anew on {called}", "ms", tuple(runs))
