"""The log rebuilds every case, and every table agrees with the cases, on stories of the engine."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

import cast
from laneflow.engine.fold import fold
from laneflow.engine.live import Live
from laneflow.engine.run import run
from laneflow.engine.state import Act, Case, Event, FileResult, Instant, PatientFile, Task
from laneflow.lanes.model import Lane
from laneflow.store.contract import Store
from laneflow.store.memory import MemoryStore
from random_lanes import HOUR, Happening, days, lanes, to_input
from store.made import T, act, event, opened

DAY: Instant = 24 * HOUR


def play(store: Store, live: Live, inputs: list[Event | Act], until: Instant) -> FileResult:
    """Decide on what the store holds, and write it."""
    result = run(live, store.load(["p1"])["p1"], inputs, until)
    assert store.apply([result]) == []
    return result


def story(store: Store) -> None:
    """A discharge, unanswered calls, an escalation taken and resolved, silence, a visit."""
    live = cast.live()
    start = cast.t("2026-09-04 10:00")
    discharge = cast.event("encounter.discharged", start, encounter__complexity="high")
    play(store, live, [discharge], start)
    (case,) = store.cases()
    for n in range(3):
        at = start + (n + 1) * HOUR
        play(store, live, [cast.act("note", at, case.id, outcome="no answer", channel="phone")], at)
    play(store, live, [cast.event("symptoms.worsened", start + 5 * HOUR)], start + 5 * HOUR)
    take = cast.act("take", start + 6 * HOUR, case.id, "nia", escalation="worse")
    resolve = cast.act("resolve", start + 7 * HOUR, case.id, "nia", escalation="worse", answer="ok")
    play(store, live, [take, resolve], start + 7 * HOUR)
    play(store, live, [], start + 20 * DAY)
    play(store, live, [cast.event("visit.completed", start + 20 * DAY)], start + 21 * DAY)


def agrees(store: Store) -> None:
    """Every row of the store says what the cases and their logs say."""
    for case in store.cases(open_only=False):
        rebuilt: Case | None = None
        for decision, _ in store.log(case.id):
            rebuilt = fold(rebuilt, decision)
        assert rebuilt == case
        held = [case.task] if case.task else []
        expected = {task.id: task for task in (*held, *case.side.values())}
        rows = {row["task"]: row for row in store.tasks(case=case.id)}
        assert rows.keys() == expected.keys()
        for id_, row in rows.items():
            _same(row, expected[id_], case)
        found = {(row["rule"], row["n"]): row for row in store.escalations(case=case.id)}
        assert found.keys() == {(e.rule, e.n) for e in case.escalations.values()}
        for held_ in case.escalations.values():
            row = found[held_.rule, held_.n]
            for name in ("opened", "rung", "role", "release", "until", "last", "state", "taken_by"):
                assert row[name] == getattr(held_, name)


def _same(row: dict[str, object], task: Task, case: Case) -> None:
    for name in ("key", "source", "who", "person", "to", "channel", "script", "attempt", "opened"):
        assert row[name] == getattr(task, name)
    assert row["due"] == task.due.at
    assert row["start"] == (task.start.at if task.start else None)
    assert row["holder"] == (task.person or ("" if task.who else case.owner))
    assert (row["tier"], row["owner"], row["patient"]) == (case.tier, case.owner, case.patient)


def test_the_log_and_the_tables_agree_with_the_cases(store: Store) -> None:
    story(store)
    assert len(store.tasks(open_only=False)) > 1
    raised = {row["state"] for row in store.escalations(open_only=False)}
    assert {"resolved", "withdrawn"} <= raised
    agrees(store)


def test_every_store_keeps_the_same(sqlite_store: Store, postgresql_store: Store) -> None:
    stores = (MemoryStore(), sqlite_store, postgresql_store)
    for each in stores:
        story(each)
    memory, sqlite, postgresql = (shown(each) for each in stores)
    assert sqlite == memory
    assert postgresql == memory


def shown(store: Store) -> list[object]:
    """Everything a store tells."""
    cases = list(store.cases(open_only=False))
    return [
        cases,
        [store.log(case.id) for case in cases],
        store.load(["p1"]),
        store.tasks(open_only=False),
        store.tasks(at=T),
        store.escalations(open_only=False),
        store.unplaced(open_only=False),
        list(store.inputs()),
        store.standing(),
        store.holding(T),
        store.holding(T * 2),
        list(store.silent(T * 2, ["ana"])),
        store.counts(),
        store.claim(T * 2, 1000, HOUR),
        store.next_wake(),
        store.due(T * 2, 10),
    ]


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(lanes(), days())
def test_they_agree_on_any_lane_and_story(lane: Lane, happenings: list[Happening]) -> None:
    store, live = MemoryStore(), cast.live(lane)
    file = PatientFile(patient="p1")
    for n, happening in enumerate(happenings):
        first = next(iter(file.cases.values()), None)
        rule = next(iter(first.escalations), "none") if first else "none"
        given_ = to_input(n, happening, first.id if first else "nobody", rule)
        file = play(store, live, [given_], happening[1]).file
        assert store.load(["p1"])["p1"] == file
    play(store, live, [], happenings[-1][1] + 10 * DAY)
    agrees(store)


def test_a_decision_comes_with_the_input_it_answered(store: Store) -> None:
    made = opened(store)
    said, done = event("e1"), act("a1", "done", "c1")
    made.take(said)
    made.take(done)
    for answered in (("event", "feed", "e1"), ("act", "a1"), ("wake",), ("publish", "h2")):
        made.decide(("set", "attempts", 1), input=answered)
    result = made.result()
    store.apply([result])
    log = store.log("c1")
    assert [given for _, given in log] == [event("open c1"), said, done, None, None]
    assert [decision.input for decision, _ in log[1:]] == [d.input for d in result.decisions]
    assert log[1][0].trace == result.decisions[0].trace
    assert log[1][0].choices == {"owner": "ana"}


def test_an_input_is_found_by_its_id_alone(store: Store) -> None:
    made = opened(store)
    first, second = event("e1", at=T + 2), event("e1", at=T + 3)
    made.take(replace(second, source="lab"))
    made.take(first)
    made.take(event("e2", at=T + 4))
    store.apply([made.result()])
    assert [(row["source"], row["at"]) for row in store.named("e1")] == [
        ("feed", T + 2), ("lab", T + 3),
    ]  # fmt: skip
    assert store.named("e1")[0]["input"] == first
    assert store.named("nothing") == []


@pytest.mark.parametrize("patient", [None, "p1"])
def test_inputs_are_told_in_the_order_they_came(store: Store, patient: str | None) -> None:
    made = opened(store)
    made.take(event("e2", at=T + 2), "recorded")
    made.take(event("e1", at=T + 3), "stale", "c1")
    store.apply([made.result()])
    rows = list(store.inputs(patient=patient, since=T + 2))
    assert [(row["id"], row["fate"], row["cases"]) for row in rows] == [
        ("e2", "recorded", ()), ("e1", "stale", ("c1",)),
    ]  # fmt: skip
    assert rows[0]["input"] == event("e2", at=T + 2)
    assert (rows[0]["why"], rows[0]["kind"], rows[0]["at"]) == ("because", "event", T + 2)
    assert list(store.inputs(patient="nobody")) == []


def test_acts_are_found_by_their_ids(store: Store) -> None:
    made = opened(store)
    note = act("n1", "note", "c1", outcome="busy")
    made.take(note)
    made.take(event("e2", at=T + 4))
    store.apply([made.result()])
    assert store.acts(["n1", "e2", "nothing"]) == {"n1": note}
    assert store.acts([]) == {}
