"""Owns how a script sounds before it is live: said of a made-up patient, or of a real case."""

from __future__ import annotations

from laneflow.engine.state import Case, Date, Instant, Task
from laneflow.errors import LaneflowError, Problem
from laneflow.outreach.environment import environment
from laneflow.outreach.lint.linting import chosen
from laneflow.outreach.lint.names import parsed
from laneflow.outreach.lint.reading import shelf
from laneflow.outreach.lint.samples import Sampler, party_of
from laneflow.outreach.prompt import CHANNELS, Prompt, choose, prompt_for
from laneflow.practice.model import LoadedPractice
from laneflow.store.contract import Store


def sampler_of(loaded: LoadedPractice) -> Sampler:
    """What renders the scripts in the practice's folder with made-up cases."""
    return Sampler(loaded, shelf(loaded.folder, environment(loaded.folder)))


def file_of(
    loaded: LoadedPractice, sampler: Sampler, name: str, language: str | None, channel: str | None
) -> str:
    """The script file meant by a script's or a file's name, a language and a channel.

    None of either is the first there is. Raises LaneflowError where there is no such file, or it
    does not compile.
    """
    files = chosen(sampler.shelf, [name])
    script, first, locale = parsed(files[0])
    default = loaded.practice.languages[0]
    by = channel or next((c for c in CHANNELS if c in {parsed(f).channel for f in files}), first)
    wanted = language or (locale if len(files) == 1 else "") or default
    found = choose(sampler.shelf.files.__contains__, script, by, wanted, default)
    if found is None or (language and found.locale != language):
        what = f'script "{script}" is not written for {by}' + (
            f" in {language}" if language else ""
        )
        written = ", ".join(f.removeprefix(script).strip(".") for f in files)
        raise LaneflowError(Problem("scripts", 0, 0, what, f"Written: {written}."))
    broken = [p for p in sampler.shelf.problems if p.file == f"scripts/{found.name}"]
    if broken:
        raise LaneflowError(broken)
    return found.name


def said_of(loaded: LoadedPractice, store: Store, case: Case, file: str, at: Instant) -> Prompt:
    """What a script file in the practice's folder says of a real case.

    Raises LaneflowError where the case's lane does not load.
    """
    if case.lane not in loaded.lanes:
        what = f'the lane "{case.lane}" of this case does not load'
        raise LaneflowError(Problem("case", 0, 0, what, "`laneflow check` says why."))
    script, channel, locale = parsed(file)
    to = party_of(loaded.lanes[case.lane], script)
    due = case.task.due if case.task is not None else Date(at)
    task = Task(
        f"{case.id}/0", "main", "", "", due, case.opened, script=script, channel=channel, to=to
    )
    about = store.load([case.patient])[case.patient].facts
    language = locale or loaded.practice.languages[0]
    return prompt_for(loaded, case, about, task, at, channel=channel, language=language)
