"""Which open cases will be spoken to in other words: changed scripts found, samples rendered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, partial

from jinja2 import TemplateError, meta

from laneflow.engine.state import Case, Instant, PatientFile, Task
from laneflow.errors import LaneflowError
from laneflow.outreach.endless import reached
from laneflow.outreach.environment import environment, readable
from laneflow.outreach.prompt import choose, is_partner, prompt_for
from laneflow.practice.model import LoadedPractice
from laneflow.practice.scripts import PublishedScripts
from laneflow.proofs.plan.effects import WORDS, Effect, Outlook

TRIES = 20
"""Cases rendered for one change before it is taken to change no words anybody says."""

CONFIRMED = -1
"""A change that was seen to change a case's words: the others it touches are not rendered."""


class Wording:
    """Finds the cases whose prompt for the task in hand has other words in the edited practice.

    ``lanes``' changed titles and the changed scripts, with all that build on them, are candidates;
    each is told only once a case's prompt, rendered by both practices, was seen to differ.
    """

    def __init__(self, live: LoadedPractice, edited: LoadedPractice, at: Instant) -> None:
        self.live, self.edited, self.at = live, edited, at
        self._tried: dict[tuple[str, str], int] = {}
        self._chosen: dict[tuple[str, str, str], str] = {}

    @cached_property
    def changed(self) -> frozenset[str]:
        """Names of the scripts that read otherwise: changed, new, or built on such a one."""
        old, new = self.live.scripts, self.edited.scripts
        if old is None or new is None or old == new:
            return frozenset()
        own = {name for name in new if name not in old or old[name] != new[name]}
        leads = _leads(new) if own else {}
        return frozenset(own | {name for name in leads if own & reached(leads, name)})

    def effects(self, both: Outlook) -> Iterator[Effect]:
        """The file's cases with other words; a change counts once it was seen."""
        for id_, after in both.edited.items():
            before = both.live.get(id_)
            if before is None or after.closed is not None or before.status != after.status:
                continue
            for old, new in _tasks(before, after):
                what = self._difference(both.file, old, new)
                if what:
                    effect = Effect(after.lane, WORDS, id_, what, key=new.key)
                    yield from self._confirmed(effect, before, after, old, new, both.file)

    def _difference(self, file: PatientFile, old: Task, new: Task) -> str:
        """What a task's words differ by, as far as files tell; "" where by nothing."""
        if (old.do, old.script, old.channel) == (new.do, new.script, new.channel) and (
            not self.changed or not new.script or self._file(file, new) not in self.changed
        ):
            return ""
        if old.do != new.do:
            return f'"{old.do}" -> "{new.do}"'
        if old.script != new.script:
            return f"script {old.script or 'none'} -> {new.script or 'none'}"
        if old.channel != new.channel:
            return f"by {old.channel or 'no channel'} -> {new.channel or 'no channel'}"
        return f"scripts/{self._file(file, new)}"

    def _file(self, file: PatientFile, task: Task) -> str:
        scripts, practice = self.edited.scripts, self.edited.practice
        default = practice.languages[0]
        spoken = default if is_partner(task) else str(file.facts.get("patient.language") or default)
        language = spoken.replace("_", "-").split("-")[0].lower()
        key = (task.script, task.channel, language)
        if key not in self._chosen:
            is_there = partial(_there, scripts)
            found = choose(is_there, task.script, task.channel, language, default)
            self._chosen[key] = found.name if found else ""
        return self._chosen[key]

    def _confirmed(
        self, effect: Effect, before: Case, after: Case, old: Task, new: Task, file: PatientFile
    ) -> Iterator[Effect]:
        group = (effect.lane, effect.what)
        tried = self._tried.get(group, 0)
        if tried >= TRIES:
            return
        if tried != CONFIRMED:
            was = prompt_for(self.live, before, file.facts, old, self.at)
            will = prompt_for(self.edited, after, file.facts, new, self.at)
            differs = (was.title, was.text, was.voicemail) != (
                will.title, will.text, will.voicemail,
            )  # fmt: skip
            self._tried[group] = CONFIRMED if differs else tried + 1
            if not differs:
                return
        yield effect


def _there(scripts: PublishedScripts | None, name: str) -> bool:
    return scripts is not None and name in scripts


def _tasks(before: Case, after: Case) -> Iterator[tuple[Task, Task]]:
    if before.task is not None and after.task is not None:
        yield before.task, after.task
    for key in sorted(before.side.keys() & after.side.keys()):
        yield before.side[key], after.side[key]


def _leads(scripts: PublishedScripts) -> Mapping[str, set[str]]:
    """Script -> the scripts it extends, includes or imports."""
    env = environment(scripts)
    found: dict[str, set[str]] = {}
    for name in scripts:
        try:
            tree = env.parse(readable(scripts[name], name))
        except (LaneflowError, TemplateError):
            continue  # check names it at its line
        found[name] = {other for other in meta.find_referenced_templates(tree) if other}
    return found
