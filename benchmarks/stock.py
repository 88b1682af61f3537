"""Owns large stores: patients with open cases, cloned from real ones, a few of them due.

A clone is what the engine made of a synthetic patient, row by row and body by body, under another
name; it is written by the store's own bulk path. A million cases are there in a few minutes.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import cycle
from pathlib import Path

import msgspec
from msgspec.structs import replace

from benchmarks.figures import Options
from benchmarks.practice import ROOT, SEED, START, app_at, days, events, loaded
from benchmarks.staff import Input, rehearsed
from laneflow.engine.live import Live
from laneflow.engine.run import run
from laneflow.engine.state import Instant, PatientFile
from laneflow.store import bulk
from laneflow.store.rows import Batch, derive
from laneflow.work.app import App
from laneflow.work.clock import HOUR, MINUTE

PATIENTS, DAYS = 1_500, 30
DUE = 1_000
"""Files due at each of the stock's instants."""

TURNS = 5
"""Instants, a minute apart, at each of which so many others are due."""

MORNING: Instant = START + days(DAYS) + 8 * HOUR
NOW: Instant = MORNING + 7 * HOUR
"""When the first of them are due, all since the morning: a Wednesday afternoon."""

MODELS = "src/laneflow/store/models.py"
_ACT, _EVENT = '"act-', f"syn-{SEED}-"
_WRITTEN = 5_000


@dataclass(frozen=True, slots=True)
class Template:
    """One patient with open cases: all rows as JSON, and the ids in it."""

    text: str
    patient: str
    cases: tuple[str, ...]
    open: int
    due: bool

    def clone(self, number: int, wake_at: Instant | None) -> Batch:
        """The same patient under the ``number``-th name; ``wake_at``: when the file is due."""
        text = self.text.replace(self.patient, f"p{number:08d}")
        text = text.replace(_EVENT, f"syn-{number}-").replace(_ACT, f"{_ACT}{number}-")
        for n, case in enumerate(self.cases):
            text = text.replace(case, f"{case.partition('-')[0]}-{number:010d}{n:02d}")
        batch = msgspec.json.decode(text, type=Batch)
        if wake_at is not None:
            batch.files = [file._replace(wake_at=wake_at) for file in batch.files]
        return batch


def stock(cases: int, path: Path, options: Options) -> Path:
    """A store with so many open cases, copied to the folder ``path`` for its use alone."""
    kept = (options.cache or path) / f"stock-{cases}-{_key()}.sqlite3"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        _build(cases, kept)
        size = kept.stat().st_size / 1e9
        took = time.monotonic() - began
        options.say(f"a store of {cases:,} open cases: {size:.1f} GB, built in {took:.0f} s")
    copy = path / "stock.sqlite3"
    shutil.copy(kept, copy)
    os.sync()  # or what is measured next waits for the copy
    return copy


def _key() -> str:
    """What a kept store depends on: the practice, its lanes, the tables, how it is made."""
    found = loaded()
    lanes = sorted(lane.hash for lane in found.lanes.values())
    made_of = (found.practice.hash, lanes)
    made_by = Path(__file__).read_bytes() + (ROOT / MODELS).read_bytes()
    return blake2b(repr(made_of).encode() + made_by, digest_size=6).hexdigest()


def _build(cases: int, file: Path) -> None:
    unfinished = file.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    app = app_at(f"sqlite:///{unfinished}", NOW)
    store = app.store
    connection = store.connection
    connection.cursor().execute("PRAGMA synchronous=OFF")
    connection.cursor().execute("PRAGMA cache_size=-500000")
    fill(app, cases)
    connection.cursor().execute("PRAGMA optimize")
    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    app.forget_live()
    unfinished.rename(file)


def fill(app: App, cases: int) -> None:
    """Write so many open cases into an empty store."""
    for batch in _written(_clones(templates(app.live), cases)):
        with app.store.transaction():
            bulk.write(app.store.writer, batch)
    app.store.tick(NOW - MINUTE, accept=True)


def _clones(found: list[Template], cases: int) -> Iterator[Batch]:
    """Patients until there are so many open cases; the due ones lie evenly among the others."""
    waiting = cycle([template for template in found if not template.due])
    due = [template for template in found if template.due]
    every = cases // (TURNS * DUE)
    made = number = turned = 0
    while made < cases:
        if turned < TURNS * DUE and made >= turned * every:
            template, turn = due[turned // TURNS % len(due)], turned % TURNS
            yield template.clone(number, NOW + turn * MINUTE)
            turned += 1
        else:
            template = next(waiting)
            yield template.clone(number, None)
        made += template.open
        number += 1


def _written(clones: Iterator[Batch]) -> Iterator[Batch]:
    """Many patients' rows together."""
    whole, held = Batch(), 0
    for batch in clones:
        for name in Batch.__dataclass_fields__:
            getattr(whole, name).extend(getattr(batch, name))
        held += 1
        if held == _WRITTEN:
            yield whole
            whole, held = Batch(), 0
    yield whole


def templates(live: Live) -> list[Template]:
    """Patients with open cases, after a month of events and acts; those due by NOW and others."""
    found = [replace(e, patient=f"<{e.patient}>") for e in events(PATIENTS, DAYS)]
    by_patient: dict[str, list[Input]] = {}
    for given in rehearsed(live, found, MORNING):
        by_patient.setdefault(given.patient, []).append(given)
    ranks = {tier: rank for rank, tier in enumerate(live.practice.tiers)}
    made = (_template(live, inputs, ranks) for inputs in by_patient.values())
    return [template for template in made if template is not None]


def _template(live: Live, inputs: list[Input], ranks: dict[str, int]) -> Template | None:
    patient = inputs[0].patient
    result = run(live, PatientFile(patient=patient), inputs, MORNING)
    file = result.file
    open_cases = [case for case in file.cases.values() if case.closed is None]
    if not open_cases or file.wake_at is None or NOW < file.wake_at <= NOW + TURNS * MINUTE:
        return None
    text = msgspec.json.encode(_light(derive([result], ranks))).decode()
    ids = dict.fromkeys(decision.case for decision in result.decisions)
    return Template(text, patient, tuple(ids), len(open_cases), file.wake_at <= NOW)


def _light(batch: Batch) -> Batch:
    """Without the log but for each case's last decision: a tick adds to it and reads none of it."""
    last = {decision.case: decision for decision in batch.decisions}
    answered = {decision.input_key for decision in last.values()}
    batch.decisions = list(last.values())
    batch.inputs = [row for row in batch.inputs if row.key in answered]
    batch.tasks = [row for row in batch.tasks if row.state == "open"]
    batch.escalations = [row for row in batch.escalations if row.ended is None]
    batch.cases = [row for row in batch.cases if row.live]
    batch.outbox, batch.notes, batch.ended_tasks, batch.ended_escalations = [], [], [], []
    return batch
