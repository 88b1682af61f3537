"""Runs into figures: medians and ranges over the runs, and what they say of people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import msgspec

from laneflow.proofs.simulate.observing import Busy, Day, RunResult
from laneflow.proofs.simulate.playing import Played
from laneflow.proofs.tally import Answers, Figures

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Range:
    """The median over the runs, and what nine runs of ten lie between. None where nothing is."""

    median: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, values: Iterable[float | None]) -> Range:
        """The range of some runs' values; those that have none are left out."""
        found = sorted(value for value in values if value is not None)
        return cls(*(percentile(found, p) for p in (50, 5, 95)))


@dataclass(frozen=True, slots=True)
class Line:
    """A lane and tier, or a tier over all lanes (``lane`` empty), with one staffing.

    ``answered`` and ``reached``: the share of first attempts and first contacts in their window,
    0 to 1. ``took`` and ``contact_took``: p50, p90 and p95 in elapsed minutes, over all runs.
    ``judged``: first attempts of all runs of which it is settled. Others are a run's.
    """

    lane: str
    tier: str
    opened: Range
    judged: int
    answered: Range
    took: tuple[int | None, int | None, int | None]
    reached: Range
    contact_took: tuple[int | None, int | None, int | None]
    overdue: Range
    calls_a_week: Range
    notes: Range


@dataclass(frozen=True, slots=True)
class PersonLine:
    """How busy one person was, over all runs. Shares of their time for this work, 0 and up.

    ``by_day``: weekday -> share, for the days they work. ``waiting``: p50, p90 and p95 of how much
    waited that they could have done, in the hours they were there. ``full``: in what share of those
    hours they had their most open tasks or more, so that new work went to others.
    """

    person: str
    name: str
    roles: tuple[str, ...]
    busy: float
    by_day: dict[str, float]
    waiting: tuple[int, int, int]
    full: float


@dataclass(frozen=True, slots=True)
class Report:
    """One staffing's figures. ``days``: the median of the runs for every day of the period."""

    name: str
    lines: tuple[Line, ...]
    tiers: tuple[Line, ...]
    people: tuple[PersonLine, ...]
    waiting: tuple[tuple[str, Range], ...]
    overdue: tuple[tuple[str, Range], ...]
    growth: float
    """How much more work waits a week later, on the median of the runs."""
    decisions: int
    arrived: int
    a_week: float
    """How many triggers come in a week of one run."""


def report(played: Played, weeks: int) -> Report:
    """The figures of one staffing's runs."""
    runs, practice = played.runs, played.loaded.practice
    lanes = {lane: None for run in runs for lane in run.tally.lanes}
    rank = {tier: number for number, tier in enumerate(practice.tiers)}
    keys = sorted(
        {(lane, tier) for run in runs for lane in lanes for tier in run.tally.lanes.get(lane, ())},
        key=lambda key: (key[0], rank.get(key[1], len(rank))),
    )
    tiers = sorted({tier for _, tier in keys}, key=lambda tier: rank.get(tier, len(rank)))
    return Report(
        name=played.name,
        lines=tuple(_line(runs, [key], key[0], key[1], weeks) for key in keys),
        tiers=tuple(
            _line(runs, [key for key in keys if key[1] == tier], "", tier, weeks) for tier in tiers
        ),
        people=tuple(_people(played)),
        waiting=_daily(runs, "waiting"),
        overdue=_daily(runs, "overdue"),
        growth=_growth(runs),
        decisions=sum(run.decisions for run in runs),
        arrived=(arrived := sum(day.arrived for run in runs for day in run.days)),
        a_week=arrived / len(runs) / weeks,
    )


def _line(
    runs: Sequence[RunResult], keys: Sequence[tuple[str, str]], lane: str, tier: str, weeks: int
) -> Line:
    summed = [_sum(run, keys) for run in runs]
    whole = Figures()
    for one in summed:
        whole.merge(one)
    late = [sum(run.overdue.get(lane, {}).get(tier, 0) for lane, tier in keys) for run in runs]
    return Line(
        lane=lane,
        tier=tier,
        opened=Range.of(one.opened for one in summed),
        judged=whole.first_attempt.judged,
        answered=Range.of(one.first_attempt.kept for one in summed),
        took=_percentiles(whole.first_attempt),
        reached=Range.of(one.first_contact.kept for one in summed),
        contact_took=_percentiles(whole.first_contact),
        overdue=Range.of(late),
        calls_a_week=Range.of(sum(c.raised for c in one.calls.values()) / weeks for one in summed),
        notes=Range.of(one.attempts for one in summed),
    )


def _sum(run: RunResult, keys: Sequence[tuple[str, str]]) -> Figures:
    found = Figures()
    for lane, tier in keys:
        figures = run.tally.lanes.get(lane, {}).get(tier)
        if figures is not None:
            found.merge(msgspec.convert(msgspec.to_builtins(figures), Figures))
    return found


def _percentiles(answers: Answers) -> tuple[int | None, int | None, int | None]:
    p50, p90, p95 = answers.took.percentiles(50, 90, 95)
    return p50, p90, p95


# people ------------------------------------------------------------------------------------------


def _people(played: Played) -> Iterable[PersonLine]:
    for id_, person in played.loaded.practice.people.items():
        found = [run.people[id_] for run in played.runs]
        duty, worked = _week(found, "duty"), _week(found, "worked")
        if not sum(duty):
            continue
        waiting: dict[int, int] = {}
        for one in found:
            for many, times in one.waiting.items():
                waiting[many] = waiting.get(many, 0) + times
        p50, p90, p95 = (_weighted(waiting, p) for p in (50, 90, 95))
        yield PersonLine(
            id_, person.name, person.roles, sum(worked) / sum(duty),
            {DAYS[day]: worked[day] / duty[day] for day in range(7) if duty[day]},
            (p50, p90, p95),
            sum(one.full for one in found) / max(1, sum(waiting.values())),
        )  # fmt: skip


def _week(found: Sequence[Busy], field: str) -> list[int]:
    return [sum(getattr(one, field)[day] for one in found) for day in range(7)]


def _weighted(counts: dict[int, int], percent: float) -> int:
    """The nearest-rank percentile of values that come so often each."""
    wanted = ceil(sum(counts.values()) * percent / 100)
    passed = 0
    for value in sorted(counts):
        passed += counts[value]
        if passed >= wanted:
            return value
    return 0


# days --------------------------------------------------------------------------------------------


def _daily(runs: Sequence[RunResult], field: str) -> tuple[tuple[str, Range], ...]:
    return tuple(
        (days[0].date, Range.of(float(getattr(day, field)) for day in days))
        for days in zip(*(run.days for run in runs), strict=True)
    )


def _growth(runs: Sequence[RunResult]) -> float:
    """Work waiting at the end of the last week less the first's, a week; the median of the runs."""
    return Range.of(_slope(run.days) for run in runs).median or 0.0


def _slope(days: Sequence[Day]) -> float | None:
    weeks = len(days) // 7
    if weeks < 2:
        return None
    first, last = days[:7], days[-7:]
    gained = sum(day.waiting for day in last) - sum(day.waiting for day in first)
    return gained / 7 / (weeks - 1)


def percentile(values: Sequence[float], percent: float) -> float | None:
    """The percentile of sorted values, nearest rank; of an even number the median's mean."""
    if not values:
        return None
    middle = len(values) // 2
    if percent == 50 and len(values) % 2 == 0:
        return (values[middle - 1] + values[middle]) / 2
    return values[max(0, ceil(len(values) * percent / 100) - 1)]


def plain(report: Report) -> dict[str, Any]:
    """A report as plain data, for programs."""
    whole: dict[str, Any] = msgspec.to_builtins(report)
    return whole
