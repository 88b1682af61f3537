"""The figures of a run: worked by hand, against a slow reference, in any order, in any parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import ceil

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cast import act, event, live, patient, t
from laneflow.engine.fold import fold
from laneflow.engine.live import Live
from laneflow.engine.run import run
from laneflow.engine.state import Case, Decision, Event, FileResult, Instant, PatientFile
from laneflow.lanes.model import Lane
from laneflow.practice.zones import DAY, zone
from laneflow.proofs.tally import Frame, Tally
from laneflow.proofs.tally.counting import Counting
from laneflow.proofs.tally.spread import MINUTE, Spread, bucket_of
from random_lanes import START, Happening, days, lanes, to_input

HOUR = 60 * MINUTE
EXAMPLES = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


# worked by hand ---------------------------------------------------------------------------------


def day(text: str) -> int:
    return zone("America/New_York").local(t(text)) // DAY


def one_case() -> tuple[Live, list[FileResult]]:
    """Home on Tuesday morning, high tier: the first attempt by Wednesday 17:00, the first contact
    by Thursday 17:00. Nobody calls until Thursday 10:00; reached on Friday 09:00; seen on Monday.
    """
    place, file = live(), patient(first_name="Rosa")
    results = []
    case = ""
    for said in (
        event("encounter.discharged", "2026-09-15 09:00"),
        ("note", "2026-09-17 10:00", {"outcome": "no answer"}),
        ("note", "2026-09-18 09:00", {"outcome": "reached", "understanding": "understood"}),
        event(
            "appointment.booked", "2026-09-18 09:30",
            appointment__id="a1", appointment__start="2026-09-21T10:00:00-04:00",
        ),
        event("visit.completed", "2026-09-21 10:00", appointment__id="a1"),
    ):  # fmt: skip
        item = said if isinstance(said, Event) else act(*said[:2], case, **said[2])
        result = run(place, file, [item], item.at)
        results.append(result)
        file, case = result.file, next(iter(result.touched), case)
    return place, results


def counted(
    place: Live, results: Iterable[FileResult], since: str = "2026-09-14", until: str = "2026-09-28"
) -> Tally:
    counting = Counting(Frame.of(place, t(since), t(until)))
    counting.take_all(results)
    return counting.done()


def test_a_case_worked_by_hand() -> None:
    place, results = one_case()
    figures = counted(place, results).lanes["discharge-outreach"]["high"]
    assert (figures.opened, figures.open, figures.standing) == (1, 0, 0)
    assert figures.closed == {"completed": 1}
    attempt, contact = figures.first_attempt, figures.first_contact
    assert (attempt.in_window, attempt.late, attempt.never) == (0, 1, 0)  # Wed 17:00 < Thu 10:00
    assert attempt.took.percentile(50) == bucket_of(49 * 60)
    assert (contact.in_window, contact.late, contact.never) == (0, 1, 0)  # Thu 17:00 < Fri 09:00
    assert contact.took.percentile(50) == bucket_of(72 * 60)
    assert figures.scheduled.percentile(50) == bucket_of(72 * 60 + 30)
    assert figures.completed.percentile(50) == bucket_of(6 * 24 * 60 + 60)
    assert figures.attempts == 2
    # first_call (its call), needs_visit, booked: three tasks.
    assert figures.tasks == 3
    # Due Wed 17:00, done Thu 10:00: 17 h; the next attempt was due Thu 14:00, made Fri 09:00: 19 h.
    assert (figures.overdue, figures.overdue_ms) == (2, 36 * HOUR)


def test_calls_for_help_worked_by_hand() -> None:
    """Overdue and late on Wednesday 17:00, told at Thursday's opening; nobody takes either."""
    place, results = one_case()
    calls = counted(place, results).lanes["discharge-outreach"]["high"].calls
    late = calls["late"]
    # The first attempt's lateness ends on Thursday 10:00, before the rung's four business hours
    # are over; the first contact's begins on Thursday 17:00 and ends at Friday 09:00.
    assert (late.raised, late.climbed, late.withdrawn, late.taken) == (2, 0, 2, 0)
    assert calls["overdue"].raised == 2


def test_everybodys_day_worked_by_hand() -> None:
    place, results = one_case()
    load = counted(place, results).load
    ana = load["ana"]
    assert ana[day("2026-09-16 12:00")].due == 1
    assert (ana[day("2026-09-17 12:00")].due, ana[day("2026-09-17 12:00")].contacts) == (1, 1)
    assert ana[day("2026-09-18 12:00")].contacts == 1
    # Thursday: both at 08:00, and at 14:00 the second attempt's date; Friday: no contact by then.
    assert load["ben"][day("2026-09-17 12:00")].calls == 3
    assert load["ben"][day("2026-09-18 12:00")].calls == 1


def test_what_happened_before_the_frame_only_says_how_the_case_stood() -> None:
    place, results = one_case()
    figures = counted(place, results, since="2026-09-18").lanes["discharge-outreach"]["high"]
    assert (figures.standing, figures.opened, figures.attempts) == (1, 0, 1)
    assert figures.first_attempt.judged == 0  # answered before
    assert figures.first_contact.late == 1
    assert (figures.overdue, figures.overdue_ms) == (0, 9 * HOUR)  # from midnight to 09:00
    assert sum(load.contacts for days in counted(place, results, since="2026-09-18").load.values()
               for load in days.values()) == 1  # fmt: skip


def test_a_window_that_still_runs_is_not_judged_and_one_that_passed_is_late() -> None:
    place = live()
    opened = run(place, patient(), [event("encounter.discharged", "2026-09-15 09:00")],
                 t("2026-09-17 12:00"))  # fmt: skip
    tally = counted(place, [opened], until="2026-09-17 12:00")
    figures = tally.lanes["discharge-outreach"]["high"]
    assert (figures.first_attempt.late, figures.first_attempt.never) == (1, 1)
    assert (figures.first_contact.waiting, figures.first_contact.late) == (1, 0)
    assert figures.first_contact.kept is None
    assert figures.open == 1


def test_who_takes_a_call_for_help_and_how_soon() -> None:
    place, file = live(), patient()
    first = run(place, file, [event("encounter.discharged", "2026-09-15 09:00")],
                t("2026-09-15 10:00"))  # fmt: skip
    case = next(iter(first.touched))
    worse = event("symptoms.worsened", "2026-09-15 10:00")
    second = run(place, first.file, [worse], t("2026-09-15 10:45"))  # nurse 30 min, then provider
    take = act("take", "2026-09-15 10:45", case, by="pat", escalation="worse")
    third = run(place, second.file, [take], take.at)
    answer = act("resolve", "2026-09-15 11:00", case, by="pat", escalation="worse", answer="Come")
    fourth = run(place, third.file, [answer], answer.at)
    tally = counted(place, [first, second, third, fourth])
    worse_calls = tally.lanes["discharge-outreach"]["high"].calls["worse"]
    assert (worse_calls.raised, worse_calls.climbed, worse_calls.last) == (1, 1, 1)
    assert (worse_calls.taken, worse_calls.resolved, worse_calls.withdrawn) == (1, 1, 0)
    assert worse_calls.took.percentile(50) == 45
    told = {who: sum(load.calls for load in by_day.values()) for who, by_day in tally.load.items()}
    assert +Counter(told) == {"nia": 1, "pat": 1}


# laws -------------------------------------------------------------------------------------------

stories = st.lists(days(most=8), min_size=2, max_size=4)


def played(place: Live, story: list[Happening], who: str) -> list[FileResult]:
    """One patient's random story, decided step by step and twenty days on."""
    file, results = PatientFile(patient=who, facts={"patient.first_name": "Rosa"}), []
    for n, happening in enumerate(story):
        first = next(iter(file.cases.values()), None)
        rule = next(iter(first.escalations), "none") if first else "none"
        item = to_input(n, happening, first.id if first else "nobody", rule)
        item = msgspec.structs.replace(item, patient=who, id=f"{who}-{item.id}")
        results.append(run(place, file, [item], happening[1]))
        file = results[-1].file
    results.append(run(place, file, [], file.at + 20 * DAY))
    return results


def tally_of(frame: Frame, results: Iterable[FileResult]) -> Tally:
    counting = Counting(frame)
    counting.take_all(results)
    return counting.done()


@EXAMPLES
@given(lanes(), stories, st.integers(0, 5))
def test_in_parts_and_in_any_order_as_all_at_once(
    lane: Lane, stories: list[list[Happening]], late: int
) -> None:
    place = live(lane)
    frame = Frame.of(place, START + late * 12 * HOUR, START + 12 * DAY)
    runs = [played(place, story, f"p{n}") for n, story in enumerate(stories)]
    whole = tally_of(frame, [result for each in runs for result in each])
    backwards = tally_of(frame, [result for each in reversed(runs) for result in each])
    parts = Tally()
    for each in runs:
        written = msgspec.json.encode(tally_of(frame, each))
        parts.merge(msgspec.json.decode(written, type=Tally))
    assert backwards == whole
    assert parts == whole


@EXAMPLES
@given(lanes(), days(), st.integers(0, 5))
def test_the_figures_are_those_of_a_slow_reference(
    lane: Lane, story: list[Happening], late: int
) -> None:
    """The reference folds whole cases and looks at them minute for minute of what is asked."""
    place = live(lane)
    since, until = START + late * 12 * HOUR, START + 12 * DAY
    results = played(place, story, "p1")
    tally = tally_of(Frame.of(place, since, until), results)
    decisions = [msgspec.json.decode(msgspec.json.encode(d), type=Decision)
                 for r in results for d in r.decisions if d.at < until]  # fmt: skip
    expected = Reference(decisions, since, until)
    found = [figures for tiers in tally.lanes.values() for figures in tiers.values()]
    assert sum(f.opened for f in found) == expected.opened
    assert sum((Counter(f.closed) for f in found), Counter()) == expected.closed
    assert sum(f.overdue_ms for f in found) == expected.overdue_ms
    assert sum(f.tasks for f in found) == expected.tasks
    for name in ("first_attempt", "first_contact"):
        answers = [getattr(f, name) for f in found]
        told = (sum(a.in_window for a in answers), sum(a.late for a in answers),
                sum(a.waiting for a in answers), sum(a.ended for a in answers))  # fmt: skip
        assert told == expected.answers[name]
    raised: Counter[str] = Counter()
    for figures in found:
        raised.update({rule: calls.raised for rule, calls in figures.calls.items()})
    assert +raised == expected.raised


class Reference:
    """What the figures mean, computed from every state each case was ever in."""

    def __init__(self, decisions: list[Decision], since: Instant, until: Instant) -> None:
        self.since, self.until = since, until
        self.opened = self.overdue_ms = self.tasks = 0
        self.closed: Counter[str] = Counter()
        self.raised: Counter[str] = Counter()
        self.answers = dict.fromkeys(("first_attempt", "first_contact"), (0, 0, 0, 0))
        states: dict[str, list[Case]] = {}
        for decision in decisions:
            held = states.setdefault(decision.case, [])
            held.append(fold(held[-1] if held else None, decision))
        for each in states.values():
            self._count(each)

    def _count(self, states: list[Case]) -> None:
        last = states[-1]
        self.opened += states[0].at >= self.since
        if last.closed and last.closed.at >= self.since:
            self.closed[last.closed.outcome] += 1
        old = [s for s in states if s.at < self.since]
        before = {r: n for s in old for r, n in s.raised.items()}
        for rule, n in last.raised.items():
            if not rule.startswith("barrier:"):
                self.raised[rule] += n - before.get(rule, 0)
        self.tasks += last.tasks_made - (old[-1].tasks_made if old else 0)
        for state, after in zip(states, [*states[1:], None], strict=True):
            end = min(after.at if after else self.until, self.until)
            tasks = [*state.side.values()]
            if state.task is not None and not state.task.paused:
                tasks.append(state.task)
            for task in tasks:
                self.overdue_ms += max(0, end - max(state.at, task.due.at, self.since))
        if not (last.closed and last.closed.at < self.since):
            for name in self.answers:
                self._answer(name, states)

    def _answer(self, name: str, states: list[Case]) -> None:
        told = list(self.answers[name])
        last = states[-1]
        answered = next((s for s in states if getattr(s, name) is not None), None)
        # The window as it was in the decision that brought the answer, before anything it led to.
        window = (answered or last).windows.get(name)
        if answered is not None:
            at = getattr(last, name)
            if at >= self.since and window is not None:
                told[0 if at <= window.at else 1] += 1
        elif window is not None:
            end = last.closed.at if last.closed else self.until
            told[1 if window.at <= end else 3 if last.closed else 2] += 1
        self.answers[name] = tuple(told)


# how long things took ---------------------------------------------------------------------------

minutes = st.lists(st.integers(0, 5_000_000), min_size=1, max_size=60)


@given(minutes, st.sampled_from((1, 25, 50, 90, 95, 99, 100)))
def test_a_percentile_is_the_nearest_rank_to_a_tenth_of_a_percent(
    lengths: list[int], percent: int
) -> None:
    spread = Spread()
    for length in lengths:
        spread.add(length * MINUTE + 59_999)
    exact = sorted(lengths)[max(1, ceil(percent * len(lengths) / 100)) - 1]
    found = spread.percentile(percent)
    assert found is not None
    assert exact * 0.999 <= found <= exact
    assert spread.minutes == sum(lengths)


def test_a_day_and_ten_hours_are_kept_to_the_minute() -> None:
    assert [bucket_of(n) for n in (0, 59, 60, 2047)] == [0, 59, 60, 2047]
    assert [bucket_of(n) for n in (2048, 2049, 4095, 4099)] == [2048, 2048, 4094, 4096]


def test_ten_years_of_lengths_take_few_buckets() -> None:
    buckets = {bucket_of(n) for n in range(0, 10 * 366 * 24 * 60, 7)}
    assert len(buckets) < 14_000


def test_nothing_has_no_percentile() -> None:
    assert Spread().percentiles(50, 90) == [None, None]
    assert Spread().mean is None
