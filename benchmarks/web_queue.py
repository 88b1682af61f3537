"""What the queue page costs a server that has 100,000 open cases, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.figures import Figure, Options
from benchmarks.pages import looked_at
from benchmarks.practice import app_at, folder, postgresql
from benchmarks.stock import NOW, fill, stock

CASES = 100_000
PERSON = "will"
"""Somebody with 16,000 open tasks: twice what one in fifteen has of 100,000 cases."""

LADEN = "ana"
"""Who has most of all: 60,000 tasks."""

AIM = 100.0
"""Milliseconds of server time within which 19 of 20 pages are there."""

PAGES = {
    "queue": "/",
    "queue, one status": "/?tab=scheduled",
    "queue, one lane": "/?lane=referral-follow-up",
    "queue, a language": "/?language=es",
    "queue, overdue": "/?due=overdue",
    "queue, everybody's": "/?whose=all",
    "queue, closed": "/?tab=closed",
}


def measure(options: Options) -> Iterator[Figure]:
    """The page as it opens, and narrowed; each with its tabs' counts and the access log."""
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
    found = looked_at(url, PERSON, list(PAGES.values()), 20 if options.quick else 60)
    named = {name: found[path] for name, path in PAGES.items()}
    most = looked_at(url, LADEN, ["/"], 20 if options.quick else 60)
    named["queue, who has most of all"] = most["/"]
    for name, runs in named.items():
        times = sorted(runs)
        late = times[int(len(times) * 0.95)]
        note = f"p50 {times[len(times) // 2]:.0f} ms, p95 of {len(times)} requests"
        yield Figure(f"{name} on {called}", "ms", (late,), AIM, less=True, note=note)


def filled(url: str, cases: int) -> str:
    """The same database with so many open cases in it."""
    app = app_at(url, NOW)
    fill(app, cases)
    with app.store.connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("VACUUM ANALYZE")
    app.store.close()
    app.forget_live()
    return url
