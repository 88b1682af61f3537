"""One bad script each in ``bad/``: what is said of it, at which place, with which hint."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from laneflow.outreach.lint.linting import lint_scripts
from outreach.cast import FACTS, ROOT, a_lane, a_practice, a_status

BAD = Path(__file__).parent / "bad"
SCRIPTS = sorted(path.name for path in BAD.glob("*.j2"))


def said_of(folder: Path, name: str) -> list[str]:
    """What is said of one script of ``bad/``, in a practice that has the shipped bases."""
    stem, channel, *locale = name.removesuffix(".j2").split(".")
    script = f"partner/{stem}" if stem.startswith("partner-") else stem
    shutil.copytree(ROOT / "scripts" / "_base", folder / "scripts" / "_base")
    there = folder / "scripts" / f"{script}.{'.'.join([channel, *locale])}.j2"
    there.parent.mkdir(exist_ok=True)
    shutil.copy(BAD / name, there)
    status = a_status("Call", script, channel)
    practice = a_practice(
        folder, a_lane(statuses={"first": status}, barriers={}), languages=(*locale, "en")[:1]
    )
    return [str(problem) for problem in lint_scripts(practice, [script]).problems]


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_is_said_of_it(tmp_path: Path, name: str) -> None:
    expected = (BAD / name).with_suffix(".txt").read_text(encoding="utf-8")
    assert "\n".join(said_of(tmp_path, name)) + "\n" == expected


HOSTILE = {
    "deep": "{% if kind %}" * 90 + "x" + "{% endif %}" * 90,
    "many branches": "".join(f"{{% if kind == 'k{n}' %}}{n}{{% endif %}}" for n in range(300)),
    "many facts": "".join(f"{{% if {name} %}}a{{% else %}}b{{% endif %}}" for name in FACTS),
    "goes round": "{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(1) }}",
    "calls what it is given": "{% macro m(f) %}{{ f(f) }}{% endmacro %}{{ m(m) }}",
    "includes itself": "{% include 'call.phone.j2' %}",
    "long loops": "{% for a in range(99) %}{% for b in range(99) %}x{% endfor %}{% endfor %}",
    "much text": "{% for a in range(99) %}{{ 'word ' ~ 'word ' ~ 'word ' }}{% endfor %}" * 3,
    "marks": "\x05" + "0:1\x07{{ kind }}",
    "marks by words": "{{ '\\x05' ~ '0:1' ~ '\\x07' }}{{ '\\x060:99\\x07' }}",
    "wrong parts": "{{ self.nothing() }}{{ loop.index }}{{ super() }}{{ kind.a.b.c }}",
    "nothing": "",
    "only a comment": "{# later #}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_is_written_is_answered_with_problems(tmp_path: Path, name: str) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "call.phone.j2").write_text(HOSTILE[name])
    lane = a_lane(statuses={"first": a_status("Call", "call", "phone")}, barriers={})
    problems = lint_scripts(a_practice(tmp_path, lane, languages=("en",))).problems
    assert problems
    assert {problem.file for problem in problems} == {"scripts/call.phone.j2"}
    assert all(problem.code and problem.what and "\n" not in str(problem) for problem in problems)


def test_there_is_a_bad_script_for_every_rule() -> None:
    assert len(SCRIPTS) >= 40
    assert {".es." in name for name in SCRIPTS} == {True, False}
