"""A practice of four people and one lane, small enough to know by heart, as its files."""

# ruff: noqa: E501 (a ladder reads best on one line)
from __future__ import annotations

from pathlib import Path

from laneflow.lanes.load import load_practice
from laneflow.practice.model import LoadedPractice

PRACTICE = """\
name: Small Practice
phone: 555-0100
time_zone: America/New_York
languages: [en]
locations: {main: {name: Main, hours: Mo-Fr 08:00-17:00, holidays: {country: US}}}
tiers: [urgent, routine]
people:
  ana: {name: Ana Torres, roles: [coordinator], works: {main: Mo-Fr 08:00-17:00}}
  ben: {name: Ben Okafor, roles: [desk], works: {main: Mo-Fr 08:00-17:00}}
  nora: {name: Nora Fitz, roles: [nurse], works: {main: Mo-Fr 08:00-17:00}}
  lee: {name: Jordan Lee, roles: [practice manager], works: {main: Mo-Fr 08:00-17:00}}
last_resort: lee
on_call: nora
roles: {manager: practice manager}
backup: {role: desk}
ladder: standard
ladders:
  standard:
    rungs: [{role: nurse, within: 4 business hours}, {role: practice manager, within: 1 business day}]
    resolve_within: 1 business day
barriers: {cost: {title: Cost, task: {do: Find help with costs, who: nurse, due: 1 business day}}}
parties: {hospital: the hospital}
"""

LANE = """\
title: Calls
purpose: Everybody is called.
facts:
  referral.id: {type: text}
  referral.urgency: {type: text, default: routine}
opens: [{on: referral.received}]
one_case_per: [patient.id, referral.id]
classify: [{kind: plain}]
priority: [{tier: urgent, when: {referral.urgency: stat}}, {tier: routine}]
windows: {first_attempt: 1 business day, visit: 14 days}
owner: {role: coordinator}
checklist: [{id: letter, label: letter, from: hospital, due: 2 business days}]
statuses:
  call:
    queue: new
    task:
      do: Call {{ patient.first_name }}
      due: first_attempt
      attempts: [{by: phone}, {by: letter, after: 1 business day}]
      after_last: unreached
      buttons: [symptoms.worsened, patient.declined]
    moves: [{to: agreed, when: {reached: true}}]
  unreached:
    queue: needs patient action
    task: {do: Decide, who: nurse, due: 1 business day, every: 2 business days}
  agreed:
    queue: scheduled
    task: {do: Wait, due: 2 business days, every: 2 business days}
escalations:
  - {id: worse, on: symptoms.worsened, text: Feels worse, ladder: standard, pause_outreach: true}
closes:
  - {as: completed, on: visit.completed}
  - {as: unsuccessful, on: patient.declined, confirm: practice manager, reason: ask}
  - {as: cancelled, by_hand: [practice manager], reason: ask}
"""

OPENED = "{event: referral.received, data: {referral.id: r1}}"


def write_calls(folder: Path, lane: str = LANE, practice: str = PRACTICE) -> None:
    """The practice's files; whatever tests are in the folder stay."""
    (folder / "lanes" / "tests").mkdir(parents=True, exist_ok=True)
    (folder / "practice.yaml").write_text(practice)
    (folder / "lanes" / "calls.yaml").write_text(lane)


def loaded_calls(folder: Path) -> LoadedPractice:
    """The practice, which is in order."""
    practice, problems = load_practice(folder)
    assert practice is not None
    assert not [str(p) for p in problems if p.severity == "error"]
    return practice


def write_tests(folder: Path, *tests: tuple[str, ...], name: str = "calls") -> Path:
    """A file of tests, each a name and its steps, beginning on the Friday before Labor Day."""
    file = folder / "lanes" / "tests" / f"{name}.yaml"
    body = "".join(
        f"  - name: {title}\n    start: 2026-09-04 18:30\n    steps:\n"
        + "".join(f"      - {step}\n" for step in steps)
        for title, *steps in tests
    )
    file.write_text(f"lane: calls\ntests:\n{body}")
    return file
