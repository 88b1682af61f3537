"""Problems as GitHub's workflow commands, which mark the lines of a pull request."""

from __future__ import annotations

from laneflow.errors import Problem

_IN_MESSAGE = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY = {**_IN_MESSAGE, ":": "%3A", ",": "%2C"}


def annotation(problem: Problem, prefix: str = "") -> str:
    """One ``::error …::`` or ``::warning …::`` line.

    ``prefix`` is the practice folder's path in the repository, with its slash.
    Escaping as GitHub's own toolkit does it (actions/toolkit, ``command.ts``).
    """
    properties = {"file": prefix + problem.file}
    if problem.line:
        properties |= {"line": str(problem.line), "col": str(problem.column)}
    properties["title"] = f"laneflow {problem.code}".strip()
    said = ",".join(f"{name}={_escaped(value, _IN_PROPERTY)}" for name, value in properties.items())
    return f"::{problem.severity} {said}::{_escaped(_message(problem), _IN_MESSAGE)}"


def _message(problem: Problem) -> str:
    where = f"{problem.path}: " if problem.path else ""
    return f"{where}{problem.said}"


def _escaped(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(character, character) for character in text)
