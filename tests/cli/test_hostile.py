"""Everything broken at once: each is named in one line, and the practice works on with the rest."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.conftest import Answer, Laneflow
from laneflow.starter import lay_out
from laneflow.work.app import App, open_app
from laneflow.work.daemon import Daemon
from patience import wait_for

SECONDS = 10
"""Generous: what is guarded against takes minutes, gigabytes, or never ends."""

BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    f"{new}: &{new} [{','.join(['*' + old] * 9)}]\n".encode()
    for old, new in zip("abcdefghi", "bcdefghij", strict=True)
)

CIRCLE = """
  first_call:
    queue: new
    task: {do: Call, due: 1 day}
    moves: [{to: second_call, when: {encounter.discharged_to: home}}]
  second_call:
    queue: needs patient action
    task: {do: Call, due: 1 day}
    moves: [{to: first_call, when: {encounter.class: inpatient}}]
"""

LANES: dict[str, tuple[bytes, int, str]] = {
    "a-brackets": (b"title: Deep\nstatuses: " + b"[" * 100_000, 2, "nested more than 40 deep"),
    "b-bomb": (BOMB, 1, '"&a" is an anchor'),
    "c-huge": (b"#" * 50_000_000, 0, "the file is 50.0 MB"),
    "d-nul": (b"title: One\npurpose: a\0b\n", 2, "there is a NUL byte"),
    "e-latin": (b"title: One\npurpose: caf\xe9\n", 2, "the byte 0xe9 is not UTF-8"),
    "f-circle": (b"", 0, "a case could go round for ever"),
}
"""name -> content, line of the problem (0: the file as a whole), what is said of it"""

SCRIPTS: dict[str, tuple[bytes, int, str]] = {
    "endless": (b"Hi\n{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", 2, "goes in circles"),
    "itself": (b"\n\n{% include 'hostile/itself.phone.j2' %}", 3, "goes in circles"),
    "reaching": (b"Hi\n{{ patient.first_name.__class__ }}", 2, '".__class__" is not a fact'),
}


@pytest.fixture
def hostile(practice: Laneflow) -> Laneflow:
    """The starter practice with every kind of broken file beside its own."""
    break_(practice.folder)
    return practice


def break_(folder: Path) -> None:
    for name, (content, _, _) in LANES.items():
        (folder / "lanes" / f"{name}.yaml").write_bytes(content)
    (folder / "lanes" / "f-circle.yaml").write_text(circle(folder))
    (folder / "scripts" / "hostile").mkdir()
    for name, (content, _, _) in SCRIPTS.items():
        (folder / "scripts" / "hostile" / f"{name}.phone.j2").write_bytes(content)


def circle(folder: Path) -> str:
    """A lane that moves in circles, otherwise in order."""
    return (
        "title: Round and round\n"
        "purpose: Never gets anywhere.\n"
        "facts:\n"
        "  encounter.discharged_to: {type: text}\n"
        "  encounter.class: {type: text}\n"
        "opens: [{on: encounter.discharged}]\n"
        "one_case_per: [patient.id]\n"
        "owner: {role: care coordinator}\n"
        f"statuses:{CIRCLE}"
        "closes: [{as: completed, on: visit.completed}]\n"
    )


def timed(command: Callable[[], Answer]) -> Answer:
    began = spent()
    answer = command()
    assert spent() - began < SECONDS
    return answer


def spent() -> float:
    """Seconds of a processor that commands, each a process of its own, took until now."""
    taken = os.times()
    return taken.children_user + taken.children_system


def headlines(answer: Answer) -> list[str]:
    """What was said, without the lines of the files that it is said of."""
    return [
        line for line in answer.err.splitlines() if line[:2] != "  " and "looked at" not in line
    ]


def test_check_names_each_in_one_line_at_its_line(hostile: Laneflow) -> None:
    answer = timed(lambda: hostile.process("check"))
    assert answer.code == 1
    *lines, last = headlines(answer)
    expected = {f"lanes/{name}.yaml": at for name, (_, *at) in LANES.items()}
    expected |= {f"scripts/hostile/{name}.phone.j2": at for name, (_, *at) in SCRIPTS.items()}
    lines = [line for line in lines if ": warning: " not in line]
    assert last.startswith(f"{len(expected)} problems to put right")
    text = circle(hostile.folder).splitlines()
    expected["lanes/f-circle.yaml"][0] = 1 + text.index(
        "    moves: [{to: first_call, when: {encounter.class: inpatient}}]"
    )
    assert len(lines) == len(expected)
    for line, (file, (number, said)) in zip(lines, expected.items(), strict=True):
        assert line.startswith(f"{file}:{number}:" if number else f"{file}: "), line
        assert said in line
        assert len(line) < 400


def test_a_time_zone_that_does_not_exist(practice: Laneflow) -> None:
    file = practice.folder / "practice.yaml"
    file.write_text(file.read_text("utf-8").replace("America/New_York", "America/New_Yorck"))
    answer = timed(lambda: practice.process("check"))
    assert answer.code == 1
    assert headlines(answer) == [
        'practice.yaml:8:12 time_zone: there is no time zone "America/New_Yorck". '
        'Did you mean "America/New_York"?',
        "1 problem to put right.",
    ]
    refused = practice.process("queue")
    assert (refused.code, refused.out) == (1, "")
    assert "New_Yorck" in refused.err


def discharge(number: int, when: datetime, **data: str) -> bytes:
    facts = {"encounter.id": f"e{number}", "encounter.class": "inpatient",
             "encounter.discharged_to": "home", "location": "main"}  # fmt: skip
    event = {"specversion": "1.0", "id": f"d{number}", "source": "ehr",
             "type": "encounter.discharged", "time": when.isoformat(), "subject": f"p{number}",
             "data": facts | data}  # fmt: skip
    return json.dumps(event).encode()


def events() -> tuple[bytes, dict[int, str]]:
    """A feed of good and bad lines, and what is said of each bad one by its line."""
    now = datetime.now(UTC) - timedelta(hours=1)
    bad = {
        2: (discharge(90, now + timedelta(days=50 * 365)), "ahead"),
        4: (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "deep"),
        5: (discharge(91, now, **{"encounter.reason": "a\0b"}), "NUL"),
        7: (discharge(92, now).replace(b"inpatient", b"inpati\xe9nt"), "UTF-8"),
        8: (b'{"id": "' + b"x" * 40_000_000 + b'"}', "long"),
        10: (b"{", "JSON"),
    }
    lines = [bad[n][0] if n in bad else discharge(n, now) for n in range(1, 12)]
    return b"\n".join(lines) + b"\n", {n: said for n, (_, said) in bad.items()}


def test_the_practice_works_on_with_what_is_good(hostile: Laneflow) -> None:
    content, bad = events()
    (hostile.folder / "feed.jsonl").write_bytes(content)
    taken = timed(lambda: hostile.process("intake", "--json", "feed.jsonl"))
    assert taken.code == 0
    counts = taken.json
    good = 11 - len(bad)
    assert (counts["new"], counts["quarantined"]) == (good, len(bad))
    assert counts["cases_opened"] >= good
    app = open_app(hostile.folder)
    kept = {row["line"]: row for row in app.store.quarantined()}
    app.store.close()
    assert sorted(kept) == sorted(bad)
    for line, said in bad.items():
        assert kept[line]["file"].endswith("feed.jsonl")
        assert said in kept[line]["reason"], (line, kept[line]["reason"])
        assert len(kept[line]["raw"]) < 100_000
    ran = timed(lambda: hostile.process("run", "--once", "--json"))
    assert (ran.code, ran.json["failed"]) == (0, 0)
    assert ran.json["problems"] >= len(LANES)
    tasks = timed(lambda: hostile.process("queue", "--json"))
    assert {task["patient"] for task in tasks.json} == {f"p{n}" for n in range(1, 12)} - {
        f"p{n}" for n in bad
    }
    checked = timed(lambda: hostile.process("doctor", "--json"))
    assert checked.json["silent"] == 0
    assert checked.json["open_cases"] == counts["cases_opened"]


def test_the_daemon_keeps_the_last_good_version_and_says_so(tmp_path: Path) -> None:
    lay_out(tmp_path)
    database = f"sqlite:///{tmp_path}/laneflow.sqlite3"
    app = open_app(tmp_path, database)
    assert [problem for problem in app.problems if problem.severity == "error"] == []
    was = app.store.live()
    daemon = Daemon(app, database)
    thread = threading.Thread(target=daemon.run)
    thread.start()
    try:
        break_(tmp_path)
        (tmp_path / "lanes" / "discharge-outreach.yaml").write_bytes(BOMB)
        files = {f"lanes/{name}.yaml" for name in (*LANES, "discharge-outreach")}
        wait_for(lambda: broken(app) == files)
        (tmp_path / "practice.yaml").write_bytes(b"name: \0")
        wait_for(lambda: "practice.yaml" in broken(app))
        assert app.store.live() == was
        assert "discharge-outreach" in app.loaded.lanes
        assert thread.is_alive()
    finally:
        daemon.stop()
        thread.join(30)
    assert not thread.is_alive()


def broken(app: App) -> set[str]:
    return {problem.file for problem in app.problems if problem.severity == "error"}
