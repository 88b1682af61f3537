"""What a manager's pages cost a server that has 100,000 open cases, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.figures import Figure, Options, timed
from benchmarks.pages import databases, figure, looked_at
from benchmarks.practice import app_at
from benchmarks.stock import NOW
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
    for url, called in databases(options):
        yield _counted(url, called, options)
        found = looked_at(url, PERSON, list(PAGES.values()), 20 if options.quick else 60)
        for name, path in PAGES.items():
            yield figure(f"{name} on {called}", found[path])


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
