"""``laneflow people``: who is here, what they carry, who is off, and saying so."""

from __future__ import annotations

from datetime import date, timedelta

from .conftest import Laneflow

TODAY = date.today()  # noqa: DTZ011  (the command goes by this machine's day)


def days(first: int, last: int) -> tuple[str, ...]:
    start, end = (str(TODAY + timedelta(days=n)) for n in (first, last))
    return ("--from", start, "--until", end)


def test_everybody_is_listed_with_what_they_do(practice: Laneflow) -> None:
    shown = practice("people", "list", "--json").json
    ana = next(row for row in shown if row["person"] == "ana")
    assert (ana["name"], ana["locations"], ana["tasks"]) == ("Ana Torres", ["main"], 0)
    assert (ana["today"], ana["soon"]) == ("", [])
    assert "Ana Torres" in practice("people", "list").out


def test_somebody_is_off_and_back_and_it_is_live_at_once(practice: Laneflow) -> None:
    span = days(-1, 2)
    done = practice("people", "off", "Ana Torres", *span, "--by", "lee")
    assert "Ana Torres is on leave" in done.out
    ana = next(r for r in practice("people", "list", "--json").json if r["person"] == "ana")
    assert (ana["today"], ana["soon"]) == ("leave", [[span[1], span[3]]])
    assert f"{span[1]} to {span[3]}" in practice("people", "list").out
    assert span[3] in (practice.folder / "practice.yaml").read_text()
    back = practice("people", "back", "ana", *span, "--by", "lee", "--json").json
    assert "is not on leave" in back["did"]
    assert back["left_out"] == ""
    ana = next(r for r in practice("people", "list", "--json").json if r["person"] == "ana")
    assert (ana["today"], ana["soon"]) == ("", [])


def test_what_cannot_be_is_said_in_a_line(practice: Laneflow) -> None:
    refused = practice("people", "off", "anna", *days(1, 2), "--by", "lee")
    assert refused.code == 1
    assert 'there is nobody called "anna"' in refused.err
    refused = practice("people", "off", "ana", *days(2, 1), "--by", "lee")
    assert "the last day is before the first" in refused.err
    refused = practice("people", "off", "ana", "--from", "Monday", "--by", "lee")
    assert '"Monday" is not a day. Write it like 2026-09-08.' in refused.err
    refused = practice("people", "back", "ana", *days(1, 2), "--by", "lee")
    assert "that is so already" in refused.err
