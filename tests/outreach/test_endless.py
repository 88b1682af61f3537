"""A script that would not come to an end is found before it ever runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from laneflow.outreach.check import check_scripts
from outreach.cast import a_practice

ENDLESS = {
    "macro": ("Hi\n{% macro m() %}\n{{ m() }}{% endmacro %}{{ m() }}", 3, 'macro "m" goes in'),
    "two macros": (
        "{% macro a() %}{{ b() }}{% endmacro %}\n{% macro b() %}{{ a() }}{% endmacro %}",
        1,
        'macro "a" goes in circles',
    ),
    "block": ("Hi\n{% block reason %}{{ self.reason() }}{% endblock %}", 2, 'block "reason" goes'),
    "includes itself": ("Hi\n\n{% include 'bad.phone.j2' %}", 3, "the script goes in circles"),
    "extends itself": ("{% extends 'bad.phone.j2' %}", 1, "the script goes in circles"),
    "long range": ("Hi\n{% for a in range(0, 99999, 2) %}{% endfor %}", 2, "longer than 100"),
    "loops in loops": (
        "{% for a in range(99) %}\n{% for b in range(99) %}{% endfor %}{% endfor %}",
        2,
        "goes round more than 2,000 times",
    ),
}

FINE = {
    "loops beside each other": "{% for a in range(99) %}{% endfor %}" * 30,
    "downwards": "{% for a in range(99, 0, -1) %}{% endfor %}",
    "empty": "{% for a in range(9, 0) %}{% endfor %}",
    "a step of nothing": "{% for a in range(0, 9, 0) %}{% endfor %}",
    "by a fact": "{% for a in range(n) %}{% endfor %}",
    "macro called twice": "{% macro m() %}x{% endmacro %}{{ m() }}{{ m() }}",
    "macro calls another": (
        "{% macro a() %}x{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ b() }}"
    ),
    "block shown again": "{% block help %}x{% endblock %}{{ self.help() }}",
}


def found(folder: Path, **scripts: str) -> list[str]:
    (folder / "scripts").mkdir()
    for name, source in scripts.items():
        (folder / "scripts" / f"{name}.phone.j2").write_text(source)
    problems = check_scripts(a_practice(folder))
    return [str(problem) for problem in problems if problem.severity == "error"]


@pytest.mark.parametrize("name", ENDLESS)
def test_one_line_at_its_line(tmp_path: Path, name: str) -> None:
    source, line, said = ENDLESS[name]
    (problem,) = [p for p in found(tmp_path, bad=source) if "scripts/bad" in p]
    assert problem.startswith(f"scripts/bad.phone.j2:{line}:1: ")
    assert said in problem


@pytest.mark.parametrize("name", FINE)
def test_what_comes_to_an_end_is_left_alone(tmp_path: Path, name: str) -> None:
    assert [p for p in found(tmp_path, fine=FINE[name]) if "scripts/fine" in p] == []


def test_a_circle_of_three_is_told_once(tmp_path: Path) -> None:
    scripts = {
        "a": "{% include 'b.phone.j2' %}",
        "b": "\n{% include 'c.phone.j2' %}",
        "c": "{% include 'x.phone.j2' %}\n{% include 'a.phone.j2' %}",
        "x": "not of the circle",
        "y": "{% include 'a.phone.j2' %}",
    }
    circles = [p for p in found(tmp_path, **scripts) if "circles" in p]
    assert len(circles) == 1
    assert circles[0].startswith("scripts/a.phone.j2:1:1: the script goes in circles")
