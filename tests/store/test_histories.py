"""A replay's way into the store: every patient's whole log, in order, one after the other."""

from __future__ import annotations

import msgspec

from laneflow.engine.merging import MERGED, MERGED_FROM
from laneflow.store import codec
from laneflow.store.contract import Store
from store.made import HOUR, Patient, T, act, event


def lived(patient: str, case: str, at: int) -> Patient:
    made = Patient(patient)
    made.take(event(f"e-{patient}", patient, at), "opened", case)
    made.open(case, at)
    note = act(f"a-{patient}", "note", case, at + HOUR)
    made.take(msgspec.structs.replace(note, patient=patient), "placed", case)
    made.decide(("set", "last_outcome", "reached"), case=case, at=at + HOUR,
                input=("act", f"a-{patient}"))  # fmt: skip
    return made


def test_every_patients_log_is_told_whole_and_in_order(store: Store) -> None:
    """More patients than a page; the later patient's inputs came first."""
    made = [lived(f"p{n:03}", f"c{n:03}", T - n * HOUR) for n in range(450)]
    for some in (made[300:], made[:300]):
        store.apply([each.result() for each in some])
    found = list(store.histories())
    assert [history.patient for history in found] == [f"p{n:03}" for n in range(450)]
    for n, history in enumerate(found):
        assert [(kind, fate) for _, kind, fate, _ in history.inputs] == [
            ("event", "opened"), ("act", "placed"),
        ]  # fmt: skip
        numbers = [row[0] for row in history.inputs]
        assert numbers == sorted(set(numbers))
        given = [codec.taken(kind, body) for _, kind, _, body in history.inputs]
        assert [each.at for each in given] == [T - n * HOUR, T - n * HOUR + HOUR]


def test_its_decisions_are_those_of_the_log(store: Store) -> None:
    store.apply([lived("p1", "c1", T).result()])
    [history] = store.histories()
    told = [
        (case, seq, at, codec.answered(kind, source, key), lane, codec.changes(changes))
        for case, seq, at, kind, source, key, lane, changes in history.decisions
    ]
    assert told == [
        (d.case, d.seq, d.at, d.input, d.lane_hash, d.changes) for d, _ in store.log("c1")
    ]
    assert len(told) == 2


def test_whose_records_became_one_is_known(store: Store) -> None:
    made = Patient("p2")
    merger = event("m1", "p2", T, type=MERGED, data={MERGED_FROM: "p1"})
    made.take(merger, "recorded")
    store.apply([made.result(), lived("p1", "c1", T).result()])
    assert store.merged() == [("p2", "p1")]


def test_an_empty_store_has_no_stories(store: Store) -> None:
    assert list(store.histories()) == []
    assert store.merged() == []
