"""What check says of a folder: the shipped one, damaged ones, and what no one file shows."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from unittest import mock

import pytest

from laneflow.proofs.check import Checked, check_practice, logic
from laneflow.starter import lay_out
from lanes import fixture

MONDAY = date(2026, 9, 7)
BASE = (fixture.HERE / "base.yaml").read_text()
PRACTICE = (fixture.HERE / "practice.yaml").read_text()
SCRIPTS = ("base/call.phone", "base/call.phone.es")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small practice in order, but for what of practice.yaml it has no use for."""
    (tmp_path / "lanes").mkdir()
    (tmp_path / "practice.yaml").write_text(PRACTICE)
    (tmp_path / "lanes" / "base.yaml").write_text(BASE)
    for script in SCRIPTS:
        file = tmp_path / "scripts" / f"{script}.j2"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("Hello, this is {{ practice.name }}.\n")
    return tmp_path


def noon(day: date) -> int:
    """An instant at which it is that day in New York."""
    return int(datetime(day.year, day.month, day.day, 16, tzinfo=UTC).timestamp() * 1000)


def check(folder: Path, code: str = "", today: date = MONDAY) -> Checked:
    """What is found, of one kind only where a kind is given."""
    found = check_practice(folder, now=noon(today))
    kept = tuple(p for p in found.problems if not code or p.code == code)
    return Checked(found.loaded, kept, found.unchecked)


def said(checked: Checked) -> list[str]:
    return [str(problem) for problem in checked.problems]


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, new))


@pytest.mark.parametrize("today", [date(2026, 9, 7), date(2026, 11, 22), date(2027, 3, 1)])
def test_the_shipped_practice_is_in_order_on_any_day(tmp_path: Path, today: date) -> None:
    lay_out(tmp_path / "maple")
    checked = check_practice(tmp_path / "maple", now=noon(today))
    assert said(checked) == []
    assert checked.unchecked == ()
    assert checked.loaded is not None
    assert len(checked.loaded.lanes) == 8


# damaged files -----------------------------------------------------------------------------------

GOOD = BASE.replace("title: Base lane", "title: Another lane")
DAMAGED = {
    "only a comment": (b"# soon\n", "lanes/hurt.yaml:1:1: the file is empty"),
    "nothing at all": (b"", "lanes/hurt.yaml:1:1: the file is empty"),
    "a Word document": (
        b"PK\x03\x04\x14\x00\x06\x00\x08\x00[Content_Types].xml",
        "lanes/hurt.yaml: this is a Word, Excel or zip file, not text. "
        "Save it as plain text (UTF-8).",
    ),
    "UTF-16": (
        GOOD.encode("utf-16"),
        'lanes/hurt.yaml: this is text in UTF-16 ("Unicode"). Save it as UTF-8.',
    ),
    "Latin-1": (
        GOOD.replace("Another", "Größere").encode("latin-1"),
        "lanes/hurt.yaml:1:10: the byte 0xf6 is not UTF-8 text. Save the file as UTF-8.",
    ),
    "tabs": (
        GOOD.replace("  call:", "\tcall:").encode(),
        "lanes/hurt.yaml:14:1: the line is indented with a tab. Use ordinary spaces.",
    ),
    "half saved": (
        GOOD[: GOOD.index("attempts: [{by: ph") + 18].encode(),
        'lanes/hurt.yaml:16:84: the "{" opened here is not closed, or a comma is missing. Add "}".',
    ),
    "half a line": (
        GOOD[: GOOD.index("owner: {role") + 5].encode(),
        "lanes/hurt.yaml:12:1: this line has no colon, so it is neither an entry nor part of one.",
    ),
    "cut between two entries": (
        GOOD[: GOOD.index("statuses:")].encode(),
        'lanes/hurt.yaml:1:1: "statuses" is missing.',
    ),
}


@pytest.mark.parametrize(("content", "expected"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_lane_is_told_and_the_others_work_on(
    folder: Path, content: bytes, expected: str
) -> None:
    (folder / "lanes" / "hurt.yaml").write_bytes(content)
    edit(folder / "lanes" / "base.yaml", "on: appointment.missed", "on: appointment.mised")
    checked = check(folder)
    assert any(line.startswith(expected) for line in said(checked)), said(checked)
    assert any(line.startswith("lanes/base.yaml:24:28 ") for line in said(checked)), said(checked)
    assert checked.loaded is not None
    assert "hurt" not in checked.loaded.lanes


@pytest.mark.parametrize(
    "content",
    [
        GOOD.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("\n", "\r\n").encode("utf-8-sig"),
    ],
    ids=["Windows line ends", "BOM", "both"],
)
def test_windows_does_no_harm(folder: Path, content: bytes) -> None:
    (folder / "lanes" / "fine.yaml").write_bytes(content)
    checked = check(folder)
    assert {p.code for p in checked.problems if p.file == "lanes/fine.yaml"} <= {"unused-fact"}
    assert checked.loaded is not None
    assert (
        checked.loaded.lanes["fine"].statuses.keys() == checked.loaded.lanes["base"].statuses.keys()
    )


def test_lines_are_counted_as_editors_count_them_on_windows(folder: Path) -> None:
    text = GOOD.replace("on: appointment.missed", "on: appointment.mised")
    (folder / "lanes" / "fine.yaml").write_bytes(
        b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    )
    (found,) = check(folder, "unknown-event").problems
    assert (found.line, found.column) == (24, 28)


def test_an_empty_folder(tmp_path: Path) -> None:
    checked = check(tmp_path)
    assert checked.loaded is None
    assert "practice.yaml: there is no such file" in said(checked)[-1]


def test_a_broken_practice_hides_nothing_of_the_other_files(folder: Path) -> None:
    (folder / "practice.yaml").write_text("name: [\n")
    edit(folder / "lanes" / "base.yaml", "queue: new", "queue: old")
    (folder / "scripts" / "base" / "call.phone.j2").write_text("{% if %}")
    checked = check(folder)
    assert {p.file for p in checked.problems} == {
        "practice.yaml", "lanes/base.yaml", "scripts/base/call.phone.j2",
    }  # fmt: skip
    assert checked.loaded is None
    assert "practice.yaml must be put right first" in checked.unchecked[0]


def test_a_wrong_name_in_practice_yaml_hides_no_wrong_name_in_a_lane(folder: Path) -> None:
    edit(folder / "practice.yaml", "last_resort: lee", "last_resort: leo")
    edit(folder / "lanes" / "base.yaml", "on: appointment.missed", "on: appointment.mised")
    assert {p.code for p in check(folder).problems} >= {"unknown-person", "unknown-event"}


def test_what_is_wrong_with_a_lane_test_is_told(folder: Path) -> None:
    tests = folder / "lanes" / "tests"
    tests.mkdir()
    (tests / "base.yaml").write_text(
        "lane: base\ntests:\n  - name: a\n    start: 2026-09-07 09:00\n    steps:\n"
        "      - {event: referal.received}\n"
    )
    assert said(check(folder, "lane-test")) == [
        'lanes/tests/base.yaml:6:17 tests[0].steps[0].event: there is no event "referal.received". '
        'Did you mean "referral.received"?'
    ]
    (folder / "lanes" / "base.yaml").write_text("title: [\n")
    assert said(check(folder, "lane-test")) == []  # its lane is to blame


# what only shows when files are seen together ----------------------------------------------------


def test_without_the_solver_it_says_what_it_did_not_check(folder: Path) -> None:
    lane = folder / "lanes" / "base.yaml"
    lane.write_text(
        BASE
        + "priority:\n"
        + "  - {tier: high, when: {encounter.complexity: high}}\n"
        + "  - {tier: urgent, when: {encounter.complexity: moderate}}\n"
        + "  - {tier: routine}\n"
    )
    with_solver = check(folder, "shadowed")
    assert [p.line for p in with_solver.problems] == [BASE.count("\n") + 4]
    assert with_solver.unchecked == ()
    with mock.patch.object(logic, "solver_is_there", return_value=False):
        without = check(folder, "shadowed")
    assert without.problems == ()
    assert without.unchecked == (
        "lanes/base.yaml: whether 1 condition can ever hold was not checked: that takes the "
        'solver z3. Install it with: pip install "laneflow[verify]".',
    )


def test_a_plain_contradiction_takes_no_solver(folder: Path) -> None:
    (folder / "lanes" / "base.yaml").write_text(
        BASE + "escalations:\n  - {id: x, when: {attempts: {at_least: 3, less_than: 2}}, "
        "text: Help, ladder: clinical}\n"
    )
    with mock.patch.object(logic, "solver_is_there", return_value=False):
        assert len(check(folder, "never-holds").problems) == 1


def test_a_common_escalation_is_dead_only_where_no_lane_can_raise_it(folder: Path) -> None:
    rule = "  - {id: papers, when: {checklist.overdue_from.hospital: {at_least: 1}}, "
    edit(
        folder / "practice.yaml", "escalations:\n",
        f"escalations:\n{rule}text: Papers missing, ladder: manager}}\n",
    )  # fmt: skip
    (found,) = check(folder, "never-holds").problems
    assert str(found).startswith(
        "practice.yaml:27:18 escalations[0].when: warning: this can never hold in any lane."
    )
    waiting = BASE + "checklist: [{id: a, label: a, from: hospital, due: 2 days}]\n"
    (folder / "lanes" / "waiting.yaml").write_text(waiting)
    assert check(folder, "never-holds").problems == ()


def test_everybody_at_lunch_every_day_is_told_once(folder: Path) -> None:
    """Worked by hand: Fay and Jordan, both the front desk's ladder, are away from noon to one."""
    for person in (
        "Fay Lindgren, roles: [front desk lead]",
        "Jordan Lee, roles: [practice manager, hermit]",
    ):
        text = (folder / "practice.yaml").read_text()
        line = next(line for line in text.splitlines() if person in line)
        edit(folder / "practice.yaml", line, line[:-1] + ", lunch: 12:00-13:00}")
    (found,) = (
        p
        for p in check(folder, "nobody-on-duty").problems
        if '"standard"' in p.what and "Main" in p.what
    )
    assert found.what == (
        'every day 12:00-13:00: nobody of the ladder "standard" '
        "(front desk lead or practice manager) is on duty at Main Street"
    )
    assert found.path == "locations.main"
    assert found.severity == "warning"


def test_a_role_away_for_days_is_told_by_date(folder: Path) -> None:
    """Nora, the only nurse, works Monday to Wednesday; 2026-09-07 is Labor Day, and closed."""
    holes = [p.what for p in check(folder, "nobody-on-duty").problems if "Main" in p.what]
    assert (
        "every Thursday and Friday 08:00-17:00: nobody with the role nurse is on duty "
        "at Main Street" in holes
    )
    assert not any("2026-09-07" in hole for hole in holes)
    text = (folder / "practice.yaml").read_text()
    line = next(line for line in text.splitlines() if "Nora Fitz" in line)
    leave = ", leave: [{from: 2026-09-14, to: 2026-09-15}]}"
    edit(folder / "practice.yaml", line, line[:-1] + leave)
    holes = [p.what for p in check(folder, "nobody-on-duty").problems if "Main" in p.what]
    assert (
        "Mon 2026-09-14 to Tue 2026-09-15 08:00-17:00: nobody with the role nurse is on duty "
        "at Main Street" in holes
    )


def test_a_day_on_which_nobody_at_all_is_there_is_told_once(tmp_path: Path) -> None:
    lay_out(tmp_path / "maple")
    main = tmp_path / "maple" / "practice.yaml"
    lines = main.read_text().splitlines(keepends=True)
    text = "".join(line for line in lines if "    leave:" not in line)
    leave = "    leave: [{from: 2026-09-15, to: 2026-09-15}]\n    roles: ["
    main.write_text(text.replace("    roles: [", leave))
    found = [p.what for p in check(tmp_path / "maple", "nobody-on-duty").problems]
    assert found == [
        "Tue 2026-09-15 08:00-17:00: nobody at all is on duty at Maple Street",
        "Tue 2026-09-15 09:00-18:00: nobody at all is on duty at Riverside",
    ]


def test_hours_are_looked_at_only_from_a_day_on(folder: Path) -> None:
    assert not [p for p in check_practice(folder).problems if p.code == "nobody-on-duty"]


def test_a_closure_needs_nobody(folder: Path) -> None:
    edit(
        folder / "practice.yaml", "holidays: {country: US}}",
        "holidays: {country: US}, closures: [{from: 2026-09-08, to: 2026-11-20, why: Works}]}",
    )  # fmt: skip
    assert not [p for p in check(folder, "nobody-on-duty").problems if "Main" in p.what]


def test_one_person_for_both_at_one_location(folder: Path) -> None:
    edit(folder / "lanes" / "base.yaml", "owner: {role: care coordinator}", "owner: {role: nurse}")
    edit(folder / "practice.yaml", "backup: {role: front desk lead}", "backup: {role: night nurse}")
    edit(
        folder / "practice.yaml", "roles: [nurse], works: {main:",
        "roles: [nurse, night nurse], works: {main:",
    )  # fmt: skip
    edit(
        folder / "practice.yaml", "  gone:",
        "  ned: {name: Ned Dow, roles: [night nurse], works: {main: Mo-Fr 08:00-17:00}}\n  gone:",
    )  # fmt: skip
    found = check(folder, "owner-is-backup").problems
    assert [str(p) for p in found] == [
        "lanes/base.yaml:12:1 owner: at North End, Nora Fitz would be both owner and backup of "
        'every case. Give somebody else there the role "night nurse", or name another backup.'
    ]


def test_what_nothing_uses_is_told_where_it_stands(folder: Path) -> None:
    lane = folder / "lanes" / "base.yaml"
    lane.write_text(
        BASE.replace("facts:\n", "facts:\n  visit.colour: {type: text}\n", 1)
        + "windows: {hello: 3 days}\nbarriers: {cost: {title: Worried about the cost}}\n"
    )
    (folder / "scripts" / "base" / "old.phone.j2").write_text("Hello")
    found = {
        (p.file, p.code, p.path) for p in check(folder).problems if p.code.startswith("unused")
    }
    assert found >= {
        ("lanes/base.yaml", "unused-fact", "facts.visit.colour"),
        ("lanes/base.yaml", "unused-window", "windows.hello"),
        ("lanes/base.yaml", "unused-barrier", "barriers.cost"),
        ("practice.yaml", "unused-event", "events.ride.arranged"),
        ("practice.yaml", "unused-party", "parties.payer"),
        ("practice.yaml", "unused-ladder", "ladders.clinical now"),
        ("scripts/base/old.phone.j2", "unused-script", ""),
    }
    lane.write_text(lane.read_text().replace("Call the patient", "Ask about {{ visit.colour }}"))
    assert "facts.visit.colour" not in {p.path for p in check(folder, "unused-fact").problems}


def test_nothing_is_called_unused_while_a_lane_cannot_be_read(folder: Path) -> None:
    (folder / "lanes" / "hurt.yaml").write_text("title: [\n")
    checked = check(folder)
    assert not [p for p in checked.problems if p.code.startswith("unused")]
    assert "not every lane could be read" in checked.unchecked[-1]


def test_nothing_is_called_unused_while_the_folder_of_lanes_cannot_be_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = os.listdir

    def refused(path: Path) -> list[str]:
        if Path(path).name == "lanes":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(os, "listdir", refused)  # root may read whatever its mode says
    checked = check(folder)
    others = [p for p in checked.problems if p.code != "nobody-on-duty"]
    assert [str(problem) for problem in others] == [
        "lanes: the folder cannot be read: permission denied. Look at who may read it."
    ]
    assert "not every lane could be read" in checked.unchecked[-1]


def test_a_script_that_is_not_there_in_a_language_of_the_practice(folder: Path) -> None:
    (folder / "scripts" / "base" / "call.phone.es.j2").unlink()
    (found,) = check(folder, "missing-translation").problems
    assert found.file == "scripts/base/call.phone.j2"
    assert "scripts/base/call.phone.es.j2" in found.hint


def test_a_part_only_one_language_says_is_told_at_its_line(tmp_path: Path) -> None:
    lay_out(tmp_path / "maple")
    script = tmp_path / "maple" / "scripts" / "discharge" / "first-call.phone.j2"
    lines = script.read_text().rstrip("\n").count("\n") + 2
    with script.open("a") as file:
        file.write("{% block questions %}\nAre your pills there? What questions do you have?\n")
        file.write("{% endblock %}\n")
    (found,) = check(tmp_path / "maple").problems
    assert str(found) == (
        f"scripts/discharge/first-call.phone.j2:{lines}:1: warning: "
        '"questions" has words of its own here, and none in Spanish. '
        "Write the block in scripts/discharge/first-call.phone.es.j2, too."
    )


# told once, where it is written -------------------------------------------------------------------


def test_a_channel_nobody_wrote_is_one_error_at_its_attempt(folder: Path) -> None:
    edit(folder / "lanes" / "base.yaml", "attempts: [{by: phone}", "attempts: [{by: fax}")
    found = [p for p in check(folder).problems if "fax" in str(p)]
    assert [str(problem) for problem in found] == [
        'lanes/base.yaml:16:89 statuses.call.task.attempts[0].by: script "base/call" is not '
        "written for fax. Write scripts/base/call.fax.j2."
    ]


def test_a_wrong_name_in_a_title_is_told_at_the_word(folder: Path) -> None:
    lane = folder / "lanes" / "base.yaml"
    edit(lane, "do: Call the patient", 'do: "Call {{ patient.firstname }}"')
    [problem] = check(folder, "unknown-fact").problems
    line = lane.read_text().splitlines()[problem.line - 1]
    assert line[problem.column - 1 :].startswith("patient.firstname")
    assert problem.path == "statuses.call.task.do"


def test_a_misspelt_script_makes_no_others_unused(tmp_path: Path) -> None:
    lay_out(tmp_path / "maple")
    edit(tmp_path / "maple" / "practice.yaml", "script: barrier/fear", "script: barrier/fera")
    assert said(check(tmp_path / "maple")) == [
        "practice.yaml:186:86 barriers.fear.task.script: "
        'there is no script "barrier/fera". Did you mean "barrier/fear"?'
    ]


def test_a_broken_lane_makes_no_common_escalation_idle(tmp_path: Path) -> None:
    """Told to leave it out, a manager would have: only the broken lane waits for a specialist."""
    lay_out(tmp_path / "maple")
    edit(
        tmp_path / "maple" / "lanes" / "referral-follow-up.yaml",
        "done: referral.answered", "done: referral.answerd",
    )  # fmt: skip
    assert said(check(tmp_path / "maple")) == [
        "lanes/referral-follow-up.yaml:117:13 statuses.tell_referring.task.done: unknown event "
        '"referral.answerd". Did you mean "referral.answered"?'
    ]
