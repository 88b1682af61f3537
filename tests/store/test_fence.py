"""A result is written where the file is still what it was decided on, or not at all."""

from __future__ import annotations

from threading import Thread

import pytest

from laneflow.engine.state import PatientFile
from laneflow.store.contract import Store
from laneflow.store.database import DatabaseStore
from laneflow.store.digest import digest
from store.made import HOUR, Patient, T, act, event, opened, publish


def test_an_unknown_patient_has_an_empty_file(store: Store) -> None:
    assert store.load(["nobody"]) == {"nobody": PatientFile(patient="nobody")}


def test_what_was_written_is_read_again(store: Store) -> None:
    made = Patient()
    made.open("c2", at=T + 1)
    made.open("c1")
    result = made.result()
    assert store.apply([result]) == []
    loaded = store.load(["p1"])["p1"]
    assert loaded == result.file
    assert list(loaded.cases) == ["c1", "c2"], "cases come in the order they were opened"


def test_a_closed_case_leaves_the_file_and_stays_in_the_store(store: Store) -> None:
    from laneflow.engine.state import Closed

    made = opened(store)
    made.set(closed=Closed("completed", "done", T + 1, "closes[0]"), task=None, wake_at=None)
    assert store.apply([made.result()]) == []
    assert store.load(["p1"])["p1"].cases == {}
    closed = store.case("c1")
    assert closed is not None
    assert closed.closed is not None
    assert list(store.cases()) == []
    assert list(store.cases(open_only=False)) == [closed]


def test_a_result_decided_on_an_older_file_loses(store: Store) -> None:
    made = opened(store)
    late = Patient("p1", made.file)
    made.set(status="needs_visit")
    other = Patient("p2")
    other.open("c9")
    late.set(status="unreached")
    assert store.apply([made.result()]) == []
    assert store.apply([late.result(), other.result()]) == ["p1"]
    assert store.load(["p1"])["p1"].cases["c1"].status == "needs_visit"
    assert store.load(["p2"])["p2"].cases.keys() == {"c9"}, "the other one is written"
    assert len(store.log("c1")) == 2


def test_two_new_files_of_one_patient_do_not_both_win(store: Store) -> None:
    first, second = Patient(), Patient()
    first.open("c1")
    second.open("c2")
    assert store.apply([first.result()]) == []
    assert store.apply([second.result()]) == ["p1"]
    assert store.counts()["case"] == 1


def test_a_patient_given_twice_is_not_written(store: Store) -> None:
    first, second = Patient(), Patient()
    first.open("c1")
    second.open("c2")
    assert store.apply([first.result(), second.result()]) == ["p1"]
    assert store.counts()["case"] == 0


@pytest.mark.parametrize("patient", ["p1", "p2"])
def test_an_input_in_the_log_makes_its_result_lose(store: Store, patient: str) -> None:
    opened(store)
    again = Patient(patient, store.load([patient])[patient])
    again.take(event("open c1", patient))
    again.open("c2")
    before = store.counts()
    assert store.apply([again.result()]) == [patient]
    assert store.counts() == before


def test_the_same_input_twice_in_one_batch_is_written_once(store: Store) -> None:
    one, two = Patient("p1"), Patient("p2")
    one.take(event("same", "p1"))
    two.take(event("same", "p2"))
    assert store.apply([one.result(), two.result()]) == ["p2"]
    assert store.counts()["input"] == 1


def test_known_tells_what_an_input_said(store: Store) -> None:
    made = Patient()
    said, done = event("e1"), act("a1", "note")
    made.take(said)
    made.take(done)
    store.apply([made.result()])
    keys = [("feed", "e1"), ("feed", "e2"), ("act", "a1"), ("other", "e1")]
    assert store.known(keys) == {("feed", "e1"): digest(said), ("act", "a1"): digest(done)}
    assert store.known([]) == {}


def test_a_digest_ignores_order_and_arrival_but_no_content() -> None:
    said = event("e1", data={"a": 1, "b": 2})
    assert digest(said) == digest(event("e1", at=T, data={"b": 2, "a": 1}))
    assert digest(said) == digest(event("e1", at=T + 9, time=T - 5, data={"a": 1, "b": 2}))
    assert digest(said) != digest(event("e1", data={"a": 1, "b": 3}))
    assert digest(act("a", "note")) != digest(act("a", "done"))


def test_a_result_that_changed_nothing_is_no_longer_due(store: Store) -> None:
    made = opened(store, wake_at=None)
    store.wake(["p1"], None, T)
    assert store.due(T, 10) == ["p1"]
    made.file = store.load(["p1"])["p1"]
    assert store.apply([made.result()]) == []
    assert store.due(T + 10 * HOUR, 10) == []


def test_waking_makes_what_is_being_decided_lose(store: Store) -> None:
    made = opened(store, wake_at=T)
    made.set(wake_at=T + 9 * HOUR)
    assert store.wake(None, ["lane-one"], T) == 1
    assert store.apply([made.result()]) == ["p1"]
    assert store.due(T, 10) == ["p1"], "it is decided again, knowing why it was woken"


def test_a_failure_half_way_leaves_nothing(database: Store) -> None:
    made = Patient()
    made.take(event("e1"))
    made.open()
    result = made.result()
    result.touched["c1"].owner = None  # type: ignore[assignment]
    with pytest.raises(Exception, match="owner"):
        database.apply([result])
    assert set(database.counts().values()) == {0}


def test_a_transaction_is_kept_whole_or_not_at_all(store: Store) -> None:
    def everything(fails: bool) -> None:
        with store.transaction():
            opened(store)
            publish(store, "lane", "one", "h1", b"{}")
            store.audit({"at": T, "by": "ana", "what": "publish", "object": "one", "detail": None})
            store.tick(T)
            if fails:
                raise KeyError

    with pytest.raises(KeyError):
        everything(fails=True)
    assert set(store.counts().values()) == {0}
    assert store.latest() is None
    everything(fails=False)
    assert (store.counts()["case"], store.counts()["audit"], store.latest()) == (1, 1, T)


def test_many_results_in_one_transaction_twice(store: Store) -> None:
    """As many as take PostgreSQL's COPY, twice in one transaction."""
    patients = [Patient(f"p{n:03}") for n in range(120)]
    with store.transaction():
        for round_ in range(2):
            for made in patients:
                made.take(event(f"{made.file.patient} {round_}", made.file.patient))
                if round_:
                    made.set(f"c{made.file.patient}", status="needs_visit")
                else:
                    made.open(f"c{made.file.patient}")
            assert store.apply([made.result() for made in patients]) == []
    assert store.standing() == {("lane-one", "needs_visit"): 120}
    loaded = store.load([made.file.patient for made in patients])
    assert list(loaded.values()) == [made.file for made in patients]


def test_a_server_that_went_away_is_found_again(postgresql_store: DatabaseStore) -> None:
    store = postgresql_store
    made = opened(store)
    (process,) = store.rows("SELECT pg_backend_pid()")[0]
    killer = Thread(target=_kill, args=(store, process))
    killer.start()
    killer.join()
    made.set(status="needs_visit")
    assert store.apply([made.result()]) == []
    assert store.standing() == {("lane-one", "needs_visit"): 1}


def _kill(store: DatabaseStore, process: int) -> None:
    store.rows("SELECT pg_terminate_backend(%s)", [process])
    store.close()


def test_writers_side_by_side_lose_nothing(database: Store) -> None:
    """Four writers add to the same files; every loser decides again."""
    rounds, patients = 8, ["p1", "p2", "p3"]
    failed: list[BaseException] = []

    def work(writer: int) -> None:
        try:
            for n in range(rounds):
                left = patients if writer % 2 else patients[::-1]
                while left:
                    left = database.apply(
                        [_add(file, writer, n) for file in database.load(left).values()]
                    )
        except BaseException as error:  # noqa: BLE001 (told to the test)
            failed.append(error)
        finally:
            database.close()

    threads = [Thread(target=work, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    for patient in patients:
        assert [d.seq for d, _ in database.log(f"c{patient}")] == list(range(1, 4 * rounds + 1))
        assert database.load([patient])[patient].seq == 4 * rounds


def _add(file: PatientFile, writer: int, n: int):  # type: ignore[no-untyped-def]
    made = Patient(file.patient, file)
    made.take(event(f"{file.patient} {writer} {n}", file.patient))
    if file.cases:
        made.set(f"c{file.patient}", attempts=file.seq)
    else:
        made.open(f"c{file.patient}")
    return made.result()
