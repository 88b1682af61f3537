"""Cases decided a second on one core, all in memory, with all lanes of the starter practice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks.figures import Figure, Options, timed
from benchmarks.practice import START, days, events, loaded
from benchmarks.staff import Input, rehearsed
from laneflow.engine.compiled import CompiledLane
from laneflow.engine.live import Live
from laneflow.engine.matcher import Matcher
from laneflow.engine.run import run
from laneflow.engine.state import Act, PatientFile
from laneflow.work.garbage import rarely_collected

DAYS = 60


def measure(options: Options) -> Iterator[Figure]:
    """Decide two months of a practice, one input at a time and every wake at its own instant."""
    live = Live(loaded())
    patients = 300 if options.quick else 1_000
    end = START + days(DAYS)
    inputs = _by_patient(rehearsed(live, events(patients, DAYS), end))
    with counted() as counts:
        done = _decide(live, inputs, end)
    done.questions = counts["asked"]
    runs, looks = [], []
    for _ in range(options.runs):
        with rarely_collected(), timed() as took:  # as the daemon and intake decide
            _decide(live, inputs, end)
        runs.append(done.decisions / took.cpu)
        looks.append(counts["looked"] / took.cpu)
    share = {kind: f"{n / done.decisions:.0%}" for kind, n in done.kinds.most_common()}
    mix = ", ".join(f"{part} {kind}s" for kind, part in share.items())
    note = (
        f"{done.decisions:,} decisions ({mix}) of {len(live.lanes)} lanes on "
        f"{sum(map(len, inputs.values())):,} inputs, {done.acts:,} of them acts; "
        f"{done.cases:,} cases opened"
    )
    yield Figure("decide: cases decided", "/s of CPU", tuple(runs), 15_000, note=note)
    note = (
        f"{counts['looked']:,} looks at a case's rules, {counts['matched']:,} matched, "
        f"{counts['asked']:,} put to durable-rules (the rest was remembered)"
    )
    yield Figure("decide: evaluations of all rules", "/s of CPU", tuple(looks), note=note)
    live.close()


@dataclass(slots=True)
class _Done:
    decisions: int = 0
    cases: int = 0
    acts: int = 0
    questions: int = 0
    kinds: Counter[str] = field(default_factory=Counter)


def _decide(live: Live, inputs: dict[str, list[Input]], end: int) -> _Done:
    """Patient after patient, as files come from a store and go back to it: none is held on to."""
    done = _Done()
    for patient, theirs in inputs.items():
        file = PatientFile(patient=patient)
        for given in theirs:
            done.acts += isinstance(given, Act)
            file = _kept(done, run(live, file, [given], given.at))
        _kept(done, run(live, file, [], end))
    return done


def _by_patient(inputs: list[Input]) -> dict[str, list[Input]]:
    found: dict[str, list[Input]] = {}
    for given in inputs:
        found.setdefault(given.patient, []).append(given)
    return found


def _kept(done: _Done, result: Any) -> PatientFile:
    done.decisions += len(result.decisions)
    for decision in result.decisions:
        done.kinds[decision.input[0]] += 1
        done.cases += decision.seq == 1
    file: PatientFile = result.file
    return file


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """How often rules are looked at, matched, and put to the matching engine meanwhile."""
    counts: Counter[str] = Counter()
    watched = ((CompiledLane, "look", "looked"), (Matcher, "match", "matched"),
               (Matcher, "_ask", "asked"))  # fmt: skip
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in watched]

    def counting(inner: Any, called: str) -> Any:
        def call(*given: Any, **named: Any) -> Any:
            counts[called] += 1
            return inner(*given, **named)

        return call

    for owner, name, called in watched:
        setattr(owner, name, counting(getattr(owner, name), called))
    try:
        yield counts
    finally:
        for owner, name, inner in before:
            setattr(owner, name, inner)
