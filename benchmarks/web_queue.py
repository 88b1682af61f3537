"""What the queue page costs a server that has 100,000 open cases, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.figures import Figure, Options
from benchmarks.pages import databases, figure, looked_at

PERSON = "will"
"""Somebody with 16,000 open tasks: twice what one in fifteen has of 100,000 cases."""

LADEN = "ana"
"""Who has most of all: 60,000 tasks."""

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
    for url, called in databases(options):
        times = 20 if options.quick else 60
        found = looked_at(url, PERSON, list(PAGES.values()), times)
        for name, path in PAGES.items():
            yield figure(f"{name} on {called}", found[path])
        most = looked_at(url, LADEN, ["/"], times)["/"]
        yield figure(f"queue, who has most of all on {called}", most)
