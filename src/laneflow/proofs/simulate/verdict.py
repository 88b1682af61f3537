"""Can these people meet these windows? The answer in plain sentences, from the figures alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from laneflow.practice.model import LoadedPractice
from laneflow.proofs.simulate.figures import Line, PersonLine, Range, Report

TARGET = 0.95
"""The share of first responses that has to be in its window, where nobody says another."""

FULL = 0.85
"""Somebody busier than this is a bottleneck: queues grow long well before 100 %."""

_FEW = 20  # cases below which a lane and tier say nothing
_GROWS = 2.0  # pieces of work a week, and at least this share of what comes in one:
_GROWS_SHARE = 0.05
_SAME = 0.005  # shares that are written alike


@dataclass(frozen=True, slots=True)
class Verdict:
    """``meets``: yes or no; None where too little happened to tell. ``sentences``: why."""

    meets: bool | None
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """The whole of it."""
        return " ".join(self.sentences)


def verdict(
    loaded: LoadedPractice, report: Report, others: Sequence[Report] = (), target: float = TARGET
) -> Verdict:
    """Whether every lane and tier keeps its window often enough, and nothing piles up."""
    told = [line for line in report.lines if line.judged >= _FEW]
    if not told:
        return Verdict(None, ("Too few cases came to tell. Let more weeks go by, or more runs.",))
    failing = sorted(
        (line for line in told if (line.answered.median or 0.0) < target),
        key=lambda line: (loaded.practice.tiers.index(line.tier), line.answered.median or 0.0),
    )
    meets = not failing and not _grows(report)
    sentences = [_answer(loaded, meets, failing, told, target)]
    sentences += _too_few(loaded, report, target)
    sentences += _piles_up(report)
    sentences.append(_bottleneck(report))
    sentences += _kept_from_working(loaded, report)
    sentences += [_instead(report, other) for other in others]
    return Verdict(meets, tuple(sentences))


def _answer(
    loaded: LoadedPractice,
    meets: bool,
    failing: Sequence[Line],
    told: Sequence[Line],
    target: float,
) -> str:
    if meets:
        worst = min(told, key=lambda line: line.answered.median or 0.0)
        return f"Yes: at least {share(worst.answered)} of first responses are in their window."
    if not failing:
        return f"No: at first {percent(target)} and more are in their window, but it will not last."
    named = [f"{share(one.answered)} in {_where(loaded, one)}" for one in failing[:3]]
    rest = f" and {len(failing) - 3} more" if len(failing) > 3 else ""
    return (
        f"No: first responses in their window are {_and(named)}{rest}; "
        f"{percent(target)} is the aim."
    )


def _too_few(loaded: LoadedPractice, report: Report, target: float) -> Iterator[str]:
    """Where so few came that a share below the aim says nothing: not part of the answer."""
    below = [
        _where(loaded, line)
        for line in report.lines
        if 0 < line.judged < _FEW and (line.answered.median or 0.0) < target
    ]
    if below:
        rest = f" and {len(below) - 3} more" if len(below) > 3 else ""
        yield (
            f"Too few came to tell in {_and(below[:3])}{rest}, where fewer were in their window: "
            "let more weeks go by, or more runs."
        )


def _where(loaded: LoadedPractice, line: Line) -> str:
    lane = loaded.lanes.get(line.lane)
    return f"{lane.title if lane else line.lane} ({line.tier})"


def _piles_up(report: Report) -> Iterator[str]:
    if _grows(report):
        yield f"Work piles up: {report.growth:.0f} more pieces of it wait every week."


def _grows(report: Report) -> bool:
    """Whether ever more waits, beyond what chance does."""
    return report.growth >= max(_GROWS, _GROWS_SHARE * report.a_week)


def _bottleneck(report: Report) -> str:
    """One sentence on whoever has least time left."""
    if not report.people:
        return "Nobody is on duty in these weeks."
    who = max(report.people, key=lambda one: (one.busy, one.person))
    day, most = max(who.by_day.items(), key=lambda pair: pair[1])
    busy = f"{who.name} ({who.roles[0]}) is busy {percent(who.busy)} of the time there is for it"
    if who.busy < FULL:
        return f"Nobody is a bottleneck: the busiest, {busy}."
    on_day = f", on {day}s {percent(most)}" if most - who.busy >= 0.05 else ""
    return (
        f"The bottleneck is the {who.roles[0]}: {busy}{on_day}; "
        f"half of the time {who.waiting[0]} or more things wait."
    )


def _kept_from_working(loaded: LoadedPractice, report: Report) -> Iterator[str]:
    """People who have time, and get no work because their list is full of what is not due yet."""
    for one in report.people:
        person = loaded.practice.people.get(one.person)
        if one.full >= 0.5 and one.busy < FULL / 2 and person and person.most_open_tasks:
            yield (
                f"{one.name} has {person.most_open_tasks} open tasks or more "
                f"{percent(one.full)} of the time, so that work goes to others, and is busy only "
                f"{percent(one.busy)}: raise most_open_tasks in practice.yaml."
            )


def _instead(report: Report, other: Report) -> str:
    """What another staffing makes of the tier that is worst off, and of whoever is busiest."""
    tiers = {line.tier: line for line in other.tiers}
    worst = min(report.tiers, key=lambda line: (line.answered.median or 0.0, line.tier))
    after = tiers.get(worst.tier)
    name = other.name[:1].upper() + other.name[1:]
    if after is None:
        return f"{name}: too little came to tell."
    if _alike(after, worst):
        change = (
            f"makes no clear difference to {worst.tier} first responses in their window: "
            f"{share(worst.answered)} as is, {share(after.answered)} then"
        )
    else:
        verb = "brings" if (after.answered.median or 0) > (worst.answered.median or 0) else "lowers"
        change = (
            f"{verb} {worst.tier} first responses in their window "
            f"from {share(worst.answered)} to {share(after.answered)}"
        )
    return f"{name} {change}{_busiest(other)}."


def _busiest(report: Report) -> str:
    who: PersonLine | None = max(report.people, key=lambda one: one.busy, default=None)
    return f"; the busiest is then {who.name} at {percent(who.busy)}" if who else ""


def _alike(after: Line, before: Line) -> bool:
    """Whether chance alone moves it as far: each median is within what the other's runs show."""
    return _within(after.answered.median, before.answered) and _within(
        before.answered.median, after.answered
    )


def _within(median: float | None, range_: Range) -> bool:
    low, high = range_.low or 0.0, range_.high or 0.0
    return low - _SAME <= (median or 0.0) <= high + _SAME


def share(range_: Range) -> str:
    """``83 % (78–88 %)``: the median, and what nine runs of ten lie between."""
    if range_.median is None or range_.low is None or range_.high is None:
        return "–"
    if round(range_.low * 100) == round(range_.high * 100):
        return percent(range_.median)
    return f"{percent(range_.median)} ({range_.low * 100:.0f}–{range_.high * 100:.0f} %)"


def percent(value: float) -> str:
    """``83 %``."""
    return f"{value * 100:.0f} %"


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
