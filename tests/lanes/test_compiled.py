"""What a lane becomes: defaults merged, windows spread, words kept, meaning hashed."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from laneflow.lanes.durations import parse_duration
from laneflow.lanes.load import load_lane
from laneflow.lanes.model import AllOf, AnyOf, Atom, Duration, Lane
from laneflow.lanes.yaml import scalar
from laneflow.practice.week import parse_week
from lanes import fixture


def atoms(lane: Lane) -> dict[str, Atom]:
    rule = next(rule for rule in lane.escalations if rule.id == "test")
    return {p.fact: p for p in rule.when.parts if isinstance(p, Atom)}


def when(condition: str) -> Lane:
    return fixture.lane(f"escalations: [{{id: test, text: Test, when: {condition}}}]\n")


def test_the_designs_own_example_is_a_lane() -> None:
    lane = fixture.lane((fixture.HERE / "discharge-outreach.yaml").read_text())
    assert lane.first_status == "first_call"
    assert lane.windows["visit"].by_tier == {
        "urgent": Duration(7, "days"),
        "high": Duration(14, "days"),
        "routine": Duration(14, "days"),
    }
    assert [rule.id for rule in lane.escalations] == [
        "worse", "medicines", "concern", "no_visit", "hospital_silent",
        "unreachable", "stalled",
        "overdue", "first_response_late", "untouched",
    ]  # fmt: skip
    assert lane.barriers["cost"].title == "Worried about the cost"
    assert lane.barriers["cost"].task is not None
    assert lane.closes[1].ask
    assert lane.statuses["booked"].task.due.anchor == "appointment.start"


class TestConditions:
    def test_a_bare_value_means_is_and_a_list_one_of(self) -> None:
        found = atoms(when("{appointment.type: office visit, tier: [urgent, high]}"))
        assert (found["appointment.type"].op, found["appointment.type"].value) == (
            "is", "office visit",
        )  # fmt: skip
        assert (found["tier"].op, found["tier"].value) == ("one_of", ("urgent", "high"))

    def test_several_comparisons_of_one_fact_must_all_hold(self) -> None:
        lane = when("{reading.value: {at_least: 1.5, less_than: 9}}")
        rule = next(rule for rule in lane.escalations if rule.id == "test")
        ops = [(p.op, p.value) for p in rule.when.parts if isinstance(p, Atom)]
        assert ops == [("at_least", 1.5), ("less_than", 9)]

    def test_any_and_all_nest(self) -> None:
        lane = when("{any: [{attempts: 1}, {all: [{reached: true}, {tier: urgent}]}]}")
        (outer,) = next(r for r in lane.escalations if r.id == "test").when.parts
        assert isinstance(outer, AnyOf)
        assert all(isinstance(part, AllOf) for part in outer.parts)

    def test_lengths_of_time_and_how_far_back(self) -> None:
        found = atoms(
            when("{since.opened: {at_least: 1 day}, count.appointment.missed: "
                 "{at_least: 2, in_last: 90 days}}")
        )  # fmt: skip
        assert found["since.opened"].value == Duration(1, "days")
        assert found["count.appointment.missed"].in_last == Duration(90, "days")

    @pytest.mark.parametrize(("text", "value"), [("yes", True), ("no", False), ("true", True)])
    def test_yes_and_no_are_truth_where_the_fact_is_yes_or_no(self, text: str, value: bool) -> None:
        assert atoms(when(f"{{time.licensed: {text}}}"))["time.licensed"].value is value

    def test_each_test_knows_its_line(self) -> None:
        lane = fixture.lane(
            "escalations:\n  - id: test\n    text: Test\n    when:\n      attempts: {at_least: 2}\n"
        )
        where = atoms(lane)["attempts"].where
        assert where is not None
        assert (where.file, where.line) == ("lanes/base.yaml", 5)


class TestWindows:
    def spread(self, written: str) -> dict[str, int]:
        lane = fixture.lane(f"windows: {{w: {written}}}\n")
        return {tier: length.n for tier, length in lane.windows["w"].by_tier.items()}

    def test_one_length_is_every_tiers(self) -> None:
        assert self.spread("4 days") == {"urgent": 4, "high": 4, "routine": 4}

    def test_a_tier_not_named_takes_the_next_stricter_ones(self) -> None:
        assert self.spread("{urgent: 1 day, routine: 3 days}")["high"] == 1

    def test_and_where_none_is_stricter_the_strictest_named_ones(self) -> None:
        assert self.spread("{high: 2 days}") == {"urgent": 2, "high": 2, "routine": 2}

    def test_within_is_for_the_tiers_not_named(self) -> None:
        assert self.spread("{high: 2 days, within: 9 days}") == {
            "urgent": 9, "high": 2, "routine": 9,
        }  # fmt: skip

    def test_the_practices_windows_are_there_unless_the_lane_has_its_own(self) -> None:
        lane = fixture.lane("windows: {first_contact: 9 days}\n")
        assert lane.windows["first_contact"].by_tier["urgent"] == Duration(9, "days")
        assert lane.windows["first_attempt"] == fixture.practice().windows["first_attempt"]


class TestEscalations:
    def rules(self, written: str) -> dict[str, tuple[str, str]]:
        lane = fixture.lane(f"escalations: {written}\n")
        return {rule.id: (rule.ladder, rule.text) for rule in lane.escalations}

    def test_the_three_built_in_ones_are_always_there(self) -> None:
        built_in = {r.id: r.builtin for r in fixture.lane().escalations if r.builtin}
        assert built_in == {n: n for n in ("overdue", "first_response_late", "untouched")}

    def test_a_common_one_can_be_switched_off(self) -> None:
        assert "stalled" not in self.rules("[{id: stalled, off: true}]")
        assert "stalled" in self.rules("[]")

    def test_one_of_the_same_id_changes_only_what_it_says(self) -> None:
        lane = fixture.lane("escalations: [{id: stalled, ladder: clinical}]\n")
        own = next(rule for rule in lane.escalations if rule.id == "stalled")
        common = next(rule for rule in fixture.practice().escalations if rule.id == "stalled")
        assert (own.ladder, own.text, own.when) == ("clinical", common.text, common.when)

    def test_a_built_in_one_can_be_sharpened(self) -> None:
        assert self.rules("[{id: overdue, ladder: clinical now}]")["overdue"][0] == "clinical now"

    def test_one_that_names_no_ladder_has_the_practices(self) -> None:
        rules = self.rules("[{id: w, on: symptoms.worsened, text: Worse}]")
        assert rules["w"] == ("standard", "Worse")


class TestMeaning:
    def test_comments_order_of_entries_and_places_do_not_matter(self) -> None:
        text = (fixture.HERE / "base.yaml").read_text()
        blocks = ["# moved about\n", *reversed(fixture.blocks(text))]
        one, _ = load_lane(text, "lanes/a.yaml", fixture.practice())
        other, _ = load_lane("\n".join(blocks), "lanes/a.yaml", fixture.practice())
        assert one is not None
        assert other is not None
        assert one.hash == other.hash

    @pytest.mark.parametrize(
        "change",
        [
            ("task: {do: Call the patient", "task: {do: Ring the patient"),
            ("due: first_attempt", "due: first_contact"),
            ("on: appointment.missed", "on: appointment.cancelled"),
            ("owner: {role: care coordinator}", "owner: {role: nurse}"),
            ("known: true", "known: false"),
            ("default: moderate", "default: high"),
            ("by_hand: [nurse]", "by_hand: [nurse, front desk lead]"),
        ],
    )
    def test_what_is_meant_does(self, change: tuple[str, str]) -> None:
        text = (fixture.HERE / "base.yaml").read_text()
        assert change[0] in text
        one, _ = load_lane(text, "lanes/a.yaml", fixture.practice())
        other, problems = load_lane(text.replace(*change), "lanes/a.yaml", fixture.practice())
        assert one is not None
        assert other is not None, [str(p) for p in problems]
        assert one.hash != other.hash

    def test_the_first_status_is_part_of_it(self) -> None:
        statuses = {
            name: f"  {name}: {{queue: new, task: {{do: Do, due: 1 day}}, "
            f"moves: [{{to: {other}, on: patient.called}}]}}\n"
            for name, other in (("one", "two"), ("two", "one"))
        }
        first = fixture.lane("statuses:\n" + statuses["one"] + statuses["two"])
        second = fixture.lane("statuses:\n" + statuses["two"] + statuses["one"])
        assert first.hash != second.hash

    def test_the_practices_defaults_are_part_of_it(self) -> None:
        text = (fixture.HERE / "practice.yaml").read_text()
        sharper, _ = fixture.load_practice_text(
            text.replace("at_least: 14 days", "at_least: 9 days")
        )
        assert sharper is not None
        assert sharper.hash != fixture.practice().hash
        lane, _ = load_lane((fixture.HERE / "base.yaml").read_text(), "lanes/base.yaml", sharper)
        assert lane is not None
        assert lane.hash != fixture.lane().hash

    def test_a_lane_survives_being_stored(self) -> None:
        lane = fixture.lane((fixture.HERE / "good" / "every_built_in_fact.yaml").read_text())
        assert msgspec.json.decode(msgspec.json.encode(lane), type=Lane) == lane


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"), ("NO", "NO"), ("yes", "yes"), ("12:30", "12:30"), ("010", "010"),
        ("0x1F", "0x1F"), ("1e3", "1e3"), ("1_000", "1_000"), ("2026-09-04", "2026-09-04"),
        (".5", ".5"), ("+1", "+1"), ("0", 0), ("-12", -12), ("1.50", 1.5), ("true", True),
        ("False", False), ("", None), ("null", None), ("Null and void", "Null and void"),
    ],
)  # fmt: skip
def test_words_stay_as_they_are_written(text: str, value: object) -> None:
    found = scalar(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("1 day", Duration(1, "days")), ("2 days", Duration(2, "days")),
        ("1 days", Duration(1, "days")), ("1 business day", Duration(1, "business days")),
        ("4 business hours", Duration(4, "business hours")),
        ("11 months", Duration(11, "months")), ("same day", Duration(0, "same day")),
        ("0 days", Duration(0, "days")), ("2 fortnights", None), ("two days", None),
        ("1  day", None), ("-1 day", None), ("1.5 days", None), ("99999 days", None), ("", None),
    ],
)  # fmt: skip
def test_lengths_of_time(text: str, length: Duration | None) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    ("text", "week"),
    [
        ("Mo 08:00-12:00", [(0, "08:00", "12:00")]),
        ("Fr-Mo 08:00-12:00", [(d, "08:00", "12:00") for d in (0, 4, 5, 6)]),
        ("Mo,We 08:00-12:00,13:00-17:00", [
            (0, "08:00", "12:00"), (0, "13:00", "17:00"),
            (2, "08:00", "12:00"), (2, "13:00", "17:00"),
        ]),
        ("Mo-Tu 08:00-17:00; Tu 08:00-12:00", [(0, "08:00", "17:00"), (1, "08:00", "12:00")]),
        ("Mo-Tu 08:00-17:00; Tu off", [(0, "08:00", "17:00")]),
        ("Sa 22:00-06:00", [(5, "22:00", "06:00")]),
        ("Monday 8-5", None), ("Mo 25:00-26:00", None), ("08:00-17:00", None), ("", None),
    ],
)  # fmt: skip
def test_days_and_hours(text: str, week: list[tuple[int, str, str]] | None) -> None:
    assert parse_week(text) == week


def test_the_starter_practice_is_in_order() -> None:
    from laneflow.lanes.load import load_practice

    root = Path(__file__).parents[2]
    loaded, problems = load_practice(root)
    assert [str(p) for p in problems] == []
    assert loaded is not None
    assert len(loaded.lanes) == 8
