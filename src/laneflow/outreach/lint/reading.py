"""What a script reads: its syntax tree, the facts it uses, the other scripts it builds on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from jinja2 import TemplateError, nodes

from laneflow.errors import LaneflowError, Problem
from laneflow.outreach.endless import endless, first_of_each_circle, reached
from laneflow.outreach.environment import FOLDER, ScriptEnvironment, readable
from laneflow.outreach.lint.places import column_of, first_tag
from laneflow.outreach.vet import below

Used = dict[str, tuple[str, int]]
"""Dotted name -> the script and line where it is first used."""

_GOES_ROUND = re.compile(r"\b(?:range|macro|self)\b")
"""What a script without loops of its own making does not hold."""
_READABLE = "Look at who may read the file."
_SHORTER = "A script is read to the end in one go."
_ENDS = re.compile(r"'(end[a-z]+)'")
_QUOTED = re.compile(r'"([^"\s]+)"')


class Read(NamedTuple):
    """One script file that compiles."""

    source: str
    tree: nodes.Template
    used: Used
    others: dict[str, int]
    """The scripts it extends, includes or imports -> the line that asks for each."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Every script file of a practice: ``files`` all of them, ``read`` those that compile."""

    files: dict[str, None]
    read: Mapping[str, Read]
    problems: tuple[Problem, ...]

    def tree(self, name: str) -> nodes.Template | None:
        """A script's syntax tree; None where it is not there or does not compile."""
        found = self.read.get(name)
        return found.tree if found is not None else None

    def source(self, name: str) -> str:
        """A script's text; "" where it is not there or does not compile."""
        found = self.read.get(name)
        return found.source if found is not None else ""

    def block(self, name: str, block: str) -> tuple[str, int]:
        """Where the words of a block of this script are written: script and line.

        In the script itself, else in what it builds on; the script and 0 where nobody writes it.
        """
        here, seen = name, set[str]()
        while here in self.read and here not in seen:
            seen.add(here)
            tree = self.read[here].tree
            for node in tree.find_all(nodes.Block):
                if node.name == block:
                    return here, node.lineno
            bases = [node.template for node in tree.find_all(nodes.Extends)]
            here = str(bases[0].value) if bases and isinstance(bases[0], nodes.Const) else ""
        return name, 0

    def column(self, name: str, line: int, fact: str) -> int:
        """Where in a line of a script a fact, a filter or a macro is named."""
        return column_of(self.source(name), line, fact)


def shelf(folder: str, env: ScriptEnvironment) -> Shelf:
    """Read every script under ``scripts/`` once; renders none."""
    root = Path(folder, FOLDER)
    names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.j2"))
    files = dict.fromkeys(names)
    problems: list[Problem] = []
    read: dict[str, Read] = {}
    for name in files:
        found = _read(env, root / name, name, problems)
        if found is not None:
            read[name] = found
    leads = {name: script.others for name, script in read.items()}
    for name in first_of_each_circle(leads):
        line = min(at for other, at in leads[name].items() if name in reached(leads, other))
        what = "the script goes in circles: it leads back to itself"
        hint = "Look for one that includes itself."
        problems.append(Problem(f"{FOLDER}/{name}", line, 1, what, hint, code="endless-script"))
    return Shelf(files, read, tuple(problems))


def _read(env: ScriptEnvironment, path: Path, name: str, problems: list[Problem]) -> Read | None:
    file = f"{FOLDER}/{name}"
    source = ""
    try:
        source = readable(path.read_bytes(), file)
        tree = env.parse(source, name)
        if _GOES_ROUND.search(source):
            problems.extend(
                Problem(file, line, 1, what, _SHORTER, code="endless-script")
                for line, what in endless(tree)
            )
        used, others = names_in(tree, name)
        return Read(source, tree, used, others)
    except LaneflowError as error:
        problems.extend(replace(problem, code="unreadable-script") for problem in error.problems)
    except (TemplateError, RecursionError, ValueError) as error:
        problems.append(pointed(env.explain(error, file), source))
    except OSError as error:
        what, hint = f"cannot be read: {(error.strerror or 'no reason given').lower()}", _READABLE
        if path.is_dir():
            what = "this is a folder, not a file"
            hint = "Give the folder another name, or remove it."
        problems.append(Problem(file, 0, 0, what, hint, code="unreadable-script"))
    return None


def pointed(problem: Problem, source: str) -> Problem:
    """The problem of a script that does not compile, at the word it names."""
    if not problem.line:
        return replace(problem, code="script-syntax")
    ends = _ENDS.findall(problem.what) if problem.what.startswith("Unexpected end") else []
    if ends:
        line, column = _last_open(source, ends[-1].removeprefix("end")) or (problem.line, 1)
        what = f"what is begun here is never ended: {{% {ends[-1]} %}} is missing"
        hint = f"Write {{% {ends[-1]} %}} where it ends."
        return Problem(problem.file, line, column, what, hint, code="script-syntax")
    named = _QUOTED.search(problem.what)
    column = column_of(source, problem.line, named.group(1)) if named else 1
    if column == 1:
        column = first_tag(source, problem.line)
    return replace(problem, column=column, code="script-syntax")


def _last_open(source: str, tag: str) -> tuple[int, int] | None:
    """Line and column of the last ``{% tag`` that no ``{% endtag`` answers."""
    waiting: list[int] = []
    for found in re.finditer(rf"{{%[-+]?\s*(end)?{tag}\b", source):
        if not found.group(1):
            waiting.append(found.start())
        elif waiting:
            waiting.pop()
    if not waiting:
        return None
    before = source[: waiting[-1]]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def names_in(tree: nodes.Template, file: str) -> tuple[Used, dict[str, int]]:
    """The dotted names a template reads and does not itself give a value, and whom it asks for."""
    own = {"self", "super", "loop", "range", "caller"}
    used: Used = {}
    others: dict[str, int] = {}
    waiting: list[nodes.Node] = [tree]
    while waiting:
        node = waiting.pop()
        if type(node) in _SILENT:
            continue
        name = dotted(node)
        if name:
            used.setdefault(name, (file, node.lineno))
            continue
        if type(node) in _NAMING:
            own |= _given(node)
            others |= _other(node)
        waiting.extend(reversed(below(node)))
    return {name: at for name, at in used.items() if name.split(".")[0] not in own}, others


_SILENT = frozenset({nodes.TemplateData, nodes.Const})
_NAMING = frozenset({
    nodes.Name, nodes.Macro, nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport,
})  # fmt: skip
"""What may give a name a meaning, or name another script."""


def _given(node: nodes.Node) -> set[str]:
    """The names this node gives a meaning within its template."""
    if isinstance(node, nodes.Name) and node.ctx != "load":
        return {node.name}
    if isinstance(node, nodes.Macro):
        return {node.name}
    if isinstance(node, nodes.Import):
        return {node.target}
    if isinstance(node, nodes.FromImport):
        return {name if isinstance(name, str) else name[1] for name in node.names}
    return set()


def _other(node: nodes.Node) -> dict[str, int]:
    """The script this node extends, includes or imports, and on which line."""
    if not isinstance(node, nodes.Extends | nodes.Include | nodes.Import | nodes.FromImport):
        return {}
    return {node.template.value: node.lineno} if isinstance(node.template, nodes.Const) else {}


def dotted(node: nodes.Node) -> str:
    """``patient.first_name`` for the expression that reads it; "" for any other."""
    parts: list[str] = []
    while isinstance(node, nodes.Getattr):
        parts.append(node.attr)
        node = node.node
    if not isinstance(node, nodes.Name) or node.ctx != "load":
        return ""
    return ".".join([node.name, *reversed(parts)])
