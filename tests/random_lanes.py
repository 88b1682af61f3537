"""Random lanes and random days of a practice, for the engine's laws."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

from cast import BUILT_IN, lane, t
from laneflow.engine.state import ON_CALLS, Act, Event, Instant
from laneflow.lanes.model import (
    AllOf,
    AnyOf,
    Atom,
    Attempt,
    Barrier,
    Chase,
    Close,
    Due,
    Duration,
    EscalationRule,
    Fact,
    Item,
    Lane,
    Move,
    Opening,
    Period,
    Reopen,
    Status,
    TaskSpec,
    TierRule,
    Window,
)

START = t("2026-08-28 09:00")
HOUR: Instant = 3_600_000
NAMES = ("one", "two", "three", "four")
EVENTS = (
    "visit.completed",
    "appointment.booked",
    "appointment.missed",
    "symptoms.worsened",
    "reading.received",
    "encounter.discharged",
    "item.received",
    "patient.called",
)
OUTCOMES = ("reached", "left message", "no answer", "refused", "wrong number")

elapsed = st.builds(
    Duration, st.integers(1, 12), st.sampled_from(("hours", "days", "weeks", "minutes"))
)
business = st.one_of(
    st.builds(Duration, st.integers(1, 5), st.just("business days")),
    st.builds(Duration, st.integers(1, 16), st.just("business hours")),
    st.just(Duration(0, "same day")),
)
spans = st.one_of(elapsed, business)


@cache
def atoms(names: tuple[str, ...]) -> st.SearchStrategy[Atom]:
    """Any one test the language has, over the small lane's facts."""
    orders = st.sampled_from(("at_least", "less_than", "more_than", "at_most"))
    return st.one_of(
        st.builds(
            Atom, st.just("status"), st.sampled_from(("is", "is_not")), st.sampled_from(names)
        ),
        st.builds(
            Atom,
            st.sampled_from(
                (
                    "attempts",
                    "failed_attempts",
                    "missed_steps",
                    "inbound_calls",
                    "checklist.missing",
                )
            ),
            orders,
            st.integers(0, 4),
        ),
        st.builds(
            Atom,
            st.sampled_from(
                (
                    "count.reading.received",
                    "patient.count.appointment.missed",
                    "days.reading.received",
                )
            ),
            st.sampled_from(("at_least", "less_than", "is")),
            st.integers(0, 3),
            st.none() | st.builds(Duration, st.integers(1, 20), st.just("days")),
        ),
        st.builds(
            Atom,
            st.sampled_from(
                (
                    "since.opened",
                    "since.status",
                    "since.progress",
                    "since.attempt",
                    "since.contact",
                    "since.visit.completed",
                )
            ),
            st.sampled_from(("at_least", "less_than")),
            elapsed,
        ),
        st.builds(
            Atom,
            st.sampled_from(
                ("until.first_attempt", "until.appointment.start", "until.first_contact")
            ),
            st.sampled_from(("at_most", "more_than")),
            elapsed,
        ),
        st.builds(
            Atom,
            st.sampled_from(
                ("overdue", "first_response_late", "reached", "task_done", "appointment.passed")
            ),
            st.just("is"),
            st.booleans(),
        ),
        st.builds(
            Atom,
            st.sampled_from(("appointment.start", "barrier", "understanding")),
            st.just("known"),
            st.booleans(),
        ),
        st.builds(
            Atom, st.just("barrier"), st.sampled_from(("contains", "lacks")), st.just("cost")
        ),
        st.builds(
            Atom,
            st.just("encounter.complexity"),
            st.sampled_from(("is", "is_not")),
            st.sampled_from(("high", "moderate")),
        ),
        st.builds(Atom, st.just("supply.day"), orders, st.integers(1, 12)),
        st.builds(Atom, st.just("supply.days_with.reading.received"), orders, st.integers(0, 3)),
        st.builds(
            Atom, st.just("checklist.overdue_from.hospital"), st.just("at_least"), st.just(1)
        ),
    )


@cache
def conditions(names: tuple[str, ...]) -> st.SearchStrategy[AllOf]:
    """One to three tests, some of them alternatives."""
    one = atoms(names)
    either = st.builds(AnyOf, st.lists(one, min_size=1, max_size=2).map(tuple))
    return st.builds(AllOf, st.lists(one | either, min_size=1, max_size=3).map(tuple))


@cache
@st.composite
def tasks(draw: st.DrawFn, names: tuple[str, ...]) -> TaskSpec:
    """A main task; with or without a round, a start, an end of the round."""
    due = st.one_of(
        st.builds(lambda d: Due(duration=d), spans),
        st.builds(lambda w: Due(window=w), st.sampled_from(("first_attempt", "first_contact"))),
        st.builds(
            lambda d, s: Due(anchor="appointment.start", by=d, side=s),
            spans,
            st.sampled_from(("before", "after")),
        ),
    )
    attempts = draw(
        st.lists(st.builds(Attempt, st.sampled_from(("phone", "sms", "letter")), spans), max_size=3)
    )
    start = st.none() | st.builds(lambda d: Due(duration=d), elapsed)
    return TaskSpec(
        do="Do it",
        due=draw(due),
        who=draw(st.sampled_from((None, "nurse"))),
        start=draw(start),
        attempts=tuple(attempts),
        every=draw(st.none() | spans),
        after_last=draw(st.sampled_from((None, *names))),
        done=draw(st.sampled_from((None, "visit.completed"))),
    )


@st.composite
def lanes(draw: st.DrawFn) -> Lane:
    """A lane that ``check`` would accept: moves without ``on`` only lead to later statuses."""
    names = NAMES[: draw(st.integers(2, 4))]
    when = conditions(names)
    statuses = {}
    for n, name in enumerate(names):
        later = names[n + 1 :]
        moves = draw(
            st.lists(
                st.builds(
                    Move,
                    st.sampled_from(names),
                    st.sampled_from(EVENTS),
                    st.just(AllOf()) | when,
                    st.booleans(),
                ),
                max_size=2,
            )
        )
        if later:
            moves += draw(
                st.lists(st.builds(Move, st.sampled_from(later), st.none(), when), max_size=2)
            )
        statuses[name] = Status(
            name,
            draw(st.sampled_from(("new", "sent", "scheduled"))),
            draw(tasks(names)),
            tuple(moves),
        )
    window = st.fixed_dictionaries(dict.fromkeys(("urgent", "high", "routine"), business))
    escalations = tuple(
        EscalationRule(
            f"e{n}",
            "Help",
            draw(st.sampled_from(("standard", "clinical now"))),
            on=on,
            when=draw(when) if on is None else AllOf(),
            pause_outreach=draw(st.booleans()),
        )
        for n, on in enumerate(
            draw(
                st.lists(st.sampled_from((None, "symptoms.worsened", "patient.called")), max_size=3)
            )
        )
    )
    closes = draw(
        st.lists(
            st.one_of(
                st.builds(
                    Close, st.just("completed"), st.sampled_from(EVENTS), st.just(AllOf()) | when
                ),
                st.builds(
                    Close,
                    st.just("unsuccessful"),
                    st.none(),
                    when,
                    st.just(()),
                    st.sampled_from((None, "practice manager")),
                    st.sampled_from((None, "Done")),
                ),
            ),
            max_size=2,
        )
    )
    item = Item(
        "summary",
        "summary",
        "hospital",
        Due(duration=draw(spans)),
        done_by=("item.received",),
        when=draw(st.just(AllOf()) | when),
        chase=draw(st.none() | st.builds(Chase, spans)),
    )
    return lane(
        hash="random",
        facts={
            "encounter.complexity": Fact(one_of=("high", "moderate"), default="moderate"),
            "appointment.start": Fact("date and time"),
        },
        opens=(
            Opening("encounter.discharged", if_open=draw(st.sampled_from(("update", "replace")))),
        ),
        priority=(TierRule("urgent", draw(when)), TierRule("routine")),
        windows={"first_attempt": Window(draw(window)), "first_contact": Window(draw(window))},
        statuses=statuses,
        moves=(),
        escalations=(*escalations, *BUILT_IN),
        closes=tuple(closes),
        checklist=draw(st.sampled_from(((), (item,)))),
        periods={
            "supply": Period(
                "supply", Duration(draw(st.integers(2, 10)), "days"), "encounter.discharged"
            )
        },
        barriers={
            "cost": Barrier(
                "cost", "Cost", TaskSpec("Help", Due(duration=draw(spans)), who="nurse")
            )
        },
        reopens=draw(st.none() | st.just(Reopen(("appointment.booked",), Duration(10, "days")))),
        untouched=draw(st.sampled_from((Duration(3, "business days"), Duration(4, "days")))),
    )


Happening = tuple[str, Instant, dict[str, Any]]


@st.composite
def days(draw: st.DrawFn, most: int = 12) -> list[Happening]:
    """What happens to one patient: the discharge, then events and acts some hours apart."""
    at = START
    story: list[Happening] = [
        (
            "encounter.discharged",
            at,
            {"encounter.complexity": draw(st.sampled_from(("high", "moderate")))},
        )
    ]
    for _ in range(draw(st.integers(0, most))):
        at += draw(st.integers(0, 60)) * HOUR + draw(st.integers(0, 59)) * 60_000
        kind = draw(
            st.sampled_from(
                (
                    *EVENTS,
                    "note",
                    "note",
                    "note",
                    "done",
                    "take",
                    "resolve",
                    "hand_on",
                    "snooze",
                    "assign",
                    "confirm",
                )
            )
        )
        story.append((kind, at, draw(_DATA.get(kind, st.just({})))))
    return story


_booking = st.builds(
    lambda h, n: {"appointment.id": f"A{n}", "appointment.start": START + h * HOUR},
    st.integers(-20, 400),
    st.integers(1, 2),
)
_DATA: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "appointment.booked": _booking,
    "appointment.missed": _booking,
    "visit.completed": st.just({}) | _booking,
    "item.received": st.just({"item.id": "summary"}),
    "note": st.fixed_dictionaries(
        {"outcome": st.sampled_from(OUTCOMES)},
        optional={
            "understanding": st.sampled_from(("understood", "partly")),
            "barrier": st.just("cost"),
            "barriers_resolved": st.just(["cost"]),
            "by_when": st.integers(1, 60),
            "next_action": st.just("call back"),
            "by_whom": st.sampled_from(("patient", "us")),
            "task": st.sampled_from(("main", "items:hospital", "barrier:cost")),
            "escalate": st.just(True),
            "events": st.just(["symptoms.worsened"]),
        },
    ),
    "hand_on": st.fixed_dictionaries(
        {"reason": st.just("not mine")}, optional={"to": st.just("pat"), "back": st.just(True)}
    ),
    "done": st.fixed_dictionaries(
        {"task": st.sampled_from(("main", "barrier:cost", "promise:p1"))}
    ),
    "snooze": st.fixed_dictionaries({"until": st.integers(1, 80), "reason": st.just("busy")}),
    "confirm": st.fixed_dictionaries({"yes": st.booleans()}),
}


def to_input(
    n: int, happening: Happening, case: str, escalation: str, owner: str = ""
) -> Event | Act:
    """A happening as an input of the engine; acts name the case that is open then."""
    kind, at, data = happening
    if "." in kind:
        held = {k: _iso(v) if k == "appointment.start" else v for k, v in data.items()}
        return Event(f"h{n}", "test", kind, at, "p1", held, at)
    given = dict(data)
    for field in ("by_when", "until"):
        if field in given:
            given[field] = at + given[field] * HOUR
    if kind in ON_CALLS:
        given["escalation"] = escalation
    if kind == "assign":
        given["owner"] = "ana"
    if kind == "confirm":
        given["close"] = 0
    return Act(f"h{n}", kind, "mia", at, "p1", case, given)


def _iso(at: Instant) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at / 1000, UTC).isoformat()
