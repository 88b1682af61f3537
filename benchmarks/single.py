"""One event a transaction: how fast single events are answered, each safe on disk before."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from benchmarks.figures import Figure, Options, timed
from benchmarks.intake import BEFORE, TIMED, close
from benchmarks.machine import fsync
from benchmarks.practice import START, Servers, app_at, days, events, folder, take_file
from laneflow.engine.state import Event
from laneflow.intake.synthetic import write_jsonl
from laneflow.work.take_in import take_in


def measure(options: Options) -> Iterator[Figure]:
    """Events taken in alone, one after another, on SQLite with synchronous=FULL."""
    patients = 1_000 if options.quick else 4_000
    with folder() as path:
        sync = tuple(1 / fsync(100, path) for _ in range(options.runs))
        yield Figure("single: appends made safe, the disk's own", "fsyncs/s", sync)
        now = START + days(BEFORE)
        found = events(patients, BEFORE + TIMED)
        servers = Servers(f"sqlite:///{path}")
        write_jsonl([event for event in found if event.time < now], path / "before.jsonl")
        app = app_at(servers.create("before"), now)
        take_file(app, path / "before.jsonl")
        close(app)
        later = [event for event in found if event.time >= now][: 500 if options.quick else 2_000]
        runs = [_once(servers, f"run{number}", later) for number in range(options.runs)]
    each = median(cpu for _, cpu in runs) * 1e6
    note = f"{len(later):,} events, synchronous=FULL; {each:,.0f} us of CPU an event"
    rates = tuple(rate for rate, _ in runs)
    yield Figure("single: one event a transaction, SQLite", "events/s", rates, 2_000, note=note)


def _once(servers: Servers, name: str, found: list[Event]) -> tuple[float, float]:
    """Events a second, and seconds of processor time an event."""
    app = app_at(servers.create(name, like="before"), START + days(BEFORE + TIMED))
    with timed() as took:
        for event in found:
            take_in(app, [event])
    close(app)
    servers.drop(name)
    return len(found) / took.wall, took.cpu / len(found)
