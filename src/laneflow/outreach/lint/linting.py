"""Every rule over every sample of every script: what ``laneflow scripts check`` tells."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from laneflow.errors import LaneflowError, Problem, did_you_mean
from laneflow.outreach.check import problems_of
from laneflow.outreach.environment import FOLDER, environment
from laneflow.outreach.lint.contact import before_identity, contact
from laneflow.outreach.lint.grade import grade, length
from laneflow.outreach.lint.names import known_names, parsed
from laneflow.outreach.lint.opening import opening
from laneflow.outreach.lint.partner import partner
from laneflow.outreach.lint.places import first_tag
from laneflow.outreach.lint.reading import Shelf, shelf
from laneflow.outreach.lint.samples import Sample, Sampled, Sampler, unreached
from laneflow.outreach.lint.texting import plain_words, texting
from laneflow.outreach.lint.vague import vague

if TYPE_CHECKING:
    from laneflow.practice.model import LoadedPractice


@dataclass(frozen=True)
class Linted:
    """What was found: ``sampled`` for each file that is said, ``problems`` in file order."""

    shelf: Shelf
    sampled: tuple[Sampled, ...]
    problems: tuple[Problem, ...]


def lint_scripts(
    loaded: LoadedPractice,
    names: Collection[str] = (),
    progress: Callable[[int], None] = lambda n: None,
    *,
    every_lane: bool = True,
) -> Linted:
    """Check all scripts, or those of ``names`` (``discharge/first-call``, or a file under
    ``scripts/``), in every way: by their trees (``check_scripts``) and by rendered samples.

    ``progress`` is told after each file. ``every_lane``: no lane was left out of ``loaded``; where
    one was, nothing is told that it might prove wrong.

    Raises LaneflowError for a name there is not.
    """
    scripts = shelf(loaded.folder, environment(loaded.folder))
    files = chosen(scripts, names)
    sampler = Sampler(loaded, scripts)
    problems: dict[Problem, None] = {}
    sampled = []
    facts = frozenset(
        name.split(".")[0] for lane in loaded.lanes.values() for name in known_names(lane)
    )
    for name in files:
        found = sampler.sample(name) if name in scripts.read else Sampled(name, (), (), frozenset())
        sampled.append(found)
        problems |= dict.fromkeys(found.problems)
        for sample in found.samples:
            problems |= dict.fromkeys(_rules(loaded, scripts, sample))
        problems |= dict.fromkeys(grade(found.samples, scripts))
        if parsed(name).channel == "phone" and found.samples and not found.samples[0].to_partner:
            problems |= dict.fromkeys(before_identity(name, scripts, facts))
        progress(1)
    if every_lane:
        problems |= dict.fromkeys(_never_said(sampler, sampled, whole=not names))
    concerned = {f"{FOLDER}/{piece}" for name in files for piece in sampler.pieces_of(name)}
    concerned |= {f"{FOLDER}/{name}" for name in files}
    for problem in problems_of(loaded, scripts, every_lane=every_lane):
        if not names or problem.file in concerned:
            problems[problem] = None
    return Linted(scripts, tuple(sampled), tuple(sorted(problems, key=lambda p: p.order)))


def chosen(scripts: Shelf, names: Collection[str]) -> list[str]:
    """The script files meant by ``names``; all that are said, where there are none."""
    said = [name for name in scripts.files if parsed(name).channel and not name.startswith("_")]
    if not names:
        return said
    found: dict[str, None] = {}
    for given in names:
        wanted = given.removeprefix(f"{FOLDER}/")
        mine = [name for name in said if wanted in (name, parsed(name).script)]
        if not mine:
            known = {parsed(name).script for name in said}
            hint = did_you_mean(wanted, known, "`laneflow scripts preview` shows them all.")
            raise LaneflowError(Problem(FOLDER, 0, 0, f'there is no script "{given}"', hint))
        found |= dict.fromkeys(mine)
    return list(found)


def _rules(loaded: LoadedPractice, scripts: Shelf, sample: Sample) -> Iterator[Problem]:
    practice = loaded.practice
    people = (practice.name, *(person.name for person in practice.people.values()))
    yield from opening(sample, scripts, people, practice.phone)
    yield from contact(sample, scripts)
    yield from length(sample, scripts)
    yield from vague(sample, scripts)
    yield from texting(sample, scripts, practice.name, practice.phone)
    yield from plain_words(sample, scripts, practice.name)
    yield from partner(sample, scripts)


def _never_said(sampler: Sampler, sampled: Collection[Sampled], whole: bool) -> Iterator[Problem]:
    """Words no case leads to. Of a base, only where every script was looked at."""
    asked = {each.name for each in sampled}
    for arm in unreached(sampler, list(sampled)):
        if not whole and arm.file not in asked:
            continue
        column = first_tag(sampler.shelf.source(arm.file), arm.line)
        what = "no case leads to these words: what they wait for never holds"
        hint = "Compare with what the lanes that use this script can have, or delete them."
        yield Problem(
            f"{FOLDER}/{arm.file}", arm.line, column, what, hint,
            severity="warning", code="never-said",
        )  # fmt: skip
