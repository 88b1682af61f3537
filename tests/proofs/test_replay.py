"""Replays: the same lanes give what happened; other lanes what they would have led to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cast import act, event, lane, live, practice, t, when
from laneflow.engine.live import Live
from laneflow.engine.merging import MERGED, MERGED_FROM
from laneflow.engine.run import run
from laneflow.engine.state import Act, Decision, Event, Instant, PatientFile
from laneflow.lanes.model import (
    Atom,
    Close,
    Due,
    Duration,
    EscalationRule,
    Lane,
    Opening,
    Reopen,
    Status,
    TaskSpec,
)
from laneflow.practice.model import LoadedPractice
from laneflow.practice.zones import DAY
from laneflow.proofs.replay import Beside, Cases, Replayer, Story, refit
from laneflow.proofs.replay.concerned import concerning
from random_lanes import HOUR, START, Happening, days, lanes, to_input

SINCE, UNTIL = t("2026-09-14 00:00"), t("2026-10-12 00:00")
EXAMPLES = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def of(*lanes: Lane, **more: Any) -> LoadedPractice:
    """A practice of these lanes, which tell their own versions apart by their hash."""
    return LoadedPractice(practice(**more), {each.id: each for each in lanes}, ".")


class Past:
    """What happened to one patient, decided as it came, and the log of it."""

    def __init__(self, place: Live, patient: str = "p1") -> None:
        self.place = place
        self.file = PatientFile(patient=patient)
        self.inputs: list[Event | Act] = []
        self.fates: list[str] = []
        self.decisions: list[Decision] = []

    def take(self, given: Event | Act) -> None:
        self._run([given], given.at)

    def pass_until(self, until: Instant) -> None:
        self._run([], until)

    def late(self, at: Instant) -> None:
        """Time that passed while nothing ran: decided once, afterwards."""
        self._run([], at, since=at - 60_000)

    def note(self, at: str, kind: str = "note", **data: Any) -> None:
        case = next(iter(self.file.cases))
        self.take(act(kind, at, case, **data))

    def _run(
        self, given: Sequence[Event | Act], until: Instant, since: Instant | None = None
    ) -> None:
        result = run(self.place, self.file, given, until, since)
        self.file = result.file
        self.decisions += result.decisions
        self.inputs += [taken.input for taken in result.inputs]
        self.fates += [taken.fate for taken in result.inputs]

    def story(self, *, logged: bool = True) -> Story:
        """The story as it comes back from where it is kept."""
        written = msgspec.json.encode(sorted(self.decisions, key=lambda d: (d.case, d.seq)))
        log = msgspec.json.decode(written, type=list[Decision])
        return Story(self.inputs, self.fates, log) if logged else Story(self.inputs)


def told(
    before: LoadedPractice,
    after: LoadedPractice,
    *stories: Story,
    since: Instant = SINCE,
    until: Instant = UNTIL,
    **more: Any,
) -> Beside:
    replayer = Replayer(before, after, since, until, **more)
    for story in stories:
        replayer.tell(story)
    beside = replayer.counted()
    replayer.close()
    return beside


def home(at: str = "2026-09-15 09:00", **data: Any) -> Event:
    return event("encounter.discharged", at, **data)


def nobody_calls_until_thursday() -> Past:
    past = Past(live())
    past.take(home())
    past.note("2026-09-17 10:00", outcome="no answer")
    past.note("2026-09-18 09:00", outcome="reached", understanding="understood")
    past.pass_until(UNTIL)
    return past


def with_windows(**windows: Any) -> Lane:
    usual = lane()
    return lane(hash="edited", windows={**usual.windows, **windows})


def total(cases: dict[str, Cases]) -> Cases:
    found = Cases()
    for each in cases.values():
        found.merge(each)
    return found


# the same lanes ---------------------------------------------------------------------------------


@EXAMPLES
@given(lanes(), days(), st.integers(0, 6), st.booleans())
def test_the_same_lanes_give_what_happened(
    random: Lane, story: list[Happening], late: int, decided: bool
) -> None:
    """Acts, notes, buttons and all; from wherever the period begins."""
    past = Past(live(random))
    for n, happening in enumerate(story):
        first = next(iter(past.file.cases.values()), None)
        rule = next(iter(first.escalations), "none") if first else "none"
        past.take(to_input(n, happening, first.id if first else "nobody", rule))
    past.pass_until(past.file.at + 15 * DAY)
    loaded = of(random)
    since, until = START + late * 12 * HOUR, past.file.at + DAY
    past.pass_until(until)
    beside = told(loaded, loaded, past.story(), since=since, until=until, decided=decided)
    assert beside.biggest == []
    assert beside.after == beside.before
    assert beside.unfit == {}
    assert (beside.late, beside.elsewhere) == (0, 0)
    cases = total(beside.cases)
    assert cases == Cases(same=cases.same)


@EXAMPLES
@given(lanes(), lanes(), days())
def test_a_log_and_the_same_lanes_run_again_are_held_against_alike(
    random: Lane, other: Lane, story: list[Happening]
) -> None:
    past = Past(live(random))
    for n, happening in enumerate(story):
        if "." in happening[0]:
            past.take(to_input(n, happening, "", ""))
    until = past.file.at + 10 * DAY
    past.pass_until(until)
    edited = of(msgspec.structs.replace(other, hash="other"))
    from_log = told(of(random), edited, past.story(), since=START, until=until)
    from_events = told(of(random), edited, past.story(logged=False), since=START, until=until)
    assert from_events.before == from_log.before
    assert from_events.after == from_log.after
    assert from_events.cases == from_log.cases


def test_a_merged_record_is_followed_from_one_file_to_the_other() -> None:
    merged = Event("m", "test", MERGED, t("2026-09-16 12:00"), "p2", {MERGED_FROM: "p1"},
                   t("2026-09-16 12:00"))  # fmt: skip
    story = Story([
        home(),
        home("2026-09-15 10:00", id_="h2", patient="p2"),
        merged,
        event("visit.completed", "2026-09-18 10:00", patient="p2"),
    ])  # fmt: skip
    beside = told(of(lane()), of(with_windows()), story)
    figures = beside.after.total()
    assert (figures.opened, figures.closed) == (2, {"completed": 2})
    assert beside.before == beside.after


def test_what_came_late_is_decided_in_time_and_told() -> None:
    """Nothing ran from Wednesday to Monday: the ladder was climbed once, not rung by rung."""
    past = Past(live())
    past.take(home())
    past.late(t("2026-09-21 09:00"))
    past.pass_until(UNTIL)
    beside = told(of(lane()), of(lane()), past.story())
    assert beside.late == 1
    was, now = beside.before.load["ben"], beside.after.load["ben"]
    assert min(was) == min(now) + 4  # told on Monday, not on Thursday


def test_decisions_under_other_lanes_are_told() -> None:
    past = nobody_calls_until_thursday()
    now_live = of(lane(hash="published since"))
    beside = told(now_live, now_live, past.story())
    assert beside.elsewhere == len(past.decisions)


# other lanes --------------------------------------------------------------------------------------


def test_a_longer_window_would_have_been_kept() -> None:
    """First attempt in two business days instead of one: Thursday 17:00, made at 10:00."""
    edited = with_windows(
        first_attempt=msgspec.structs.replace(
            lane().windows["first_attempt"],
            by_tier=dict.fromkeys(("urgent", "high", "routine"), Duration(2, "business days")),
        )
    )
    beside = told(of(lane()), of(edited), nobody_calls_until_thursday().story())
    before, after = beside.before.total(), beside.after.total()
    assert (before.first_attempt.in_window, before.first_attempt.late) == (0, 1)
    assert (after.first_attempt.in_window, after.first_attempt.late) == (1, 0)
    assert (before.first_contact.late, after.first_contact.late) == (1, 1)
    # The call was due Wednesday 17:00, 17 hours before it was made; now it is due after it.
    assert before.overdue_ms - after.overdue_ms == 17 * HOUR
    assert total(beside.cases).less == 1
    [difference] = beside.biggest
    assert difference.lane == "discharge-outreach"
    assert difference.hours == 17.0


def test_cases_as_they_stood_when_the_period_began_go_on_under_the_edited_lanes() -> None:
    """The window is longer only from Thursday on, when it had been missed already."""
    edited = with_windows(
        first_contact=msgspec.structs.replace(
            lane().windows["first_contact"],
            by_tier=dict.fromkeys(("urgent", "high", "routine"), Duration(9, "business days")),
        )
    )
    past = nobody_calls_until_thursday()
    beside = told(of(lane()), of(edited), past.story(), since=t("2026-09-17 00:00"))
    assert beside.after.total().standing == beside.before.total().standing == 1
    # Published dates keep the span a case was given: only new cases get the longer window.
    assert beside.after.total().first_contact.late == 1


def test_a_trigger_that_opens_nothing_any_more_loses_its_case_and_its_acts() -> None:
    edited = lane(hash="edited", opens=(Opening("encounter.admitted"),))
    beside = told(of(lane()), of(edited), nobody_calls_until_thursday().story())
    assert beside.cases["discharge-outreach"] == Cases(only_before=1)
    assert beside.unfit == {"discharge-outreach": {refit.NO_CASE: 2}}
    assert beside.after.total().opened == 0


def test_a_case_that_closes_sooner_leaves_later_acts_without_one() -> None:
    close = Close("unsuccessful", when=when(Atom("attempts", "at_least", 1)), reason="Enough")
    edited = lane(hash="edited", closes=(close, *lane().closes))
    beside = told(of(lane()), of(edited), nobody_calls_until_thursday().story())
    assert beside.cases["discharge-outreach"].otherwise == 1
    assert beside.unfit == {"discharge-outreach": {refit.NO_CASE: 1}}
    assert beside.after.total().closed == {"unsuccessful": 1}


ANYTIME = lane().statuses


def elsewhere() -> Lane:
    """A lane whose first status is left as soon as anybody tried to call."""
    first = msgspec.structs.replace(
        ANYTIME["first_call"],
        task=TaskSpec("Call", Due(duration=Duration(1, "business days")), after_last="unreached"),
    )
    statuses = {"waiting": Status("waiting", "new", first.task), **ANYTIME}
    return lane(hash="edited", statuses=statuses)


@pytest.mark.parametrize(
    ("edited", "kind", "data", "why"),
    [
        (lane(hash="edited", escalations=()), "take", {"escalation": "worse"}, refit.NO_CALL),
        (elsewhere(), "done", {"task": "main"}, refit.ELSEWHERE),
        (lane(hash="edited", barriers={}), "done", {"task": "barrier:cost"}, refit.NO_TASK),
        (lane(hash="edited", closes=(Close("completed", on="visit.completed"),)), "close",
         {"outcome": "unsuccessful", "reason": "Moved away"}, refit.NO_CLOSE),
    ],
    ids=["nobody calls for help", "another status", "no such task", "no such close"],
)  # fmt: skip
def test_an_act_that_no_longer_fits_is_left_out_and_said(
    edited: Lane, kind: str, data: dict[str, Any], why: str
) -> None:
    past = Past(live())
    past.take(home())
    past.take(event("symptoms.worsened", "2026-09-15 10:00"))
    past.note("2026-09-15 10:30", outcome="no answer", barrier="cost")
    case = next(iter(past.file.cases))
    past.take(act(kind, "2026-09-15 11:00", case, by="nia", **data))
    past.pass_until(UNTIL)
    same = told(of(lane()), of(lane()), past.story())
    assert same.unfit == {}
    beside = told(of(lane()), of(edited), past.story())
    assert beside.unfit["discharge-outreach"].get(why) == 1, beside.unfit


def test_somebody_who_works_here_no_more_is_given_nothing() -> None:
    past = Past(live())
    past.take(home())
    past.note("2026-09-15 10:00", kind="assign", owner="ben")
    past.pass_until(UNTIL)
    gone = {k: p for k, p in practice().people.items() if k != "ben"}
    beside = told(of(lane()), of(lane(), people=gone, hash="practice-2"), past.story())
    assert beside.unfit == {"discharge-outreach": {refit.NOBODY: 1}}


@EXAMPLES
@given(lanes(), st.lists(days(most=6), min_size=1, max_size=3))
def test_a_patient_whom_no_changed_lane_concerns_is_run_once_with_the_same_figures(
    random: Lane, stories: list[list[Happening]]
) -> None:
    """Two lanes, one of them edited: skipping what it cannot concern changes nothing."""
    back = Reopen(("patient.called", "appointment.booked"), Duration(20, "days"))
    opens = (Opening("appointment.missed"),)
    other = lane(id="other", hash="other", opens=opens, reopens=back)
    edited = msgspec.structs.replace(other, hash="edited", untouched=Duration(1, "days"))
    short, whole = shortened_and_whole(of(random, other), of(random, edited), stories)
    assert short == whole


def shortened_and_whole(
    before: LoadedPractice, after: LoadedPractice, stories: list[list[Happening]], days: int = 0
) -> tuple[Beside, Beside]:
    """A replay of events, ``days`` after they began, and the same with every story run twice."""
    told_: list[Story] = []
    for n, story in enumerate(stories):
        inputs = [to_input(k, each, "", "") for k, each in enumerate(story) if "." in each[0]]
        told_.append(Story([msgspec.structs.replace(i, patient=f"p{n}") for i in inputs]))
    since, until = START + days * DAY, START + 30 * DAY
    short = told(before, after, *told_, since=since, until=until)
    replayer = Replayer(before, after, since, until)
    replayer._concerning = None
    for each in told_:
        replayer.tell(each)
    return short, replayer.counted()


@EXAMPLES
@given(
    lanes(),
    st.lists(days(most=6), min_size=1, max_size=3),
    st.sampled_from(["standard", "clinical now", "default", "people"]),
    st.sampled_from([0, 2]),
)
def test_an_edit_of_practice_yaml_concerns_the_lanes_that_use_what_changed(
    random: Lane, stories: list[list[Happening]], part: str, days: int
) -> None:
    """A ladder, which ladder is the usual one, whom messages reach: never another figure."""
    usual = practice()
    more: dict[str, Any] = {}
    if part == "default":
        more["default_ladder"] = "clinical now"
    elif part == "people":
        ana = msgspec.structs.replace(usual.people["ana"], name="Ana B", most_open_tasks=1)
        more["people"] = {**usual.people, "ana": ana}
    else:
        ladder = usual.ladders[part]
        ladder = msgspec.structs.replace(ladder, rungs=ladder.rungs[:1])  # nowhere to climb to
        more["ladders"] = {**usual.ladders, part: ladder}
    opens = (Opening("appointment.missed"),)
    calls = (EscalationRule("late", "Late", "clinical now", builtin="overdue"),)
    other = lane(id="other", hash="other", opens=opens, escalations=calls)
    after = of(random, other, hash="practice-2", **more)
    short, whole = shortened_and_whole(of(random, other), after, stories, days)
    assert short == whole


def test_what_messages_and_scripts_need_changes_no_decision() -> None:
    place = practice()
    other = msgspec.structs.replace(place, phone="555-0199", contact_cap=(2, 5), hash="practice-2")
    before, after = live(lane()), live(lane())
    after.practice = other
    assert concerning(before, after) == frozenset()
    after.practice = msgspec.structs.replace(place, longest_wait=Duration(3, "days"))
    assert concerning(before, after) is None


def test_starts_that_were_booked_stay_booked_whatever_order_patients_come_in() -> None:
    """Ten recalls wake on one day where only two may: spread in fact, and in the replay alike."""
    task = TaskSpec("Recall", Due(duration=Duration(1, "business days")),
                    start=Due(duration=Duration(30, "days")), starts_at_most=2)  # fmt: skip
    recall = lane(id="recall", statuses={"asleep": Status("asleep", "new", task)}, moves=())
    place = live(recall)
    pasts = [Past(place, f"p{n}") for n in range(10)]
    for n, past in enumerate(pasts):
        past.take(home(id_=f"h{n}", patient=f"p{n}"))
    for past in pasts:
        past.pass_until(UNTIL)
    starts = {c.task.start.at for p in pasts for c in p.file.cases.values()
              if c.task and c.task.start}  # fmt: skip
    assert len(starts) == 5
    beside = told(of(recall), of(recall), *[past.story() for past in reversed(pasts)])
    assert beside.after == beside.before
    assert beside.uncapped == 0
    edited = msgspec.structs.replace(recall, hash="edited")
    assert told(of(recall), of(edited), *[p.story(logged=False) for p in pasts]).uncapped == 10
