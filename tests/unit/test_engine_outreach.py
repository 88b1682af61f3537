"""Attempts, notes and promises: what counts as a contact, and what comes next."""

from __future__ import annotations

from cast import act, event, lane, local, patient, t
from laneflow.lanes.model import (
    Attempt,
    Due,
    Duration,
    Status,
    TaskSpec,
)
from living import Day, due


def test_attempts_follow_their_cadence_and_end_in_the_status_after_the_last() -> None:
    day = Day()
    day.discharge()
    case = day.note("2026-09-08 10:00")
    assert case.task is not None
    assert (due(case), case.task.channel, case.task.attempt) == ("2026-09-08 14:00", "phone", 1)
    case = day.note("2026-09-08 14:00", "left message")
    assert case.task is not None
    assert (due(case), case.task.channel) == ("2026-09-09 17:00", "letter")
    case = day.note("2026-09-09 10:00", "no answer")
    assert (case.status, case.queue, case.failed_attempts) == (
        "unreached", "needs patient action", 3,
    )  # fmt: skip
    assert case.attempts == 0, "attempts restart with the status, failed ones run on"


def test_a_voicemail_is_an_attempt_and_not_a_contact() -> None:
    day = Day()
    day.discharge()
    case = day.note("2026-09-08 10:00", "left message")
    assert case.first_attempt == t("2026-09-08 10:00")
    assert case.first_contact is None
    day.wait("2026-09-09 17:00")
    assert "late" in day.case.escalations


def test_reaching_the_patient_resets_failed_attempts_wherever_the_case_stands() -> None:
    day = Day()
    day.discharge()
    day.note("2026-09-08 10:00")
    case = day.note("2026-09-08 14:00", "reached", understanding="understood")
    assert (case.status, case.failed_attempts) == ("needs_visit", 0)
    assert case.first_contact == t("2026-09-08 14:00")


def test_a_contact_documented_late_still_met_its_window() -> None:
    day = Day()
    day.discharge()
    day.wait("2026-09-09 18:00")
    assert "late" in day.case.escalations
    case = day.note("2026-09-10 09:00", "reached", time=t("2026-09-09 16:00"))
    assert "late" not in case.escalations


def test_channels_the_patient_refuses_are_skipped() -> None:
    day = Day(file=patient(refuses=["phone"]))
    case = day.discharge()
    assert case.task is not None
    assert case.task.channel == "letter"


def test_a_promised_date_becomes_the_next_action_and_is_asked_for_on_its_day() -> None:
    day = Day()
    day.discharge()
    case = day.note(
        "2026-09-08 10:00", "reached", next_action="calls the hospital", by_whom="patient",
        by_when=t("2026-09-15 12:00"),
    )  # fmt: skip
    assert due(case) == "2026-09-15 12:00"
    assert local(case.side["promise:p1"].due.at) == "2026-09-15 12:00"
    day.take(act("promise", "2026-09-15 13:00", case.id, promise="p1", kept=False))
    assert day.case.missed_steps == 1
    assert "promise:p1" not in day.case.side


def test_a_promise_waits_no_longer_than_the_practice_allows() -> None:
    day = Day()
    day.discharge()
    case = day.note("2026-09-08 10:00", "reached", next_action="x", by_when=t("2027-03-01 12:00"))
    assert due(case) == "2026-10-08 10:00"  # 30 days


def test_a_note_on_a_barrier_makes_its_task_until_it_is_resolved() -> None:
    day = Day()
    day.discharge()
    case = day.note("2026-09-08 10:00", "reached", barrier="cost", by_when=t("2026-09-09 12:00"))
    side = case.side["barrier:cost"]
    assert (side.who, local(side.due.at)) == ("nurse", "2026-09-09 17:00")
    case = day.note("2026-09-09 10:00", "reached", barriers_resolved=["cost"])
    assert "barrier:cost" not in case.side
    assert case.barriers == {}


def test_the_other_office_answering_is_not_the_patient_reached() -> None:
    to_partner = Status(
        "first_call", "sent",
        TaskSpec("Ask them", Due(duration=Duration(1, "business days")), to="hospital"),
    )  # fmt: skip
    base = lane()
    day = Day(lane(statuses={**base.statuses, "first_call": to_partner}))
    day.discharge()
    case = day.note("2026-09-08 10:00", "reached partner", by_when=t("2026-09-09 12:00"))
    assert (case.reached, case.first_contact, case.failed_attempts) == (False, None, 0)
    case = day.note("2026-09-08 11:00", "no answer")
    assert case.failed_attempts == 0


def test_a_snooze_ends_by_the_longest_the_practice_allows() -> None:
    day = Day()
    day.discharge()
    day.take(act("snooze", "2026-09-08 09:00", day.case.id, until=t("2026-12-01 09:00")))
    assert due(day.case) == "2026-09-15 17:00"  # five business days


def test_attempts_start_another_round_where_the_lane_says_every() -> None:
    base = lane()
    spec = TaskSpec(
        "Call", Due(duration=Duration(1, "business days")),
        attempts=(Attempt("phone"),), every=Duration(5, "business days"),
    )  # fmt: skip
    day = Day(lane(statuses={**base.statuses, "first_call": Status("first_call", "new", spec)}))
    day.discharge("2026-09-08 09:00")
    case = day.note("2026-09-08 10:00")
    assert case.task is not None
    assert (case.task.round, due(case)) == (1, "2026-09-15 17:00")


def test_a_contact_documented_in_the_record_is_a_note() -> None:
    day = Day()
    day.discharge()
    said = {"contact__outcome": "reached", "contact__understanding": "understood"}
    day.take(event("contact.documented", "2026-09-08 10:00", **said))
    case = day.case
    assert (case.status, case.reached, case.first_contact) == (
        "needs_visit", False, t("2026-09-08 10:00"),
    )  # fmt: skip
    assert case.counts["contact.documented"] == (t("2026-09-08 10:00"),)
    assert local(case.untouched and case.untouched.at) == "2026-09-15 17:00"


def test_a_feed_s_promise_far_ahead_is_asked_about_after_the_longest_wait() -> None:
    day = Day(lane())
    day.discharge("2026-09-01 09:00")
    told = {
        "contact.outcome": "reached",
        "contact.next_action": "calls us back",
        "contact.by_when": "9999-12-31",
    }
    day.take(event("contact.documented", "2026-09-01 10:00", **told))
    asked = [side.due.at for key, side in day.case.side.items() if key.startswith("promise:")]
    assert asked
    assert max(asked) <= t("2026-10-01 17:00")
