"""A lane as a page and as a picture: nothing of it is left out, and no words lie on each other."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from cast import lane as small_lane
from cast import practice, when
from laneflow.lanes.diagram import diagram, mermaid
from laneflow.lanes.drawing import svg
from laneflow.lanes.load import load_practice
from laneflow.lanes.model import AnyOf, Atom, Close, Duration, Lane, Move
from laneflow.lanes.page import page
from laneflow.lanes.words import condition
from random_lanes import lanes

STARTER = load_practice(Path(__file__).resolve().parents[2])[0]
assert STARTER is not None
SHIPPED = list(STARTER.lanes.values())
each_lane = pytest.mark.parametrize("lane", SHIPPED, ids=lambda lane: lane.id)

SVG = "{http://www.w3.org/2000/svg}"


def boxes(picture: str) -> list[tuple[float, float, float, float]]:
    """x, y, width, height of every rectangle of an SVG."""
    found = ElementTree.fromstring(picture).iter(f"{SVG}rect")
    return [tuple(float(r.attrib[k]) for k in ("x", "y", "width", "height")) for r in found]  # type: ignore[misc]


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return (
        a[0] < b[0] + b[2] - 0.2
        and b[0] < a[0] + a[2] - 0.2
        and a[1] < b[1] + b[3] - 0.2
        and b[1] < a[1] + a[3] - 0.2
    )


def words_of(picture: str) -> str:
    rows = [row.text or "" for row in ElementTree.fromstring(picture).iter(f"{SVG}tspan")]
    return " ".join(rows)


def assert_whole(lane: Lane) -> None:
    drawn = diagram(lane)
    ids = {node.id for node in drawn.nodes}
    assert all({arrow.start, arrow.end} <= ids for arrow in drawn.arrows)
    assert len(ids) == len(drawn.nodes)
    picture = svg(drawn)
    clashing = [pair for pair in combinations(boxes(picture), 2) if overlap(*pair)]
    assert clashing == []
    said = words_of(picture)
    for arrow in drawn.arrows:
        for label in arrow.labels:
            assert " ".join(label.split()) in said


@each_lane
def test_a_shipped_lane_s_picture_is_whole(lane: Lane) -> None:
    assert_whole(lane)


@given(lanes())
@settings(max_examples=40, deadline=None)
def test_any_lane_s_picture_is_whole(lane: Lane) -> None:
    assert_whole(lane)


@each_lane
def test_the_picture_is_all_in_one_file(lane: Lane) -> None:
    picture = svg(diagram(lane))
    assert not re.search(r"<script|@import|url\(|href", picture)
    assert f"<title>{lane.title}</title>" in picture


def test_mermaid_text() -> None:
    drawn = diagram(
        small_lane(
            title='A "small" lane',
            moves=(Move("booked", on="appointment.booked"),),
            closes=(
                Close("completed", on="visit.completed"),
                Close("cancelled", by_hand=("nurse",), when=when(Atom("status", "is", "call"))),
                Close("cancelled", when=when(Atom("a", "is", '<b>"#1"'))),
            ),
        )
    )
    text = mermaid(drawn)
    assert text.startswith("flowchart TD\n")
    assert '    n_any -->|"on visit.completed"| n_end_completed\n' in text
    assert "when a is #lt;b#gt;#quot;#35;1#quot;" in text
    assert text.count('"') % 2 == 0


def test_a_rule_for_every_status_is_drawn_once() -> None:
    close = Close("completed", on="visit.completed")
    drawn = diagram(small_lane(closes=(close,), moves=()))
    to_end = [arrow.start for arrow in drawn.arrows if arrow.end == "end completed"]
    assert to_end == ["any"]


@each_lane
def test_the_page_tells_every_rule_with_its_line(lane: Lane) -> None:
    assert STARTER is not None
    told = {
        row.where for section in page(lane, STARTER.practice) for row in section.rows if row.where
    }
    rules = [*lane.opens, *lane.priority, *lane.classify, *lane.moves, *lane.escalations]
    rules += [*lane.closes, *lane.checklist, *lane.statuses.values()]
    rules += [move for status in lane.statuses.values() for move in status.moves]
    assert {rule.where for rule in rules if rule.where} - told == set()


def test_conditions_read_one_way_only() -> None:
    one = Atom("attempts", "at_least", 3)
    two = Atom("since.opened", "less_than", Duration(1, "days"))
    three = Atom("patient.language", "known", False)
    assert condition(when(one, AnyOf((two, three)))) == (
        "attempts is at least 3 and (since.opened is less than 1 day or"
        " patient.language is not known)"
    )
    assert condition(when()) == ""


def test_a_ladder_is_told_rung_by_rung() -> None:
    rows = {section.title: section.rows for section in page(small_lane(), practice())}
    assert any("then" in row.text for row in rows["Calls for help"])
