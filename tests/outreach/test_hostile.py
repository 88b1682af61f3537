"""A script that means harm, or only goes wrong, is one clear problem and costs no time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from laneflow.errors import LaneflowError
from laneflow.outreach.environment import Facts, environment
from laneflow.outreach.prompt import prompt_for
from laneflow.outreach.rendering import Rendering
from outreach.cast import NOW, PATIENT, a_case, a_practice, a_task

BIG = "x" * 15_000
HOSTILE: dict[str, tuple[str, str]] = {
    "class": ("Hi\n{{ patient.first_name.__class__ }}", ':2:1: ".__class__" is not a fact'),
    "class by item": ("{{ patient['__class__'] }}", '"__class__" is not a fact'),
    "class by filter": ("{{ ''|attr('__class__') }}", 'unknown filter "attr"'),
    "class put together": ("{{ ''['__cl' ~ 'ass__'] }}", "more than a script may know"),
    "method": ("{{ patient.first_name.upper() }}", '".upper" asks for more'),
    "globals": ("{{ cycler.__init__.__globals__ }}", "is not a fact"),
    "macro inside": ("{% macro m() %}{% endmacro %}{{ m._func }}", "is not a fact"),
    "macro's parts": ("{% macro m() %}{% endmacro %}{{ m.arguments }}", "asks for more"),
    "template inside": ("{{ self._TemplateReference__context }}", "is not a fact"),
    "loop inside": ("{% for a in [1] %}{{ loop._iterator }}{% endfor %}", "is not a fact"),
    "format": ("{{ '{0.__class__}'.format(patient) }}", '".format" asks for more'),
    "format by filter": ("{{ '%999999999d'|format(1) }}", 'unknown filter "format"'),
    "format by percent": ("{{ '%999999999d' % 1 }}", '"%" works on ordinary numbers only'),
    "empty loops": (
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "range is longer than 100",
    ),
    "empty short loops": (
        "{% for a in range(99) %}{% for b in range(99) %}{% endfor %}{% endfor %}",
        "goes round more than 2,000 times",
    ),
    "loops that skip": (
        "{% for a in range(99) if false %}{% endfor %}" * 40,
        "goes round more than 2,000 times",
    ),
    "recursive loop": ("{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}", "recursive"),
    "much text": ("{% for a in range(99) %}" + BIG + "{% endfor %}", "writes more than 40,000"),
    "much text in a macro": (
        "{% macro m() %}{% for a in range(99) %}{% for b in range(99) %}"
        + BIG
        + "{% endfor %}{% endfor %}{% endmacro %}{{ m() }}",
        "goes round more than 2,000 times",
    ),
    "times": ("{{ 'a' * 999999999 }}", '"*" works on ordinary numbers only'),
    "times a list": ("{{ [1] * 999999999 }}", '"*" works on ordinary numbers only'),
    "power": ("{{ 9 ** 999999999 }}", 'a script may not use "**"'),
    "doubling": (
        "{% set a = 'aaaaaaaa' %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}",
        "puts together more than 40,000",
    ),
    "doubling by plus": (
        "{% set a = 'aaaaaaaa' %}" + "{% set a = a + a %}" * 40 + "{{ a }}",
        "puts together more than 40,000",
    ),
    "doubling by macro": (
        "{% macro m(x) %}{{ x }}{{ x }}{% endmacro %}{% set a = 'aaaaaaaa' %}"
        + "{% set a = m(a) %}" * 40,
        "writes more than 40,000",
    ),
    "doubling by block": ("{% set a %}{{ a }}{{ a }}{% endset %}", "a script may not use"),
    "lists in lists": ("{% set a = [1] %}" + "{% set a = [a, a] %}" * 40, "only plain words"),
    "includes itself": ("{% include 'hostile.phone.j2' %}", "goes in circles"),
    "extends itself": ("{% extends 'hostile.phone.j2' %}", "goes in circles"),
    "macro without end": ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "in circles"),
    "block without end": (
        "{% block reason %}{{ self.reason() }}{% endblock %}",
        "goes in circles",
    ),
    "out of the folder": ("{% include '../../practice.yaml' %}", "there is no script"),
    "name from a fact": ("{% include patient.first_name %}", "written out in quotes"),
    "nested conditions": ("{% for a in b %}" * 30 + "{% endfor %}" * 30, "nests too deep"),
    "nested brackets": ("{{ " + "(" * 8_000 + " }}", "nests too deep"),
    "nested nots": ("{{ " + "not " * 4_000 + "1 }}", "nests too deep"),
    "long sum": ("{{ " + "1+" * 2_000 + "1 }}", "nests too deep"),
    "long number": ("{{ " + "9" * 9_000 + " }}", "nests too deep, or holds a number"),
    "NUL": ("one\ntwo \x00", ":2:1: a control character (U+0000)"),
    "block mark": ("\x02voicemail\x03 secret", ":1:1: a control character (U+0002)"),
    "long": ("x" * 20_000, "the script is too long"),
    "unclosed": ("one\n{{ patient", ":2:1: unexpected end of template"),
    "by zero": ("{{ 1 / 0 }}", "ZeroDivisionError"),
    "a group": ("{{ patient }}", "not one value"),
    "no such macro": ("{{ lipsum(n=9999) }}", 'no macro called "lipsum"'),
}


@pytest.mark.parametrize(("source", "said"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_script_is_one_line_and_quick(tmp_path: Path, source: str, said: str) -> None:
    write(tmp_path, "hostile.phone.j2", source.encode())
    began = time.process_time()
    problem = refused(tmp_path)
    assert time.process_time() - began < 1
    assert problem.startswith("scripts/hostile.phone.j2")
    assert said in problem
    assert "\n" not in problem


def test_invalid_utf8_names_its_line(tmp_path: Path) -> None:
    write(tmp_path, "hostile.phone.j2", b"one\nse\xf1or")
    assert refused(tmp_path).startswith("scripts/hostile.phone.j2:2:1: not valid UTF-8")


def test_includes_that_double_are_stopped(tmp_path: Path) -> None:
    for n in range(60):
        write(tmp_path, f"{n}.j2", f"{{% include '{n + 1}.j2' %}}".encode() * 2)
    write(tmp_path, "60.j2", b"x")
    write(tmp_path, "hostile.phone.j2", b"{% include '0.j2' %}")
    began = time.process_time()
    assert "goes round more than" in refused(tmp_path)
    assert time.process_time() - began < 1


def test_a_bad_script_never_loses_the_task(tmp_path: Path) -> None:
    write(tmp_path, "hostile.phone.j2", b"{{ patient.first_name.__class__ }}")
    prompt = prompt_for(a_practice(tmp_path), a_case(), PATIENT, a_task("hostile", to=""), NOW)
    assert prompt.title == "Call Maria, home from St. Mary Hospital"
    assert prompt.gaps[0].startswith('scripts/hostile.phone.j2:1:1: ".__class__" is not a fact')


def test_a_mended_script_is_read_again(tmp_path: Path) -> None:
    task = a_task("call", to="")
    practice = a_practice(tmp_path)
    write(tmp_path, "call.phone.j2", b"{{ 1 ** 2 }}")
    assert prompt_for(practice, a_case(), PATIENT, task, NOW).gaps
    write(tmp_path, "call.phone.j2", b"{% block reason %}Hello again{% endblock %}")
    assert prompt_for(practice, a_case(), PATIENT, task, NOW).text == "Hello again"


def write(folder: Path, name: str, content: bytes) -> None:
    (folder / "scripts").mkdir(exist_ok=True)
    (folder / "scripts" / name).write_bytes(content)


def refused(folder: Path) -> str:
    env = environment(str(folder))
    facts = Facts("", [("patient", Facts("patient", [("first_name", "Maria")]))])
    with pytest.raises(LaneflowError) as raised:
        env.text(env.load("hostile.phone.j2"), facts, Rendering())
    (problem,) = raised.value.problems
    return str(problem)
