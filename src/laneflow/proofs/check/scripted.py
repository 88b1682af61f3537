"""What is wrong with scripts and task titles, told once, at the word, where a lane names them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from laneflow.errors import Problem
from laneflow.lanes.yaml import Document


def at_their_place(
    problems: Iterable[Problem], documents: Mapping[str, Document], folder: Path
) -> list[Problem]:
    """Problems of titles, which know their task only, at the title's own line and word."""
    return [
        _of_title(problem, documents[problem.file], folder)
        if problem.path == "do" and problem.file in documents
        else problem
        for problem in problems
    ]


def _of_title(problem: Problem, document: Document, folder: Path) -> Problem:
    here = (problem.line, problem.column)
    titles = (path for path in document.places if path and path[-1] == "do")
    path = next((p for p in titles if document.place(p[:-1]) == here), None)
    if path is None:
        return problem
    moved = document.problem(path, problem.what, problem.hint, at_value=True, code=problem.code)
    lines = (folder / problem.file).read_text(encoding="utf-8-sig", errors="replace").splitlines()
    line = lines[moved.line - 1] if moved.line <= len(lines) else ""
    named = problem.what.split('"')[1::2]
    found = line.find(named[0], moved.column - 1) if named else -1
    return replace(moved, column=found + 1) if found >= 0 else moved


def told_once(problems: Iterable[Problem]) -> list[Problem]:
    """Without what several looks at the files told of the same script.

    A channel nobody wrote is an error at the attempt that asks for it. A script that is not there
    is told where it is named; and while one is, what seems unused may be what was meant.
    """
    told = list(dict.fromkeys(problems))
    asked = {(p.file, p.hint) for p in told if p.code == "script-channel-missing"}
    named = {(p.file, p.what) for p in told if p.code == "unknown-script" and p.path}
    unwritten = {(p.file, p.hint): p for p in told if p.code == "missing-channel"}
    astray = any(p.code == "unknown-script" for p in told)

    def again(problem: Problem) -> bool:
        if problem.code == "missing-channel":
            return (problem.file, problem.hint) in asked
        if problem.code == "unknown-script":
            return not problem.path and (problem.file, problem.what) in named
        return problem.code == "unused-script" and astray

    def firm(problem: Problem) -> Problem:
        same = unwritten.get((problem.file, problem.hint))
        if same is None or problem.code != "script-channel-missing":
            return problem
        return replace(problem, what=same.what, severity=same.severity, code=same.code)

    return [firm(problem) for problem in told if not again(problem)]
