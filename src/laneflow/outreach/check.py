"""What is wrong with a practice's scripts and task titles before anybody has to read them aloud."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import TemplateError, nodes

from laneflow.errors import LaneflowError, Problem, did_you_mean
from laneflow.outreach.context import NAMES
from laneflow.outreach.environment import FOLDER, ScriptEnvironment, environment, readable
from laneflow.outreach.prompt import CHANNELS, channels_of, find

if TYPE_CHECKING:
    from laneflow.lanes.model import Lane, TaskSpec, Where
    from laneflow.practice.model import LoadedPractice

Used = dict[str, tuple[str, int]]
"""Dotted name -> the file and line where it is first used."""


def check_scripts(loaded: LoadedPractice) -> list[Problem]:
    """Every problem of the scripts under ``scripts/`` and of the titles of tasks, in file order.

    A script that does not compile, a channel a task needs and no script has, a fact no lane that
    uses the script declares. Reads every script once; renders none.
    """
    folder = loaded.folder
    env = environment(folder)
    problems: list[Problem] = []
    trees: dict[str, nodes.Template] = {}
    for name in _files(folder):
        tree = _tree(env, folder, name, problems)
        if tree is not None:
            trees[name] = tree
    users: dict[str, list[Lane]] = {}
    for lane in loaded.lanes.values():
        problems += _check_titles(env, lane)
        for script, channels, where in _wanted(lane):
            users.setdefault(script, []).append(lane)
            problems += _check_found(loaded, script, channels, where)
    for script, lanes in users.items():
        problems += _check_names(script, lanes, trees)
    return sorted(dict.fromkeys(problems), key=lambda problem: problem.order)


def _files(folder: str) -> list[str]:
    root = Path(folder, FOLDER)
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*.j2"))


def _tree(
    env: ScriptEnvironment, folder: str, name: str, problems: list[Problem]
) -> nodes.Template | None:
    file = f"{FOLDER}/{name}"
    try:
        source = readable(Path(folder, FOLDER, name).read_bytes(), file)
        return env.parse(source, name)
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
    loaded: LoadedPractice, script: str, channels: tuple[str, ...], where: Where | None
) -> Iterator[Problem]:
    default = loaded.practice.languages[0]
    written = channels_of(loaded.folder, script)
    file, line, column = (where.file, where.line, where.column) if where else (FOLDER, 0, 0)
    if not written:
        known = {_script_of(name) for name in _files(loaded.folder)}
        hint = did_you_mean(script, known, f"Write {FOLDER}/{script}.phone.j2.")
        yield Problem(file, line, column, f'there is no script "{script}"', hint)
        return
    for channel in channels:
        if find(loaded.folder, script, channel, default, default) is None:
            what = f'script "{script}" is not written for {channel}'
            hint = f"Write {FOLDER}/{script}.{channel}.j2."
            yield Problem(file, line, column, what, hint)


def _check_names(
    script: str, lanes: list[Lane], trees: dict[str, nodes.Template]
) -> Iterator[Problem]:
    known = set[str]().union(*(known_names(lane) for lane in lanes))
    for name in trees:
        if _script_of(name) == script:
            yield from _unknown(_used_with_bases(name, trees), known)


def _check_titles(env: ScriptEnvironment, lane: Lane) -> Iterator[Problem]:
    known = known_names(lane)
    for task in _tasks(lane):
        if "{" not in task.do:
            continue
        where = task.where or lane.where
        file, line, column = (where.file, where.line, where.column) if where else (lane.file, 0, 0)
        try:
            tree = env.parse(readable(task.do.encode(), file))
        except LaneflowError as error:
            found = error.problems
        except (TemplateError, RecursionError, ValueError) as error:
            found = (env.explain(error, file),)
        else:
            found = tuple(_unknown(_used(tree, file), known))
        for problem in found:
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


def _used_with_bases(name: str, trees: dict[str, nodes.Template]) -> Used:
    used: Used = {}
    waiting, seen = [name], set[str]()
    while waiting:
        here = waiting.pop()
        tree = trees.get(here)
        if here in seen or tree is None:
            continue
        seen.add(here)
        used = _used(tree, f"{FOLDER}/{here}") | used
        waiting += _others(tree)
    return used


def _others(tree: nodes.Template) -> Iterable[str]:
    for kind in (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport):
        for node in tree.find_all(kind):
            name = getattr(node, "template", None)
            if isinstance(name, nodes.Const):
                yield str(name.value)


def _used(tree: nodes.Template, file: str) -> Used:
    """The dotted names a template reads and does not itself give a value."""
    own = {"self", "super", "loop", "range", "caller", "true", "false", "none"}
    own |= {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
    own |= {macro.name for macro in tree.find_all(nodes.Macro)}
    own |= {module.target for module in tree.find_all(nodes.Import)}
    for module in tree.find_all(nodes.FromImport):
        own |= {name if isinstance(name, str) else name[1] for name in module.names}
    used: Used = {}
    waiting: list[nodes.Node] = [tree]
    while waiting:
        node = waiting.pop()
        name = _dotted(node)
        if not name:
            waiting.extend(reversed(list(node.iter_child_nodes())))
        elif name.split(".")[0] not in own:
            used.setdefault(name, (file, node.lineno))
    return used


def _dotted(node: nodes.Node) -> str:
    parts: list[str] = []
    while isinstance(node, nodes.Getattr):
        parts.append(node.attr)
        node = node.node
    return ".".join([node.name, *reversed(parts)]) if isinstance(node, nodes.Name) else ""


def _script_of(name: str) -> str:
    """``discharge/first-call`` of ``discharge/first-call.phone.es.j2``."""
    stem = name.removesuffix(".j2")
    for channel in CHANNELS:
        head, found, rest = stem.rpartition(f".{channel}")
        if found and (not rest or rest.startswith(".")):
            return head
    return stem
