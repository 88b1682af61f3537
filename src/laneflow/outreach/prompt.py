"""A task's prompt and its one-line title, in the patient's language, with every gap named.

Nothing here raises for a bad script or a missing value: the task must be worked all the same, so
what is wrong is part of the prompt (``gaps``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Template

from laneflow.errors import LaneflowError
from laneflow.outreach.context import facts_for, zone_of
from laneflow.outreach.environment import FOLDER, Facts, environment
from laneflow.outreach.rendering import Rendering
from laneflow.outreach.vet import BLOCKS, CLOSE, NAMED, OPEN
from laneflow.practice.scripts import PublishedScripts, Source

if TYPE_CHECKING:
    from laneflow.engine.state import Case, Task
    from laneflow.practice.model import LoadedPractice, Practice

PATIENT_CHANNELS = ("phone", "sms", "portal", "letter")
PARTNER_CHANNELS = ("fax", "phone", "portal", "letter")
CHANNELS = ("phone", "sms", "portal", "letter", "fax")
PARTNER_SCRIPTS = "partner/"
"""The folder of the scripts said to another office, a hospital or a payer."""
NOTES = ("Note:", "Nota:")
"""How a line of a script begins that is for whoever speaks, and not to be said."""
_MARK = re.compile(f"{OPEN}([a-z_]+){NAMED}|{CLOSE}")
_BLANKS = re.compile(r"[ \t]+(?=\n|$)")
_GAPS = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a contact: ``block`` is one of ``vet.BLOCKS``."""

    block: str
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What to say or send for one task.

    ``parts`` in the order they are said, without the voicemail; ``text`` is all of them with what
    the base writes around them. ``locale`` is the language of the script that was found and
    ``fell_back`` whether that is not the patient's. ``gaps`` names each missing value
    (``patient.first_name``) and anything else that kept the script from being whole.
    """

    script: str
    channel: str
    locale: str
    title: str
    parts: tuple[Part, ...] = ()
    text: str = ""
    voicemail: str = ""
    gaps: tuple[str, ...] = ()
    fell_back: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A script file chosen for a channel and a language; ``name`` is its path under scripts/."""

    name: str
    locale: str
    fell_back: bool


def prompt_for(
    loaded: LoadedPractice,
    case: Case,
    patient: Mapping[str, Any],
    task: Task,
    at: int,
    *,
    channel: str = "",
    language: str = "",
    speaker: str = "",
) -> Prompt:
    """The prompt of ``task`` at instant ``at`` (ms). Never raises for what a script does.

    ``patient``: the patient file's facts. ``channel`` and ``language`` ask for another than the
    attempt's and the patient's; ``speaker`` is the person id of who will say it.
    """
    practice = loaded.practice
    facts = facts_for(loaded, case, patient, task, at, speaker)
    title = _line(loaded, facts, task.do, case.location)
    wanted = language or _language(practice, facts, task)
    by = channel or task.channel or _first_channel(loaded.source, task)
    blank = Prompt(task.script, by, wanted, title)
    if not task.script:
        return blank
    found = find(loaded.source, task.script, by, wanted, practice.languages[0])
    if found is None:
        return _without(blank, f"there is no script {task.script} for {by}")
    facts["channel"] = by
    zone = zone_of(practice, case.location)
    rendering = Rendering(locale=found.locale, zone=zone, today=facts["today"])
    env = environment(loaded.source)
    try:
        marked = env.text(env.load(found.name), facts, rendering)
    except LaneflowError as error:
        return _without(blank, *map(str, error.problems))
    parts, text, voicemail = _taken_apart(marked, by)
    return Prompt(
        task.script, by, found.locale, title, parts, text, voicemail,
        tuple(rendering.gaps), found.fell_back,
    )  # fmt: skip


def title_for(
    loaded: LoadedPractice, case: Case, patient: Mapping[str, Any], task: Task, at: int
) -> str:
    """The task's one-line title in the practice's language: its ``do`` with the facts filled in."""
    if "{" not in task.do:
        return task.do
    facts = facts_for(loaded, case, patient, task, at)
    return _line(loaded, facts, task.do, case.location)


def render_line(source: Source, template: str, facts: Facts, rendering: Rendering) -> str:
    """A template of one line, filled in; raises LaneflowError where it cannot be."""
    text = environment(source).text(_compiled(source, template), facts, rendering)
    return " ".join(text.split())


def find(source: Source, script: str, channel: str, language: str, default: str) -> Found | None:
    """The file of ``script`` for a channel: in ``language``, else in the practice's ``default``.

    ``<script>.<channel>.<locale>.j2`` names its language. One without is in the default's; where
    the default has a file of its own (a practice that works in Spanish), in English.
    """
    return choose(partial(is_script, source), script, channel, language, default)


def choose(
    is_file: Callable[[str], bool], script: str, channel: str, language: str, default: str
) -> Found | None:
    """As ``find``, among the names under ``scripts/`` for which ``is_file`` holds."""
    base = f"{script}.{channel}"
    plain = "en" if is_file(f"{base}.{default}.j2") else default
    written = {plain: f"{base}.j2"} | {
        locale: f"{base}.{locale}.j2"
        for locale in (default, language)
        if is_file(f"{base}.{locale}.j2")
    }
    for locale in (language, default):
        if is_file(written.get(locale, "")):
            return Found(written[locale], locale, locale != language)
    return None


def channels_of(source: Source, script: str) -> tuple[str, ...]:
    """The channels a script is written for, in any language."""
    if isinstance(source, PublishedScripts):
        names = [name for name in source if name.startswith(f"{script}.")]
    else:
        stem = Path(source, FOLDER, script)
        names = [
            f"{script}{path.name[len(stem.name) :]}" for path in stem.parent.glob(f"{stem.name}.*")
        ]
    files = [name[len(script) + 1 :] for name in names if name.endswith(".j2")]
    written = {name.split(".")[0] for name in files}
    return tuple(channel for channel in CHANNELS if channel in written)


def is_partner(task: Task) -> bool:
    """Whether the task is toward a partner office or payer rather than the patient.

    What we owe (``us``) may go to either: our answer to the referring office, word to the patient.
    """
    return task.to not in ("", "us", "patient") or task.script.startswith(PARTNER_SCRIPTS)


def _language(practice: Practice, facts: Facts, task: Task) -> str:
    """The patient's language; toward a partner, the practice's own."""
    if is_partner(task):
        return practice.languages[0]
    spoken = facts["patient"].get("language") or practice.languages[0]
    return str(spoken).replace("_", "-").split("-")[0].lower()


def _first_channel(source: Source, task: Task) -> str:
    order = PARTNER_CHANNELS if is_partner(task) else PATIENT_CHANNELS
    written = channels_of(source, task.script) if task.script else ()
    return next((channel for channel in order if channel in written), order[0])


def is_script(source: Source, name: str) -> bool:
    """Whether there is a script file of this name under ``scripts/``."""
    if isinstance(source, PublishedScripts):
        return name in source
    return ".." not in name and Path(source, FOLDER, name).is_file()


def _without(blank: Prompt, *gaps: str) -> Prompt:
    return Prompt(blank.script, blank.channel, blank.locale, blank.title, gaps=gaps)


def _line(loaded: LoadedPractice, facts: Facts, template: str, location: str) -> str:
    if "{" not in template:
        return template
    practice = loaded.practice
    zone = zone_of(practice, location)
    rendering = Rendering(locale=practice.languages[0], zone=zone, today=facts["today"])
    try:
        return render_line(loaded.source, template, facts, rendering)
    except LaneflowError:
        return template  # check names the mistake at its line; the task must still be seen


@lru_cache(maxsize=2_000)
def _compiled(source: Source, template: str) -> Template:
    return environment(source).compiled(template, "task title")


def _taken_apart(marked: str, channel: str) -> tuple[tuple[Part, ...], str, str]:
    """The parts, the whole text without the voicemail, and the voicemail."""
    parts: list[Part] = []
    whole: list[str] = []
    voicemail = ""
    for block, raw in _pieces(marked):
        text = _tidy(raw)
        if block == "voicemail":
            voicemail = _one_line(text)
            continue
        whole.append(raw)
        if block and text:
            parts.append(Part(block, text))
    text = "".join(whole)
    return tuple(parts), _one_line(text) if channel == "sms" else _tidy(text), voicemail


def _pieces(marked: str) -> Iterator[tuple[str, str]]:
    """(block, text) in order; block is "" between blocks, the outermost where they nest."""
    open_blocks: list[str] = []
    held: list[str] = []
    after = 0
    for mark in _MARK.finditer(marked):
        held.append(marked[after : mark.start()])
        after = mark.end()
        name = mark.group(1)
        if not open_blocks or (not name and len(open_blocks) == 1):
            yield (open_blocks[0] if open_blocks else ""), "".join(held)
            held = []
        if name:
            open_blocks.append(name)
        elif open_blocks:
            open_blocks.pop()
    yield "", "".join(held) + marked[after:]


def _tidy(text: str) -> str:
    return _GAPS.sub("\n\n", _BLANKS.sub("", text)).strip()


def _one_line(text: str) -> str:
    return " ".join(text.split())


__all__ = [
    "BLOCKS", "CHANNELS", "NOTES", "Found", "Part", "Prompt",
    "channels_of", "choose", "find", "is_partner", "prompt_for", "render_line", "title_for",
]  # fmt: skip
