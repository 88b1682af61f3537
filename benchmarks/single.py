"""One event a transaction: how fast single events are answered, each safe on disk before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure, Options, timed
from benchmarks.intake import BEFORE, TIMED, close
from benchmarks.machine import fsync
from benchmarks.practice import START, Servers, app_at, days, events, folder, take_file
from laneflow.engine.state import Event
from laneflow.intake.synthetic import write_jsonl
from laneflow.work.take_in import take_in

MEMORY = Path("/dev/shm")
"""Where nothing has to wait for a disk: what is left is laneflow's own time."""

Run = tuple[float, float]
"""Events a second, and seconds of processor time an event."""


def measure(options: Options) -> Iterator[Figure]:
    """Events taken in alone, one after another, on SQLite with synchronous=FULL."""
    patients = 1_000 if options.quick else 4_000
    found = events(patients, BEFORE + TIMED)
    with folder() as path:
        sync = tuple(1 / fsync(100, path) for _ in range(options.runs))
        yield Figure("single: appends made safe, the disk's own", "fsyncs/s", sync)
        runs = _on(path, found, options)
        yield _figure("single: one event a transaction, SQLite", runs, 2_000)
    if MEMORY.is_dir():
        with folder(MEMORY) as path:
            yield _figure("single: the same without a disk", _on(path, found, options), None)


def _figure(name: str, runs: list[Run], aim: float | None) -> Figure:
    each = median(cpu for _, cpu in runs) * 1e6
    note = f"synchronous=FULL; {each:,.0f} us of CPU an event"
    return Figure(name, "events/s", tuple(rate for rate, _ in runs), aim, note=note)


def _on(path: Path, found: list[Event], options: Options) -> list[Run]:
    """Several runs in a folder, each into its own copy of a practice with a month behind it."""
    now, servers = START + days(BEFORE), Servers(f"sqlite:///{path}")
    write_jsonl([event for event in found if event.time < now], path / "before.jsonl")
    app = app_at(servers.create("before"), now)
    take_file(app, path / "before.jsonl")
    close(app)
    later = [event for event in found if event.time >= now][: 500 if options.quick else 2_000]
    return [_once(servers, f"run{number}", later) for number in range(options.runs)]


def _once(servers: Servers, name: str, found: list[Event]) -> Run:
    app = app_at(servers.create(name, like="before"), START + days(BEFORE + TIMED))
    with timed() as took:
        for event in found:
            take_in(app, [event])
    close(app)
    servers.drop(name)
    return len(found) / took.wall, took.cpu / len(found)
