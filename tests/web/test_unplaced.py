"""Events no case could be named for: whose they are to place, and putting them there."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from laneflow.engine.state import Case, Event
from laneflow.work import unplaced as placing
from laneflow.work.app import App
from laneflow.work.take_in import take_in

from .case_scenes import ELENA, body, text


def referrals(app: App, location: str = "main") -> list[Case]:
    """Elena has two referrals; an answer came that names neither."""
    now = app.clock.now()
    for n, specialty in enumerate(("cardiology", "dermatology"), 1):
        data = ELENA | {
            "location": location, "referral.id": f"R-{n}", "referral.specialty": specialty,
            "referral.direction": "outgoing",
        }  # fmt: skip
        take_in(app, [Event(f"r{n}", "ehr", "referral.received", now, "p1", data, now)])
    take_in(app, [Event("ack", "ehr", "referral.acknowledged", now, "p1", {}, now)])
    return list(app.store.cases(patient="p1"))


def keyless(app: App, **data: Any) -> None:
    """A referral without a number."""
    now = app.clock.now()
    said = {"patient.first_name": "Max", "referral.specialty": "cardiology"} | data
    take_in(app, [Event("nokey", "fax", "referral.received", now, "p9", said, now)])


def waiting(app: App) -> list[str]:
    return [row["id"] for row in app.store.unplaced()]


ANSWER = {"source": "ehr", "id": "ack"}
NO_KEY = {"source": "fax", "id": "nokey"}


def test_an_event_is_shown_with_what_it_may_belong_to(app: App, client: Callable[..., Any]) -> None:
    referrals(app)
    page = text(client("ana").get("/unplaced"))
    for said in (
        "Referral acknowledged", "Elena Alvarez", "12 April 1961", "several open cases fit",
        "sees to it", "Referral follow-up", "referral: id R-1", "referral: id R-2",
        "could be this one", "Attach", "Dismiss",
    ):  # fmt: skip
        assert said in page, said


def test_it_is_attached_to_the_case_that_was_chosen(app: App, client: Callable[..., Any]) -> None:
    cases = referrals(app)
    chosen = next(case for case in cases if case.keys["referral.id"] == "R-2")
    answer = client("ana").post("/unplaced/attach", ANSWER | {"case": chosen.id}, follow=True)
    assert "Attached to the case." in text(answer)
    assert "Every event found its case." in text(answer)
    assert waiting(app) == []
    (row,) = app.store.unplaced(open_only=False)
    assert (row["state"], row["settled_by"]) == ("attached", "ana")
    assert "referral.acknowledged" in app.store.case(chosen.id).counts  # type: ignore[union-attr]


def test_a_case_is_opened_with_the_key_that_was_missing(
    app: App, client: Callable[..., Any]
) -> None:
    keyless(app)
    ana = client("ana")
    page = body(ana.get("/unplaced"))
    assert 'name="fact.referral.id"' in page
    form = NO_KEY | {"lane": "referral-follow-up"}
    refused = ana.post("/unplaced/open", form)
    assert refused.status_code == 422
    assert "this is missing" in text(refused).lower()
    assert ana.post("/unplaced/open", form | {"fact.referral.id": "R-7"}).status_code == 303
    (case,) = app.store.cases(patient="p9")
    assert case.keys["referral.id"] == "R-7"


def test_it_is_dismissed_only_with_a_reason(app: App, client: Callable[..., Any]) -> None:
    keyless(app)
    ana = client("ana")
    refused = ana.post("/unplaced/dismiss", NO_KEY | {"reason": " "})
    assert refused.status_code == 422
    assert "the reason is missing" in text(refused).lower()
    assert waiting(app) == ["nokey"]
    ana.post("/unplaced/dismiss", NO_KEY | {"reason": "sent twice"})
    (row,) = app.store.unplaced(open_only=False)
    assert (row["state"], row["settled_reason"]) == ("dismissed", "sent twice")


def test_who_comes_second_is_told(app: App, client: Callable[..., Any]) -> None:
    keyless(app)
    client("ana").post("/unplaced/dismiss", NO_KEY | {"reason": "sent twice"})
    late = client("rosa").post("/unplaced/dismiss", NO_KEY | {"reason": "not ours"})
    assert late.status_code == 422
    assert "Somebody may have dealt with it already." in text(late)


@pytest.mark.parametrize("what", ["attach", "open", "dismiss"])
def test_of_two_at_the_same_moment_one_does_it_and_the_other_is_told(
    app: App, client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Both have found the event on the list before either does anything with it."""
    cases, barrier, found = referrals(app), Barrier(2), placing._held
    keyless(app)

    def both_found(*asked: Any) -> Any:
        held = found(*asked)
        barrier.wait(10)
        return held

    monkeypatch.setattr(placing, "_held", both_found)
    forms = {
        "attach": [ANSWER | {"case": case.id} for case in cases],
        "open": [NO_KEY | {"lane": "referral-follow-up", "fact.referral.id": n} for n in "78"],
        "dismiss": [NO_KEY | {"reason": why} for why in ("sent twice", "not ours")],
    }
    pair = [client("ana"), client("rosa")]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda one, form: one.post(f"/unplaced/{what}", form),
                                pair, forms[what]))  # fmt: skip
    assert sorted(answer.status_code for answer in answers) == [303, 422]
    late = next(answer for answer in answers if answer.status_code == 422)
    assert "Somebody may have dealt with it already." in text(late)
    did = [row["what"] for row in app.store.audited() if row["what"] in ("place", "dismiss")]
    assert did == ["dismiss" if what == "dismiss" else "place"]
    taken = [c for c in app.store.cases(patient="p1") if "referral.acknowledged" in c.counts]
    assert len(taken) == (what == "attach")
    assert len(list(app.store.cases(patient="p9"))) == (what == "open")


@pytest.mark.parametrize(
    ("what", "said"),
    [("open", {"lane": "referral-follow-up", "fact.referral.id": "R" * 5_000}),
     ("dismiss", {"reason": "R" * 5_000})],
)  # fmt: skip
def test_what_is_typed_is_no_book(
    app: App, client: Callable[..., Any], what: str, said: dict[str, str]
) -> None:
    keyless(app)
    answer = client("ana").post(f"/unplaced/{what}", NO_KEY | said)
    assert answer.status_code == 422
    assert "longer than" in text(answer)
    assert waiting(app) == ["nokey"]


@pytest.mark.parametrize("person", ["ben", "dana"])
def test_events_of_another_location_are_not_shown_and_not_placed(
    app: App, client: Callable[..., Any], person: str
) -> None:
    cases = referrals(app)
    there = client(person)
    assert "Elena" not in text(there.get("/unplaced"))
    assert there.post("/unplaced/attach", ANSWER | {"case": cases[0].id}).status_code == 422
    assert waiting(app) == ["ack"]


def test_an_event_that_belongs_nowhere_is_everybodys(app: App, client: Callable[..., Any]) -> None:
    keyless(app)
    assert "Max" in text(client("ana").get("/unplaced"))
    assert "Max" in text(client("ben").get("/unplaced"))


@pytest.mark.parametrize("person", ["nora", "olga", "aldo"])
def test_it_takes_the_right_to_place(app: App, client: Callable[..., Any], person: str) -> None:
    assert client(person).get("/unplaced").status_code == 403
    assert client(person).post("/unplaced/dismiss", NO_KEY).status_code == 403


def test_a_case_of_another_patient_is_no_place_for_it(app: App, client: Callable[..., Any]) -> None:
    (case, _) = referrals(app)
    keyless(app)
    assert client("ana").post("/unplaced/attach", NO_KEY | {"case": case.id}).status_code == 404


def test_the_list_is_in_the_access_log(app: App, client: Callable[..., Any]) -> None:
    keyless(app)
    client("ana").get("/unplaced")
    row = app.store.audited()[-1]
    assert (row["by"], row["what"]) == ("ana", "view")
    assert "fax nokey" in str(row["detail"])


def test_in_a_browser(app: App, visit: Callable[..., Any]) -> None:
    referrals(app)
    keyless(app)
    page = visit("ana")
    page.goto("/unplaced")
    page.get_by_label("Referral follow-up, referral: id R-1").check()
    page.get_by_role("button", name="Attach").click()
    page.get_by_text("Attached to the case.").wait_for()
