"""Whatever happens to a file in an editor, reading it ends in problems, never in a crash."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from laneflow.errors import LaneflowError, Problem
from laneflow.lanes.yaml import read
from lanes import fixture

PRACTICE = (fixture.HERE / "practice.yaml").read_text()
LANES = [fixture.HERE / "base.yaml", fixture.HERE / "discharge-outreach.yaml"]
TEXTS = [file.read_text() for file in (*LANES, *sorted((fixture.HERE / "good").glob("*.yaml")))]
WORDS = sorted({word for text in (*TEXTS, PRACTICE) for word in text.split()})
SIGNS = ["{", "}", "[", "]", ":", ": ", ", ", "- ", "#", " #x", '"', "'", "\n", "  ", "\t", "null"]
SIGNS += ["true", "0", "-1", "*a", "&b", "!t", "{{", "{}", "[]", "|", ">", "%", "@", "?", "é", ""]

edits = st.lists(
    st.tuples(
        st.sampled_from(["cut", "add", "swap"]),
        st.floats(0, 1, exclude_max=True),
        st.one_of(st.sampled_from(SIGNS), st.sampled_from(WORDS)),
    ),
    min_size=1,
    max_size=4,
)


def damaged(text: str, changes: list[tuple[str, float, str]]) -> str:
    """``text`` after some characters were cut, added, or words swapped for others."""
    for kind, where, new in changes:
        at = int(where * len(text))
        if kind == "cut":
            text = text[:at] + text[at + 1 + len(new) :]
        elif kind == "add":
            text = text[:at] + new + text[at:]
        else:
            words = text.split(" ")
            words[int(where * len(words))] = new
            text = " ".join(words)
    return text


def sound(problems: list[Problem], text: str) -> None:
    """Each problem is one line, at a place that is in the file."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for problem in problems:
        assert "\n" not in str(problem)
        assert 0 <= problem.line <= len(lines)


@given(st.sampled_from(TEXTS), edits)
def test_a_damaged_lane(text: str, changes: list[tuple[str, float, str]]) -> None:
    broken = damaged(fixture.complete(text, TEXTS[0]), changes)
    lane, problems = fixture.load(broken)
    sound(problems, broken + TEXTS[0])
    assert lane is not None or problems


@given(edits)
def test_a_damaged_practice(changes: list[tuple[str, float, str]]) -> None:
    broken = damaged(PRACTICE, changes)
    try:
        practice, problems = fixture.load_practice_text(broken)
    except LaneflowError as error:
        practice, problems = None, list(error.problems)
    sound(problems, broken)
    assert practice is not None or problems


def problems_of(content: bytes) -> list[Problem]:
    """What reading says; nothing where it is plain YAML."""
    try:
        read(content, "x.yaml")
    except LaneflowError as error:
        return list(error.problems) or [Problem("x.yaml", -1, 0, "refused without a reason")]
    return []


@given(st.text(max_size=200))
def test_any_text_at_all(text: str) -> None:
    sound(problems_of(text.encode("utf-8", "surrogatepass")), text)


@given(st.binary(max_size=200))
def test_any_bytes_at_all(content: bytes) -> None:
    sound(problems_of(content), content.decode("latin-1"))
