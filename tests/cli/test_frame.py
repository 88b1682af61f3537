"""The command itself: what it offers, how it refuses, its exit codes."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cli.conftest import Laneflow, surroundings
from laneflow.cli import main
from laneflow.cli.group import COMMANDS
from laneflow.errors import LaneflowError


def test_help_lists_every_command(empty: Laneflow) -> None:
    shown = empty.well("--help").out
    assert [name for name in COMMANDS if f"\n  {name} " not in shown] == []


def test_help_loads_nothing_heavy() -> None:
    """`--help` starts in no time; what takes time is imported by the command that needs it."""
    code = (
        "import sys; from laneflow.cli import main; main(['--help']);"
        "heavy = {'django', 'rich', 'jinja2', 'msgspec', 'yaml', 'jsonschema', 'apscheduler'};"
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["quue"], 'There is no command "quue". Did you mean "queue"?'),
        (["init"], "Missing argument 'DIR'"),
        (["queue", "--queue", "lost"], "'lost' is not one of"),
        (["run", "--once", "--until", "2026-01-01"], "Say --once or --until, not both."),
        (["note", "abc", "--by", "ana"], "--outcome says what came of it"),
    ],
)
def test_wrong_calls_are_refused_in_one_line(empty: Laneflow, args: list[str], said: str) -> None:
    answer = empty(*args)
    assert (answer.code, answer.out) == (1, "")
    assert said in answer.err
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("command", ["check", "test", "queue", "doctor"])
def test_no_practice_here(empty: Laneflow, command: str) -> None:
    answer = empty.process(command)
    assert answer.code == 1
    assert answer.err.startswith("practice.yaml: there is no practice in ")
    assert "laneflow init" in answer.err


def in_a_finalizer() -> None:
    class Finalized:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    Finalized()


def where_a_class_is_made() -> None:
    class Pressed:
        def __set_name__(self, owner: type, name: str) -> None:
            signal.raise_signal(signal.SIGINT)

    type("Made", (), {"at": Pressed()})


def in_a_function_of_a_query() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.create_function("press", 0, lambda: signal.raise_signal(signal.SIGINT))
        connection.execute("SELECT press()").fetchone()


def when_the_user_is_told_something() -> None:
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt as pressed:
        raise LaneflowError("half of it") from pressed


@pytest.mark.parametrize(
    "press",
    [
        lambda: signal.raise_signal(signal.SIGINT),
        in_a_finalizer,
        where_a_class_is_made,
        in_a_function_of_a_query,
        when_the_user_is_told_something,
    ],
)
def test_ctrl_c_ends_a_command_wherever_it_is(
    press: Callable[[], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pressed at random it was: lost in a finalizer, a RuntimeError where a class was made."""
    from laneflow.cli.common.session import Session

    def pressed(self: Session) -> None:
        press()
        time.sleep(10)
        raise AssertionError("nobody heard it")

    monkeypatch.setattr(Session, "need_practice", pressed)
    assert main(["check"]) == 130
    assert capsys.readouterr().err.strip() == "Stopped."


def test_our_own_failure_leaves_a_report_without_its_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from laneflow.cli.common.session import Session

    name = "Rosa Diaz"

    def fail(self: Session) -> None:
        raise ValueError(name)

    monkeypatch.setattr(Session, "need_practice", fail)
    assert main(["check"]) == 3
    said = capsys.readouterr().err
    assert "Rosa" not in said
    report = Path(said.split()[-1])
    text = report.read_text("utf-8")
    mode = stat.S_IMODE(report.stat().st_mode)
    report.unlink()
    assert "Rosa" not in text
    assert "builtins.ValueError" in text
    assert "in fail" in text
    assert mode == 0o600


def test_a_reader_that_leaves_is_not_complained_about() -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m laneflow --help | true"],
        capture_output=True,
        text=True,
        env=surroundings(),
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_offers_commands(empty: Laneflow, shell: str) -> None:
    assert "_LANEFLOW_COMPLETE" in empty.well("completion", shell).out
    offered = empty.process(
        _LANEFLOW_COMPLETE=f"{shell}_complete", COMP_WORDS="laneflow esc", COMP_CWORD="1"
    )
    if shell != "fish":
        assert "escalation" in offered.out


PREFLIGHT = Path(__file__).resolve().parents[2] / "tools" / "preflight.py"


def test_a_missing_compiler_is_said_in_one_line_with_the_remedy() -> None:
    done = subprocess.run(
        [sys.executable, PREFLIGHT],
        env=os.environ | {"CC": "no-such-compiler"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "a C compiler" in done.stderr
    assert "build-essential" in done.stderr or "xcode-select" in done.stderr


def test_a_ready_machine_is_not_spoken_to() -> None:
    done = subprocess.run([sys.executable, PREFLIGHT], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
