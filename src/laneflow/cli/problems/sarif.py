"""Problems as SARIF 2.1.0, the format code scanning tools exchange."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from laneflow import __version__
from laneflow.cli.problems.kinds import meaning
from laneflow.errors import Problem

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def log(
    problems: Sequence[Problem], unchecked: Iterable[str] = (), prefix: str = ""
) -> dict[str, Any]:
    """One run with every problem as a result, and what was not checked as notifications.

    A result's ``ruleId`` is the problem's code. Columns count Unicode code points from 1. Paths are
    relative to the practice folder, with ``prefix`` before them.
    """
    rules = sorted({_rule_id(problem) for problem in problems})
    notes = [
        {"level": "note", "message": {"text": text}, "descriptor": {"id": "not-checked"}}
        for text in unchecked
    ]
    run: dict[str, Any] = {
        "tool": {"driver": _driver(rules)},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, rules, prefix) for problem in problems],
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _driver(rules: list[str]) -> dict[str, Any]:
    return {
        "name": "laneflow",
        "version": __version__,
        "rules": [
            {
                "id": rule,
                "name": "".join(word.capitalize() for word in rule.split("-")),
                "shortDescription": {"text": meaning(rule)},
            }
            for rule in rules
        ],
    }


def _rule_id(problem: Problem) -> str:
    return problem.code or "problem"


def _result(problem: Problem, rules: list[str], prefix: str) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(prefix + problem.file)}}
    if problem.line:
        place["region"] = {"startLine": problem.line, "startColumn": max(problem.column, 1)}
    location: dict[str, Any] = {"physicalLocation": place}
    if problem.path:
        location["logicalLocations"] = [{"fullyQualifiedName": problem.path}]
    return {
        "ruleId": _rule_id(problem),
        "ruleIndex": rules.index(_rule_id(problem)),
        "level": problem.severity,
        "message": {"text": problem.said},
        "locations": [location],
    }


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path)
