"""What is wrong with a practice's scripts and task titles before anybody has to read them aloud."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jinja2 import TemplateError, nodes

from laneflow.errors import LaneflowError, Problem, did_you_mean
from laneflow.outreach.context import NAMES
from laneflow.outreach.endless import endless, first_of_each_circle, reached
from laneflow.outreach.environment import FOLDER, ScriptEnvironment, environment, readable
from laneflow.outreach.prompt import CHANNELS, channels_of, choose
from laneflow.outreach.vet import below

if TYPE_CHECKING:
    from laneflow.lanes.model import Lane, TaskSpec, Where
    from laneflow.practice.model import LoadedPractice

Used = dict[str, tuple[str, int]]
"""Dotted name -> the file and line where it is first used."""


class Read(NamedTuple):
    """What one script uses: facts, and other scripts by name."""

    used: Used
    others: dict[str, int]
    """name -> the line that asks for it"""


def check_scripts(loaded: LoadedPractice) -> list[Problem]:
    """Every problem of the scripts under ``scripts/`` and of the titles of tasks, in file order.

    A script that does not compile or would not come to an end, a channel a task needs and no
    script has, a fact no lane that uses the script declares. Reads every script once; renders none.
    """
    folder = loaded.folder
    env = environment(folder)
    problems: list[Problem] = []
    files = _files(folder)
    read: dict[str, Read] = {}
    for name in files:
        tree = _tree(env, folder, name, problems)
        if tree is not None:
            read[name] = _reading(tree, f"{FOLDER}/{name}")
    problems += _circles(read)
    users: dict[str, list[Lane]] = {}
    title = cache(partial(_title, env))  # lanes share many
    for lane in loaded.lanes.values():
        problems += _check_titles(lane, title)
        for script, channels, where in _wanted(lane):
            users.setdefault(script, []).append(lane)
            problems += _check_found(loaded, script, channels, where, files)
    problems += _check_names(users, read)
    return sorted(dict.fromkeys(problems), key=lambda problem: problem.order)


def _files(folder: str) -> dict[str, None]:
    """Every script's name under ``scripts/``, sorted."""
    root = Path(folder, FOLDER)
    return dict.fromkeys(sorted(path.relative_to(root).as_posix() for path in root.rglob("*.j2")))


_GOES_ROUND = re.compile(r"\b(?:range|macro|self)\b")
"""What a script without loops of its own making does not hold."""

_SHORTER = "A script is read to the end in one go."


def _circles(read: dict[str, Read]) -> Iterator[Problem]:
    """Scripts that build on, include or import each other in a circle, at one place of it."""
    leads = {name: script.others for name, script in read.items()}
    for name in first_of_each_circle(leads):
        line = min(at for other, at in leads[name].items() if name in reached(leads, other))
        what = "the script goes in circles: it leads back to itself"
        yield Problem(f"{FOLDER}/{name}", line, 1, what, "Look for one that includes itself.")


def _tree(
    env: ScriptEnvironment, folder: str, name: str, problems: list[Problem]
) -> nodes.Template | None:
    file = f"{FOLDER}/{name}"
    try:
        source = readable(Path(folder, FOLDER, name).read_bytes(), file)
        tree = env.parse(source, name)
        if _GOES_ROUND.search(source):
            problems.extend(Problem(file, line, 1, what, _SHORTER) for line, what in endless(tree))
        return tree
    except LaneflowError as error:
        problems.extend(error.problems)
    except (TemplateError, RecursionError, ValueError) as error:
        problems.append(env.explain(error, file))
    except OSError as error:
        problems.append(Problem(file, 0, 0, f"cannot be read ({error.strerror})"))
    return None


def _tasks(lane: Lane) -> Iterator[TaskSpec]:
    for status in lane.statuses.values():
        yield status.task
    for barrier in lane.barriers.values():
        if barrier.task is not None:
            yield barrier.task


def _wanted(lane: Lane) -> Iterator[tuple[str, tuple[str, ...], Where | None]]:
    """(script, channels it must be written for, where that is asked)."""
    for task in _tasks(lane):
        if task.script:
            yield task.script, tuple(dict.fromkeys(a.by for a in task.attempts)), task.where
    for item in lane.checklist:
        if item.chase is not None and item.chase.script:
            by = (item.chase.by,) if item.chase.by else ()
            yield item.chase.script, by, item.where


def _check_found(
    loaded: LoadedPractice,
    script: str,
    channels: tuple[str, ...],
    where: Where | None,
    files: Container[str],
) -> Iterator[Problem]:
    default = loaded.practice.languages[0]
    file, line, column = (where.file, where.line, where.column) if where else (FOLDER, 0, 0)
    there = files.__contains__
    missing = [by for by in channels if choose(there, script, by, default, default) is None]
    if missing == list(channels) and not channels_of(loaded.folder, script):
        known = {_script_of(name) for name in _files(loaded.folder)}
        hint = did_you_mean(script, known, f"Write {FOLDER}/{script}.phone.j2.")
        yield Problem(file, line, column, f'there is no script "{script}"', hint)
        return
    for channel in missing:
        what = f'script "{script}" is not written for {channel}'
        hint = f"Write {FOLDER}/{script}.{channel}.j2."
        yield Problem(file, line, column, what, hint)


def _check_names(users: dict[str, list[Lane]], read: dict[str, Read]) -> Iterator[Problem]:
    own = {lane.id: known_names(lane) for lanes in users.values() for lane in lanes}
    known = {
        script: set[str]().union(*(own[lane.id] for lane in lanes))
        for script, lanes in users.items()
    }
    for name in read:
        script = _script_of(name)
        if script in known:
            yield from _unknown(_with_bases(name, read), known[script])


def _title(env: ScriptEnvironment, text: str) -> tuple[Used, tuple[Problem, ...]]:
    """The names a task's title reads, and what is wrong with it, at no place as yet."""
    try:
        tree = env.parse(readable(text.encode(), ""))
    except LaneflowError as error:
        return {}, error.problems
    except (TemplateError, RecursionError, ValueError) as error:
        return {}, (env.explain(error, ""),)
    return _reading(tree, "").used, ()


def _check_titles(
    lane: Lane, title: Callable[[str], tuple[Used, tuple[Problem, ...]]]
) -> Iterator[Problem]:
    known = known_names(lane)
    for task in _tasks(lane):
        if "{" not in task.do:
            continue
        where = task.where or lane.where
        file, line, column = (where.file, where.line, where.column) if where else (lane.file, 0, 0)
        used, found = title(task.do)
        for problem in (*found, *_unknown(used, known)):
            yield Problem(file, line, column, problem.what, problem.hint, path="do")


def known_names(lane: Lane) -> set[str]:
    """Every dotted name a script of this lane may use."""
    names = {f"{head}.{part}" for head, parts in NAMES.items() for part in parts}
    names |= {head for head, parts in NAMES.items() if not parts}
    names |= set(lane.facts) | {f"opening.{fact}" for fact in lane.facts} | {"opening.patient.age"}
    return names | {f"windows.{window}" for window in lane.windows}


def _unknown(used: Used, known: set[str]) -> Iterator[Problem]:
    for name, (file, line) in used.items():
        parts = name.split(".")
        whole = any(".".join(parts[:n]) in known for n in range(1, len(parts) + 1))
        if not whole and not any(other.startswith(name + ".") for other in known):
            hint = did_you_mean(name, known, "Declare it under facts: in the lane.")
            yield Problem(file, line, 1, f'unknown fact "{name}"', hint)


def _with_bases(name: str, read: dict[str, Read]) -> Used:
    used: Used = {}
    waiting, seen = [name], set[str]()
    while waiting:
        here = waiting.pop()
        if here in seen or here not in read:
            continue
        seen.add(here)
        used = read[here].used | used
        waiting += read[here].others
    return used


def _reading(tree: nodes.Template, file: str) -> Read:
    """The dotted names a template reads and does not itself give a value, in one walk."""
    own = {"self", "super", "loop", "range", "caller"}
    used: Used = {}
    others: dict[str, int] = {}
    waiting: list[nodes.Node] = [tree]
    while waiting:
        node = waiting.pop()
        if type(node) in _SILENT:
            continue
        name = _dotted(node)
        if name:
            used.setdefault(name, (file, node.lineno))
            continue
        if type(node) in _NAMING:
            own |= _given(node)
            others |= _other(node)
        waiting.extend(reversed(below(node)))
    theirs = {name: at for name, at in used.items() if name.split(".")[0] not in own}
    return Read(theirs, others)


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


def _dotted(node: nodes.Node) -> str:
    parts: list[str] = []
    while isinstance(node, nodes.Getattr):
        parts.append(node.attr)
        node = node.node
    if not isinstance(node, nodes.Name) or node.ctx != "load":
        return ""
    return ".".join([node.name, *reversed(parts)])


def _script_of(name: str) -> str:
    """``discharge/first-call`` of ``discharge/first-call.phone.es.j2``."""
    stem = name.removesuffix(".j2")
    for channel in CHANNELS:
        head, found, rest = stem.rpartition(f".{channel}")
        if found and (not rest or rest.startswith(".")):
            return head
    return stem
