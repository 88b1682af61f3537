"""Scenario files: what a manager may write, and what they are told where they err."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from laneflow.errors import LaneflowError
from laneflow.lanes.load import load_practice
from laneflow.lanes.model import Duration
from laneflow.practice.model import LoadedPractice
from laneflow.proofs.simulate.assumed import assumed
from laneflow.proofs.simulate.model import OTHERS, Arrival, Length, Minutes
from laneflow.proofs.simulate.reading import read_scenario
from laneflow.proofs.simulate.staffing import staffed, what_if
from laneflow.proofs.simulate.writing import write_scenario

STARTER = Path(__file__).parents[2]


@cache
def starter() -> LoadedPractice:
    loaded, _ = load_practice(STARTER)
    assert loaded is not None
    return loaded


def read(text: str):  # type: ignore[no-untyped-def]
    return read_scenario(starter(), text.encode(), "month.yaml")


def told(text: str) -> list[str]:
    with pytest.raises(LaneflowError) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]


def test_what_is_left_out_is_guessed_and_said() -> None:
    found = read("weeks: 3")
    guess = assumed(starter())
    assert found == replace(guess, title="A scenario", weeks=3)
    assert "arrivals" in found.assumed
    assert "arrivals" not in read("arrivals: [{on: recall.due, a_week: 5}]").assumed


def test_everything_a_manager_may_say() -> None:
    found = read("""
title: A month with one nurse away
from: 2026-12-01
arrivals:
  - on: encounter.discharged
    by_weekday: {Mo: 9, Sa: 1.5}
    data: {encounter.complexity: {high: 30 %, moderate: 70 %}, encounter.class: inpatient}
    locations: {main: 70 %, riverside: 30 %}
    times: {08:00-12:00: 60 %, 12:00-17:00: 40 %}
contact: {phone: [{reached: 50 %}, {reached: 25.5 %, busy: 10 %}]}
calls_back: {chance: 20 %, in: 1 to 2 business days}
barriers: {chance: 10 %, which: {cost: 100 %}}
follows:
  - {after: reached, comes: {appointment.booked: 50 %}, in: 1 day, lanes: [discharge-outreach]}
partners: {hospital: {answers: 80 %}}
handling: {phone: 5 to 9 minutes, escalation: {median: 6 minutes, p90: 20 minutes}}
available: {nurse: 40 %, ana: 80 %}
ahead: 4 business hours
staffing: {away: {nora: [{from: 2026-12-01, to: 2026-12-11}]}, without: [luz]}
what_if: [{name: a second one, add: {eve: {roles: [nurse], works: {main: "Mo,Tu 08:00-17:00"}}}}]
""")
    [arrival] = found.arrivals
    assert arrival == Arrival(
        "encounter.discharged", (9, 0, 0, 0, 0, 1.5, 0), business=False,
        data=(
            ("encounter.complexity", (("high", 0.3), ("moderate", 0.7))),
            ("encounter.class", "inpatient"),
        ),
        locations=(("main", 0.7), ("riverside", 0.3)),
        times=(("08:00-12:00", 0.6), ("12:00-17:00", 0.4)),
    )  # fmt: skip
    assert found.contact["phone"] == (
        (("reached", 0.5),), (("reached", pytest.approx(0.255)), ("busy", 0.1)),
    )  # fmt: skip
    assert "sms" in found.contact
    assert found.calls_back == (0.2, Length(1, 2, "business days"))
    assert found.barriers == (0.1, (("cost", 1.0),))
    assert found.follows[0].lanes == ("discharge-outreach",)
    assert found.partners["hospital"].answers == 0.8
    assert found.handling["phone"] == Minutes(5, 9)
    assert found.handling["escalation"] == Minutes(6, 20, skewed=True)
    assert dict(found.available) == {"nurse": 0.4, "ana": 0.8, OTHERS: 1.0}
    assert found.ahead == Duration(4, "business hours")
    people = staffed(starter(), found.staffing, found.what_if[0][1]).practice.people
    assert people["nora"].leave[-1] == ("2026-12-01", "2026-12-11")
    assert not people["luz"].active
    assert people["eve"].shifts == ((0, "main", "08:00", "17:00"), (1, "main", "08:00", "17:00"))


def test_what_is_written_reads_as_it_was() -> None:
    text = write_scenario(assumed(starter()), ["A note."])
    assert text.splitlines()[2] == "# A note."
    again = write_scenario(replace(read(text), assumed=assumed(starter()).assumed), ["A note."])
    assert again == text
    plan = replace(
        assumed(starter()),
        what_if=(("more", what_if(starter().practice, "one more nurse on Mo,Tu at main")),),
    )
    assert read(write_scenario(plan)).what_if == plan.what_if


BAD = {
    "weaks: 8": 'month.yaml:1:1 weaks: unknown entry "weaks". Did you mean "weeks"?',
    "weeks: eight": (
        'month.yaml:1:8 weeks: this is the text "eight", and a whole number should stand here. '
        "For example: 8."
    ),
    "weeks: 0": 'month.yaml:1:8 weeks: "0" is out of range. It can be at least 1.',
    "from: 2026-02-30": 'month.yaml:1:7 from: there is no day "2026-02-30"',
    "declines: 2": (
        "month.yaml:1:11 declines: 2 is a number, and text is expected. For example: 30 %."
    ),
    "declines: 120 %": 'month.yaml:1:11 declines: "120 %" is not a percentage. For example: 30 %.',
    "understanding: {understood: 80 %, partly: 10 %}": (
        "month.yaml:1:1 understanding: these add up to 90 %. They have to add up to 100 %."
    ),
    "contact: {phone: {reached: 80 %, no answer: 40 %}}": (
        "month.yaml:1:11 contact.phone: these add up to 120 %. They have to be at most 100 %."
    ),
    "contact: {phone: {reeched: 80 %}}": (
        'month.yaml:1:19 contact.phone.reeched: unknown entry "reeched". Did you mean "reached"?'
    ),
    "arrivals: [{on: encounter.discharged}]": (
        "month.yaml:1:12 arrivals[0]: how often is not said. "
        "Write one of a_day, a_week and by_weekday."
    ),
    "arrivals: [{on: recall.due, a_day: 2, a_week: 9}]": (
        "month.yaml:1:12 arrivals[0]: a_day and a_week both say it. "
        "Write one of a_day, a_week and by_weekday."
    ),
    "arrivals: [{on: encounter.dischargd, a_day: 2}]": (
        'month.yaml:1:17 arrivals[0].on: there is no event "encounter.dischargd". '
        'Did you mean "encounter.discharged"?'
    ),
    "arrivals: [{on: report.received, a_day: 2}]": (
        'month.yaml:1:17 arrivals[0].on: "report.received" opens no case in any lane. Triggers are '
        "appointment.booked, appointment.missed, appointment.rescheduled, authorization.pended, "
        "authorization.requested, encounter.discharged, program.enrolled, recall.due, "
        "referral.received, referral.sent, result.abnormal or visit.completed."
    ),
    "arrivals: [{on: recall.due, a_day: -1}]": (
        'month.yaml:1:36 arrivals[0].a_day: "-1" is out of range. It can be at least 0.'
    ),
    "arrivals: [{on: recall.due, a_day: 1, data: {recall.do: {ahead: 3 days}}}]": (
        'month.yaml:1:46 arrivals[0].data.recall.do: no lane knows the fact "recall.do". '
        'Did you mean "recall.id"?'
    ),
    "arrivals: [{on: recall.due, a_day: 1, data: {recall.due: soon}}]": (
        "month.yaml:1:58 arrivals[0].data.recall.due: this fact is a date. "
        "Write for example {ahead: 3 to 14 days}."
    ),
    "arrivals: [{on: encounter.discharged, a_day: 1, data: {encounter.complexity: hihg}}]": (
        'month.yaml:1:78 arrivals[0].data.encounter.complexity: "hihg" is not a value of this '
        'fact. Did you mean "high"?'
    ),
    "arrivals: [{on: recall.due, a_day: 1, locations: {mane: 100 %}}]": (
        'month.yaml:1:51 arrivals[0].locations.mane: there is no location "mane". '
        'Did you mean "main"?'
    ),
    "arrivals: [{on: recall.due, a_day: 1, times: {17:00-08:00: 100 %}}]": (
        'month.yaml:1:47 arrivals[0].times.17:00-08:00: "17:00-08:00" is not from a time '
        "to a later one"
    ),
    "calls_back: {chance: 10 %, in: 3 to 1 days}": (
        'month.yaml:1:32 calls_back.in: "3 to 1 days" goes from more to less'
    ),
    "calls_back: {chance: 10 %, in: soon}": (
        'month.yaml:1:32 calls_back.in: "soon" is not a length of time, or a range. '
        "For example: 2 days."
    ),
    "handling: {phone: 6}": (
        "month.yaml:1:19 handling.phone: this is 6, and named entries (name: value) should stand "
        "here. For example: {median: 6 minutes, p90: 14 minutes}."
    ),
    "handling: {phone: {median: 9 minutes, p90: 6 minutes}}": (
        "month.yaml:1:44 handling.phone.p90: the p90 is less than the median, or nothing"
    ),
    "available: 0 %": (
        "month.yaml:1:12 available: with no time at all nothing would ever be done. "
        "Name whoever has no time for it under staffing: without."
    ),
    "available: {nurze: 50 %}": (
        'month.yaml:1:13 available.nurze: "nurze" is neither a person nor a role. '
        'Did you mean "nurse"?'
    ),
    "barriers: {chance: 10 %, which: {coost: 100 %}}": (
        'month.yaml:1:34 barriers.which.coost: no lane knows the barrier "coost". '
        'Did you mean "cost"?'
    ),
    "follows: [{after: undrstood, comes: appointment.booked}]": (
        'month.yaml:1:19 follows[0].after: there is no event "undrstood". '
        'Did you mean "understood"?'
    ),
    "follows: [{after: reached, comes: appointment.booked, in: 1 day, every: 1 day}]": (
        "month.yaml:1:73 follows[0].every: in and every cannot both say when"
    ),
    "follows: [{after: reached, comes: appointment.booked, lanes: [discharge]}]": (
        'month.yaml:1:63 follows[0].lanes[0]: there is no lane "discharge". '
        "There are: discharge-outreach, missed-appointment-recovery, monitoring-engagement, "
        "post-visit-follow-up, preventive-recall, prior-authorization-status, referral-follow-up "
        "or telehealth-readiness."
    ),
    "partners: {hospitl: {answers: 10 %}}": (
        'month.yaml:1:12 partners.hospitl: there is no party "hospitl". Did you mean "hospital"?'
    ),
    "staffing: {without: [louz]}": (
        'month.yaml:1:22 staffing.without[0]: nobody is called "louz". Did you mean "luz"?'
    ),
    "staffing: {without: [lee]}": (
        'month.yaml:1:22 staffing.without[0]: "lee" is the last resort. '
        "Somebody has to be the last to be called."
    ),
    "staffing: {away: {ana: [{from: 2026-12-09, to: 2026-12-01}]}}": (
        "month.yaml:1:25 staffing.away.ana[0]: it ends before it begins"
    ),
    'staffing: {add: {eve: {roles: [nurze], works: {main: "Mo 08:00-17:00"}}}}': (
        'month.yaml:1:32 staffing.add.eve.roles[0]: nobody has the role "nurze". '
        'Did you mean "nurse"?'
    ),
    'staffing: {add: {ana: {roles: [nurse], works: {main: "Mo 08:00-17:00"}}}}': (
        'month.yaml:1:18 staffing.add.ana: "ana" works here already. '
        "Give somebody new another name."
    ),
}


@pytest.mark.parametrize("text", BAD)
def test_each_mistake_is_told_at_its_place(text: str) -> None:
    assert told(text) == [BAD[text]]


def test_all_mistakes_are_told_at_once_in_order() -> None:
    problems = told("available: {nurze: 50 %}\nstaffing: {without: [louz]}\n")
    assert [problem.split(" ")[0] for problem in problems] == ["month.yaml:1:13", "month.yaml:2:22"]


def test_an_empty_file_says_so() -> None:
    assert told("# nothing yet\n") == [
        "month.yaml:1:1: the file is empty. See the starter practice for one to begin with."
    ]


WHAT_IF = {
    "one more nurze": 'nobody has the role "nurze". Did you mean "nurse"?',
    "one more nurse at mane": 'there is no location "mane". Did you mean "main"?',
    "one more nurse on Sa": "it would be nobody on no day. Nora Fitzgerald, whose hours it would "
    "be, does not work then.",
    "without marya": 'nobody is called "marya". There are: ana, ben, rosa, will, pam, fay, luz, '
    "tom, mia, nora, ines, grace, ….",
    "without graice": 'nobody is called "graice". Did you mean "grace"?',
    "without lee": '"lee" is the last resort. Somebody has to be the last to be called.',
    "a bigger office": '"a bigger office" is not understood. '
    'Write for example "one more nurse on Mo,Tu" or "without luz".',
}


@pytest.mark.parametrize("text", WHAT_IF)
def test_a_what_if_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(LaneflowError) as caught:
        what_if(starter().practice, text)
    assert str(caught.value) == f"--what-if: {WHAT_IF[text]}"


def test_somebody_more_works_like_whoever_has_the_role() -> None:
    more = what_if(starter().practice, "one more nurse on Mo-We").add[0]
    assert (more.name, more.roles) == ("One more nurse", ("nurse",))
    assert more.shifts == tuple((day, "main", "08:00", "17:00") for day in range(3))
    assert what_if(starter().practice, "without Luz Romero").without == ("luz",)
