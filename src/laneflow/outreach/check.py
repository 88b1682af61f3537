"""What is wrong with a practice's scripts and task titles before anybody has to read them aloud."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING

from jinja2 import TemplateError

from laneflow.errors import LaneflowError, Problem, did_you_mean
from laneflow.outreach.endless import reached
from laneflow.outreach.environment import FOLDER, ScriptEnvironment, environment, readable
from laneflow.outreach.lint.names import (
    known_names,
    mixed,
    parsed,
    scripts_used,
    tasks_of,
    untranslated,
    unused,
    wanted_by,
)
from laneflow.outreach.lint.privacy import leaks
from laneflow.outreach.lint.reading import Shelf, Used, names_in, shelf
from laneflow.outreach.lint.translation import untold
from laneflow.outreach.prompt import choose

if TYPE_CHECKING:
    from laneflow.lanes.model import Lane, Where
    from laneflow.practice.model import LoadedPractice

Column = Callable[[str, int, str], int]
"""(script, line, name) -> where in that line the name stands."""


def check_scripts(loaded: LoadedPractice) -> list[Problem]:
    """Every problem of the scripts under ``scripts/`` and of the titles of tasks, in file order.

    A script that does not compile or would not come to an end; a channel a task needs and no
    script has; a fact no lane that uses the script declares; a private fact on which the words of
    a voicemail or a text message depend; and, as warnings, a language not written, a script that
    mixes two, and one nothing uses. Reads every script once; renders none. What takes rendered
    samples to see is told by ``outreach.lint.linting``.
    """
    return problems_of(loaded, shelf(loaded.folder, environment(loaded.folder)))


def problems_of(
    loaded: LoadedPractice, scripts: Shelf, *, every_lane: bool = True
) -> list[Problem]:
    """As ``check_scripts``, for scripts that have been read already.

    ``every_lane``: no lane was left out of ``loaded``. Otherwise what rests on lanes that use a
    script is not told: facts none of them declares, and scripts nothing uses.
    """
    env = environment(loaded.folder)
    problems = list(scripts.problems)
    title = cache(partial(_title, env))  # lanes share many
    known = {parsed(name).script for name in scripts.files if parsed(name).channel}
    for lane in loaded.lanes.values():
        problems += _check_titles(lane, title)
        for script, channels, where in wanted_by(lane):
            problems += _check_found(loaded, script, channels, where, scripts.files, known)
    leads = {name: read.others for name, read in scripts.read.items()}
    if every_lane:
        problems += _check_names(loaded, scripts, leads)
    problems += _check_private(loaded, scripts)
    problems += _check_languages(loaded, scripts, leads)
    if every_lane and loaded.lanes:
        problems += unused(loaded, scripts.files, leads)
    return sorted(dict.fromkeys(problems), key=lambda problem: problem.order)


def _check_found(
    loaded: LoadedPractice,
    script: str,
    channels: tuple[str, ...],
    where: Where | None,
    files: Collection[str],
    known: Collection[str],
) -> Iterator[Problem]:
    default = loaded.practice.languages[0]
    file, line, column = (where.file, where.line, where.column) if where else (FOLDER, 0, 0)
    there = files.__contains__
    missing = [by for by in channels if choose(there, script, by, default, default) is None]
    if missing == list(channels) and script not in known:
        hint = did_you_mean(script, known, f"Write {FOLDER}/{script}.phone.j2.")
        what = f'there is no script "{script}"'
        yield Problem(file, line, column, what, hint, code="unknown-script")
        return
    for channel in missing:
        what = f'script "{script}" is not written for {channel}'
        hint = f"Write {FOLDER}/{script}.{channel}.j2."
        yield Problem(file, line, column, what, hint, code="missing-channel")


def _check_names(
    loaded: LoadedPractice, scripts: Shelf, leads: Mapping[str, Mapping[str, int]]
) -> Iterator[Problem]:
    """Facts no lane that uses a script declares, in it or in what it builds on."""
    own = {lane.id: known_names(lane) for lane in loaded.lanes.values()}
    known = {
        script: set[str]().union(*(own[lane] for lane in lanes))
        for script, lanes in scripts_used(loaded).items()
    }
    for name in scripts.read:
        script = parsed(name).script
        if script in known:
            used: Used = {}
            for piece in reached(leads, name):
                if piece in scripts.read:
                    used = scripts.read[piece].used | used
            yield from _unknown(used, known[script], scripts.column)


def _check_private(loaded: LoadedPractice, scripts: Shelf) -> Iterator[Problem]:
    heads = {name.split(".")[0] for lane in loaded.lanes.values() for name in known_names(lane)}
    for name in scripts.read:
        if not name.startswith("_"):
            channel = parsed(name).channel
            yield from leaks(name, channel, scripts.tree, scripts.source, heads)


def _check_languages(
    loaded: LoadedPractice, scripts: Shelf, leads: Mapping[str, Mapping[str, int]]
) -> Iterator[Problem]:
    yield from untranslated(loaded, scripts.files)
    yield from untold(loaded, scripts)
    for name, line, what, hint in mixed(loaded.practice.languages[0], leads, scripts.files):
        file = f"{FOLDER}/{name}"
        yield Problem(file, line, 1, what, hint, severity="warning", code="mixed-languages")


def _title(env: ScriptEnvironment, text: str) -> tuple[Used, tuple[Problem, ...]]:
    """The names a task's title reads, and what is wrong with it, at no place as yet."""
    try:
        tree = env.parse(readable(text.encode(), ""))
    except LaneflowError as error:
        return {}, error.problems
    except (TemplateError, RecursionError, ValueError) as error:
        return {}, (replace(env.explain(error, ""), code="script-syntax"),)
    return names_in(tree, "")[0], ()


def _check_titles(
    lane: Lane, title: Callable[[str], tuple[Used, tuple[Problem, ...]]]
) -> Iterator[Problem]:
    known = known_names(lane)
    for task in tasks_of(lane):
        if "{" not in task.do:
            continue
        where = task.where or lane.where
        file, line, column = (where.file, where.line, where.column) if where else (lane.file, 0, 0)
        used, found = title(task.do)
        for problem in (*found, *_unknown(used, known, lambda *_: 1)):
            what, hint, code = problem.what, problem.hint, problem.code
            yield Problem(file, line, column, what, hint, path="do", code=code)


def _unknown(used: Used, known: set[str], column: Column) -> Iterator[Problem]:
    for name, (script, line) in used.items():
        parts = name.split(".")
        whole = any(".".join(parts[:n]) in known for n in range(1, len(parts) + 1))
        if not whole and not any(other.startswith(name + ".") for other in known):
            hint = did_you_mean(name, known, "Declare it under facts: in the lane.")
            file, at = f"{FOLDER}/{script}", column(script, line, name)
            yield Problem(file, line, at, f'unknown fact "{name}"', hint, code="unknown-fact")
