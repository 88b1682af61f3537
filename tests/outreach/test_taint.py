"""Nothing private reaches a voicemail or a text message unseen: the law, and what is let pass.

The law: render a random script twice, with every private fact another value (or none). Where the
words differ, the linter has complained. It is tried on scripts made of everything a script may use.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jinja2 import BaseLoader, DictLoader, TemplateError, nodes

from laneflow.errors import LaneflowError
from laneflow.outreach.environment import Facts, ScriptEnvironment
from laneflow.outreach.lint.taint import flows
from laneflow.outreach.prompt import _taken_apart
from laneflow.outreach.rendering import Rendering

HEADS = {"practice", "patient", "referral", "kind", "tier", "items", "checklist", "visit"}


def facts(**private: Any) -> Facts:
    """Two people, one practice: ``private`` differs, the rest does not."""
    practice = Facts("practice", [("name", "Maple"), ("phone", "555-0100")])
    patient = Facts("patient", [("first_name", "Maria")])
    tree = Facts("", [("practice", practice), ("patient", patient), ("channel", "sms")])
    tree["referral"] = Facts("referral")
    for name in ("specialty", "reason"):
        if name in private:
            tree["referral"][name] = private[name]
    if "last_name" in private:
        patient["last_name"] = private["last_name"]
    for name in ("kind", "items"):
        if name in private:
            tree[name] = private[name]
    return tree


ONE = facts(specialty="cardiology", reason="pain", last_name="Gomez", kind="critical", items=("a",))
OTHERS = (
    facts(specialty="oncology", reason="fall", last_name="Lopez", kind="repeat", items=("b", "c")),
    facts(specialty="oncology", last_name="Lopez", kind="repeat", items=()),
    facts(),
)


def environment(scripts: dict[str, str]) -> ScriptEnvironment:
    loader: BaseLoader = DictLoader(scripts)
    return ScriptEnvironment(loader)


def told(scripts: dict[str, str], block: str | None, name: str = "main.j2") -> set[str]:
    """The facts the linter complains of."""
    env = environment(scripts)
    trees: dict[str, nodes.Template | None] = {
        each: env.parse(source, each) for each, source in scripts.items()
    }
    return {source.fact for source in flows(name, trees.get, block, HEADS)}


def heard(scripts: dict[str, str], block: str | None, values: Facts) -> str | None:
    """The text message or the voicemail; None where it cannot be rendered."""
    env = environment(scripts)
    try:
        marked = env.text(env.load("main.j2"), values, Rendering(today=date(2026, 9, 4)))
    except LaneflowError:
        return None
    channel = "sms" if block is None else "phone"
    _, text, voicemail = _taken_apart(marked, channel)
    return text if block is None else voicemail


NAMES = ("kind", "x", "y", "say", "items", "practice", "referral")
PLAIN = (
    "practice.name", "patient.first_name", "patient.last_name", "referral.specialty", "kind",
    "referral['reason']", "x", "y", "items", "items|length", "items|first", '"word"', "2",
    "referral.specialty|default(kind)", "patient", "practice", "x.last_name", "y.specialty",
    "say(kind)", "say(x)", "self.one()", "super()", "loop.index", "m.say(kind)", "m.kept",
    "taken(referral.reason)",
)  # fmt: skip


def _expression(depth: int = 2) -> st.SearchStrategy[str]:
    plain = st.sampled_from(PLAIN)
    if not depth:
        return plain
    inner = _expression(depth - 1)
    return st.one_of(
        plain,
        st.tuples(inner, inner).map(lambda e: f"({e[0]} ~ {e[1]})"),
        st.tuples(inner, inner).map(lambda e: f"({e[0]} or {e[1]})"),
        st.tuples(inner, inner, inner).map(lambda e: f"({e[0]} if {e[1]} else {e[2]})"),
        st.tuples(inner, st.sampled_from(["critical", "word", "cardiology"])).map(
            lambda e: f'({e[0]} == "{e[1]}")'
        ),
        inner.map(lambda e: f"({e})|default('none')"),
        inner.map(lambda e: f"({e})|upper"),
        inner.map(lambda e: f"({e} is defined)"),
    )


EXPRESSION = _expression()


def _statement(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    name = st.sampled_from(NAMES)
    return st.one_of(
        st.tuples(EXPRESSION, inner, inner).map(
            lambda e: f"{{% if {e[0]} %}}{e[1]}{{% else %}}{e[2]}{{% endif %}}"
        ),
        st.tuples(name, inner).map(lambda e: f"{{% for {e[0]} in items %}}{e[1]}{{% endfor %}}"),
        st.tuples(name, inner).map(lambda e: f"{{% for {e[0]} in [1, 2] %}}{e[1]}{{% endfor %}}"),
        st.tuples(name, EXPRESSION, inner).map(
            lambda e: f"{{% with {e[0]} = {e[1]} %}}{e[2]}{{% endwith %}}"
        ),
        st.tuples(st.sampled_from(["say", "taken"]), inner).map(
            lambda e: f"{{% macro {e[0]}(x, y=kind) %}}{e[1]}{{% endmacro %}}"
        ),
        st.tuples(st.sampled_from(["one", "two", "voicemail"]), st.booleans(), inner).map(
            lambda e: f"{{% block {e[0]}{' scoped' * e[1]} %}}{e[2]}{{% endblock %}}"
        ),
        st.tuples(inner, inner).map("".join),
    )


LEAF = st.one_of(
    st.sampled_from(["Call us. ", "{% include 'piece.j2' %}", "{% import 'words.j2' as m %}",
                     "{% import 'words.j2' as m with context %}",
                     "{% from 'words.j2' import say %}", "{% from 'words.j2' import kept as x %}"]),
    EXPRESSION.map(lambda e: f"{{{{ {e} }}}}"),
    st.tuples(st.sampled_from(NAMES), EXPRESSION).map(lambda e: f"{{% set {e[0]} = {e[1]} %}}"),
)  # fmt: skip
BODY = st.recursive(LEAF, _statement, max_leaves=8)
SCRIPTS = st.fixed_dictionaries({
    "main.j2": st.tuples(
        st.sampled_from(["", '{% extends "base.j2" %}', '{% extends "base.j2" %}',
                         '{% if kind %}{% extends "base.j2" %}{% endif %}']), BODY,
    ).map("".join),
    "base.j2": BODY,
    "piece.j2": st.sampled_from(["{{ kind }}", "{{ x }}", "Hi", "{% set x = kind %}"]),
    "words.j2": st.sampled_from([
        "{% macro say(x) %}{{ x }}{% endmacro %}{% set kept = kind %}",
        "{% macro say(x) %}{% if kind %}{{ x }}{% endif %}{% endmacro %}{% set kept = 'k' %}",
    ]),
})  # fmt: skip
SHADOWED = "{% for kind in [1] %}{% block one %}{{ kind }}{% endblock %}{% endfor %}"
LATER = "{% macro say(x) %}{{ y }}{% endmacro %}{% set y = kind %}{{ say(1) }}"
INSTEAD = '{% if kind %}{% extends "base.j2" %}{% endif %}Call us.'
EITHER = "{{ (x or patient).last_name }}"


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(scripts=SCRIPTS, block=st.sampled_from([None, "voicemail"]))
@example({"main.j2": SHADOWED}, None)
@example({"main.j2": LATER}, None)
@example({"main.j2": EITHER}, None)
@example({"main.j2": INSTEAD, "base.j2": ""}, None)
def test_a_fact_that_changes_the_words_is_never_missed(
    scripts: dict[str, str], block: str | None
) -> None:
    try:
        complaints = told(scripts, block)
    except (TemplateError, RecursionError, SyntaxError):
        return  # it does not compile, which is told as such
    if complaints:
        return
    said = [heard(scripts, block, each) for each in (ONE, *OTHERS)]
    assert len({words for words in said if words is not None}) <= 1, scripts


LEAKS = {
    "{{ referral.specialty }}": {"referral.specialty"},
    "{{ referral['specialty'] }}": {"referral.specialty"},
    "{% set x = kind %}{{ x }}": {"kind"},
    "{% set p = patient %}{{ p.last_name }}": {"patient.last_name"},
    "{% if kind %}Hi{% endif %}": {"kind"},
    "{% if not tier %}{% else %}Hi{% endif %}": {"tier"},
    "{% set x = 'a' %}{% if kind %}{% set x = 'b' %}{% endif %}{{ x }}": {"kind"},
    "{% for item in items %}.{% endfor %}": {"items"},
    "{% for item in [1] if tier %}.{% endfor %}": {"tier"},
    "{{ 'a' if kind else 'b' }}": {"kind"},
    "{{ practice.fax|default(visit.reason) }}": {"visit.reason"},
    "{% macro m(x) %}{{ x|upper }}{% endmacro %}{{ m(kind) }}": {"kind"},
    "{% macro m(x=kind) %}{{ x }}{% endmacro %}{{ m() }}": {"kind"},
    "{% macro m(x) %}{% if x %}a{% endif %}{% endmacro %}{{ m(x=kind) }}": {"kind"},
    "{% block a %}{{ kind }}{% endblock %}": {"kind"},
    "{% with x = kind %}{{ x }}{% endwith %}": {"kind"},
    "{{ items|length }}": {"items"},
    "{{ practice[kind] }}": {"kind"},
    "{% for kind in [1] %}{% block a %}{{ kind }}{% endblock %}{% endfor %}": {"kind"},
}
FINE = (
    "{{ practice.name }} {{ practice.phone|phone }} {{ patient.first_name }} {{ owner.name }}",
    "{% set x = kind %}Call us.",
    "{% if channel == 'sms' %}Hi{% endif %} {{ today|date }}",
    "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(practice.name) }}",
    "{% set greeting = 'Hi' %}{{ greeting }}",
    "{% macro never() %}{{ kind }}{% endmacro %}Call us.",
    "{# {{ kind }} #}Call us.",
    "{% if attempt > 1 %}Again: {% endif %}call {{ practice.phone }}.",
)


@pytest.mark.parametrize("source", LEAKS)
def test_a_leak_is_named(source: str) -> None:
    assert told({"main.j2": source}, None) == LEAKS[source]


@pytest.mark.parametrize("source", FINE)
def test_what_anybody_may_hear_is_let_pass(source: str) -> None:
    assert told({"main.j2": source}, None) == set()


def test_only_the_voicemail_of_a_call_counts() -> None:
    base = "{% block reason %}{% endblock %}{% block voicemail %}{{ practice.name }}{% endblock %}"
    child = '{% extends "base.j2" %}{% block reason %}{{ kind }}{% endblock %}'
    scripts = {"base.j2": base, "main.j2": child}
    assert told(scripts, "voicemail") == set()
    scripts["main.j2"] += "{% block voicemail %}{{ super() }}{{ self.reason() }}{% endblock %}"
    assert told(scripts, "voicemail") == {"kind"}


def test_a_voicemail_left_only_in_some_cases_gives_those_away() -> None:
    scripts = {"main.j2": "{% if kind %}{% block voicemail %}Call.{% endblock %}{% endif %}"}
    assert told(scripts, "voicemail") == {"kind"}


def test_what_cannot_be_followed_is_told() -> None:
    source = "{% macro m(n, f) %}{% if n %}{{ f(0, f) }}{% endif %}{% endmacro %}{{ m(2, m) }}"
    assert "(circle)" in told({"main.j2": source}, None)
