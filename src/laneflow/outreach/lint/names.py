"""The names of script files: which script, channel and language one is for, and who uses it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from laneflow.errors import Problem, listing, nearest
from laneflow.outreach.context import NAMES
from laneflow.outreach.endless import reached
from laneflow.outreach.prompt import CHANNELS, PARTNER_SCRIPTS, choose

if TYPE_CHECKING:
    from laneflow.lanes.model import Lane, TaskSpec, Where
    from laneflow.practice.model import LoadedPractice

FOLDER = "scripts"
LANGUAGES = {"en": "English", "es": "Spanish", "fr": "French", "pt": "Portuguese", "de": "German",
             "zh": "Chinese", "vi": "Vietnamese", "ko": "Korean", "ru": "Russian", "ar": "Arabic",
             "tl": "Tagalog", "ht": "Haitian Creole", "pl": "Polish", "it": "Italian"}  # fmt: skip


class Name(NamedTuple):
    """``discharge/first-call``, ``phone``, ``es`` of ``discharge/first-call.phone.es.j2``.

    ``channel`` and ``locale`` are "" where the name has none; a base such as
    ``_base/written.es.j2`` has a locale and no channel.
    """

    script: str
    channel: str
    locale: str


@lru_cache(maxsize=10_000)
def parsed(name: str) -> Name:
    """The parts of a script's file name, relative to ``scripts/``."""
    folder, slash, last = name.removesuffix(".j2").rpartition("/")
    first, *rest = last.split(".")
    for n in reversed(range(len(rest))):
        if rest[n] in CHANNELS and len(rest) - n <= 2:
            stem = ".".join([first, *rest[:n]])
            return Name(folder + slash + stem, rest[n], "".join(rest[n + 1 :]))
    locale = rest[-1] if rest and rest[-1] in LANGUAGES else ""
    return Name(name.removesuffix(".j2").removesuffix(f".{locale}"), "", locale)


def language(locale: str) -> str:
    """``Spanish`` for ``es``; a language without a name here keeps its code."""
    return LANGUAGES.get(locale, f'"{locale}"')


def tasks_of(lane: Lane) -> Iterator[TaskSpec]:
    """Every task a lane describes: its statuses' and its barriers'."""
    for status in lane.statuses.values():
        yield status.task
    for barrier in lane.barriers.values():
        if barrier.task is not None:
            yield barrier.task


def wanted_by(lane: Lane) -> Iterator[tuple[str, tuple[str, ...], Where | None]]:
    """(script, channels it must be written for, where that is asked) of everything a lane says."""
    for task in tasks_of(lane):
        if task.script:
            yield task.script, tuple(dict.fromkeys(a.by for a in task.attempts)), task.where
    for item in lane.checklist:
        if item.chase is not None and item.chase.script:
            by = (item.chase.by,) if item.chase.by else ()
            yield item.chase.script, by, item.where


def known_names(lane: Lane) -> set[str]:
    """Every dotted name a script of this lane may use."""
    names = {f"{head}.{part}" for head, parts in NAMES.items() for part in parts}
    names |= {head for head, parts in NAMES.items() if not parts}
    names |= set(lane.facts) | {f"opening.{fact}" for fact in lane.facts} | {"opening.patient.age"}
    return names | {f"windows.{window}" for window in lane.windows}


def scripts_used(loaded: LoadedPractice) -> dict[str, tuple[str, ...]]:
    """Each script some lane names (``discharge/first-call``), and the ids of those lanes."""
    used: dict[str, dict[str, None]] = {}
    for lane in loaded.lanes.values():
        for script, _, _ in wanted_by(lane):
            used.setdefault(script, {})[lane.id] = None
    return {script: tuple(lanes) for script, lanes in used.items()}


def unused(
    loaded: LoadedPractice, files: Collection[str], leads: Mapping[str, Collection[str]]
) -> Iterator[Problem]:
    """Script files nothing ever says: no lane names them, and nothing that is said builds on them.

    ``leads``: for each file, the files it extends, includes or imports.
    """
    asked = scripts_used(loaded)
    said = [name for name in files if parsed(name).channel and parsed(name).script in asked]
    in_use = reached(leads, *said)
    for name in files:
        if name not in in_use:
            yield Problem(
                f"{FOLDER}/{name}", 0, 0, "no lane uses this script", _unused_hint(name),
                severity="warning", code="unused-script",
            )  # fmt: skip


def _unused_hint(name: str) -> str:
    script, channel, _ = parsed(name)
    if name.startswith("_"):
        return "Build a script on it, or delete it."
    if channel:
        return f'Name it in a lane as "script: {script}", or delete it.'
    last = name.removesuffix(".j2").rpartition("/")[2].split(".")
    near = next((n for part in last[1:] if (n := nearest(part, CHANNELS))), None)
    if near is not None:
        return f'Its name must end in a channel. Did you mean "{near}"?'
    return f"Its name must end in a channel: {listing(CHANNELS)}."


def untranslated(loaded: LoadedPractice, files: Collection[str]) -> Iterator[Problem]:
    """Scripts for patients that are not written in each of the practice's languages."""
    default, *others = loaded.practice.languages
    written = files.__contains__
    for script, channel in dict.fromkeys(parsed(name)[:2] for name in files):
        if not channel or script.startswith(("_", PARTNER_SCRIPTS)):
            continue
        own = choose(written, script, channel, default, default)
        for locale in others if own is not None else ():
            found = choose(written, script, channel, locale, default)
            if own is not None and (found is None or found.fell_back):
                what = (
                    f"this script is not written in {language(locale)}, which the practice speaks"
                )
                hint = f"Write {FOLDER}/{script}.{channel}.{locale}.j2."
                yield Problem(
                    f"{FOLDER}/{own.name}", 0, 0, what, hint,
                    severity="warning", code="missing-translation",
                )  # fmt: skip


def mixed(
    default: str, leads: Mapping[str, Mapping[str, int]], files: Collection[str]
) -> Iterator[tuple[str, int, str, str]]:
    """Scripts of one language that build on a piece of another.

    Yields (file, line, what is wrong, hint). ``leads``: for each file, what it
    extends, includes or imports, with the line.
    """
    for name, others in leads.items():
        mine = _spoken(name, default, files)
        for other, line in others.items():
            theirs = _spoken(other, default, files)
            if theirs == mine or other not in files:
                continue
            what = f"this script is {language(mine)} and builds on one in {language(theirs)}"
            stem = other.removesuffix(".j2").removesuffix(f".{parsed(other).locale}")
            named = f"{stem}.{mine}.j2"
            better = next((n for n in (named, f"{stem}.j2") if n in files and n != other), None)
            hint = f"Write {FOLDER}/{named} and build on it."
            if better is not None:
                hint = f'Build on "{better}".'
            yield name, line, what, hint


def _spoken(name: str, default: str, files: Collection[str]) -> str:
    """The language of a file: its own; of one without, English where the default has its own."""
    own = f"{name.removesuffix('.j2')}.{default}.j2"
    return parsed(name).locale or ("en" if own in files else default)
