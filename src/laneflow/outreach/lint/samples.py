"""Rendered samples of a script, one at least for every branch, with what each supposes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from laneflow.errors import LaneflowError, Problem, did_you_mean
from laneflow.lanes.model import Lane
from laneflow.outreach.context import typed, zone_of
from laneflow.outreach.endless import reached
from laneflow.outreach.environment import FOLDER, Facts, ScriptLoader
from laneflow.outreach.lint.examples import ITEMS, LONG_NAMES, PATIENT, SOON, TODAY, example
from laneflow.outreach.lint.names import known_names, parsed, scripts_used
from laneflow.outreach.lint.reading import Shelf
from laneflow.outreach.lint.supposing import (
    UNKNOWN,
    Supposed,
    choices,
    further,
    suppositions,
    value_like,
)
from laneflow.outreach.lint.tested import tested
from laneflow.outreach.lint.traced import Arm, Piece, TracedEnvironment
from laneflow.outreach.prompt import NOTES, PARTNER_SCRIPTS
from laneflow.outreach.rendering import Rendering

if TYPE_CHECKING:
    from laneflow.practice.model import LoadedPractice
SECONDS = 2.0
"""Processor time for the samples of one script; a shipped one takes a tenth of a second."""


@dataclass(frozen=True)
class Sample:
    """One rendering of one script file. ``supposed``: what was assumed of the case.

    ``gaps``: the facts that were asked for and are not there.
    """

    name: str
    script: str
    channel: str
    locale: str
    supposed: Supposed
    pieces: tuple[Piece, ...]
    gaps: tuple[str, ...] = ()

    @property
    def to_partner(self) -> bool:
        """Whether it is said to another office rather than to the patient."""
        return self.script.startswith(PARTNER_SCRIPTS)

    @cached_property
    def text(self) -> str:
        """Everything that is said or sent, without the voicemail."""
        whole = "".join(piece.text for piece in self.pieces if piece.block != "voicemail")
        if self.channel == "sms":
            return " ".join(whole.split())
        return "\n".join(line for line in map(str.strip, whole.splitlines()) if line)

    @cached_property
    def voicemail(self) -> str:
        """What is left on a machine, on one line; "" where there is none."""
        return " ".join(self.block("voicemail").split())

    def block(self, name: str) -> str:
        """The words of one block, "" where it says nothing."""
        return "\n".join(piece.text.strip() for piece in self.pieces if piece.block == name).strip()

    def said(self, name: str) -> str:
        """The words of one block the other side hears: no notes for the caller."""
        lines = map(str.strip, self.block(name).splitlines())
        return "\n".join(line for line in lines if line and not line.startswith(NOTES))


@dataclass(frozen=True)
class Sampled:
    """The samples of one script file, or why there are none; which ways through it were taken."""

    name: str
    samples: tuple[Sample, ...]
    problems: tuple[Problem, ...]
    taken: frozenset[Arm]


class Sampler:
    """Renders the scripts of a practice with made-up cases; reads the folder, not a release."""

    def __init__(self, loaded: LoadedPractice, shelf: Shelf) -> None:
        self.loaded = loaded
        self.shelf = shelf
        self.env = TracedEnvironment(ScriptLoader(Path(loaded.folder) / FOLDER))
        self.leads = {name: read.others for name, read in shelf.read.items()}
        self._used_by = scripts_used(loaded)
        self._made_up = cache(self._make_up)

    def sample(self, name: str) -> Sampled:
        """Every different rendering of one script file, over everything it chooses by."""
        domains, deciding = self._domains(name)
        found: dict[tuple[str, ...], Sample] = {}
        problems: dict[Problem, None] = {}
        taken: set[int] = set()
        until = time.thread_time() + SECONDS

        def try_(supposed: Supposed) -> None:
            if time.thread_time() > until:
                return
            sample, ways = self._render(name, supposed, problems)
            if sample is not None:
                found.setdefault(tuple(piece.text for piece in sample.pieces), sample)
                taken.update(ways)

        for supposed in suppositions(domains):
            try_(supposed)
        for arm in self._missing(name, taken):
            for supposed in further(domains, deciding.get((arm.file, arm.line), ())):
                try_(supposed)
                if arm.n in taken:
                    break
        late = time.thread_time() > until
        if late:
            problems[_too_slow(name)] = None
        # Of one that was not looked at to the end, nothing may be said never to be reached.
        ways = frozenset(arm for arm in self.env.arms if late or arm.n in taken)
        return Sampled(name, tuple(found.values()), tuple(problems), ways)

    def render(self, name: str, supposed: Mapping[str, Any]) -> Sample:
        """One rendering. Raises LaneflowError where the script cannot be rendered."""
        problems: dict[Problem, None] = {}
        sample, _ = self._render(name, dict(supposed), problems)
        if sample is None:
            raise LaneflowError(problems)
        return sample

    def suppose(self, name: str, fact: str, text: str) -> Any:
        """The value somebody typed for a fact of script ``name``, as scripts see such values.

        Raises LaneflowError for a fact it cannot use, or text that is no such value.
        """
        script, channel, locale = parsed(name)
        lanes = self._lanes(script)
        known = {each for lane in lanes for each in known_names(lane)}
        if fact not in known:
            hint = did_you_mean(fact, known, "Declare it under facts: in the lane.")
            raise LaneflowError(Problem(fact, 0, 0, f'there is no fact "{fact}"', hint))
        usual: Any = made_up(self.loaded, lanes, script, channel, locale or "en")
        for part in fact.split("."):
            usual = usual.get(part) if isinstance(usual, Facts) else None
        return value_like(usual, fact, text)

    def _missing(self, name: str, taken: set[int]) -> list[Arm]:
        pieces = self.pieces_of(name)
        unsaid = (arm for arm in self.env.arms if arm.words and arm.n not in taken)
        return [arm for arm in unsaid if arm.file in pieces]

    def pieces_of(self, name: str) -> set[str]:
        """A script file and everything it builds on."""
        return reached(self.leads, name) & self.shelf.read.keys()

    def _domains(
        self, name: str
    ) -> tuple[dict[str, tuple[Any, ...]], dict[tuple[str, int], set[str]]]:
        script, channel, _ = parsed(name)
        trees = [(piece, self.shelf.read[piece].tree) for piece in sorted(self.pieces_of(name))]
        looked_at = tested(trees)
        lanes = self._lanes(script)
        domains = {
            fact: choices(fact, values, self.loaded.practice, lanes, script, channel)
            for fact, values in looked_at.facts.items()
        }
        return {fact: values for fact, values in domains.items() if values}, looked_at.at

    def _lanes(self, script: str) -> list[Lane]:
        """The lanes that use the script; all of them where none does."""
        return [self.loaded.lanes[lane] for lane in self._used_by.get(script, self.loaded.lanes)]

    def _render(
        self, name: str, supposed: Supposed, problems: dict[Problem, None]
    ) -> tuple[Sample | None, set[int]]:
        script, channel, locale = parsed(name)
        locale = locale or self._plain_locale(script, channel)
        facts = self._facts(script, channel, locale, supposed)
        rendering = Rendering(locale, facts.pop("(zone)"), facts["today"])
        try:
            pieces, taken = self.env.trace(name, facts, rendering)
        except LaneflowError as error:
            problems |= {replace(p, code="cannot-be-said"): None for p in error.problems}
            return None, set()
        return Sample(
            name, script, channel, locale, supposed, tuple(pieces), tuple(rendering.gaps)
        ), taken

    def _plain_locale(self, script: str, channel: str) -> str:
        """The language of a file that names none: the default's, or English beside its own."""
        default = self.loaded.practice.languages[0]
        return "en" if f"{script}.{channel}.{default}.j2" in self.shelf.files else default

    def _make_up(self, script: str, channel: str, locale: str) -> Facts:
        return made_up(self.loaded, self._lanes(script), script, channel, locale)

    def _facts(self, script: str, channel: str, locale: str, supposed: Supposed) -> Facts:
        facts = _copied(self._made_up(script, channel, locale))
        for name, value in supposed.items():
            plant(facts, name, value)
        return facts


def _too_slow(name: str) -> Problem:
    what = "the script takes so long that not every way through it was looked at"
    return Problem(f"{FOLDER}/{name}", 0, 0, what, "Make it simpler.", code="slow-script")


def made_up(
    loaded: LoadedPractice, lanes: Sequence[Lane], script: str, channel: str, locale: str
) -> Facts:
    """Everything a script may speak of, made up, of a case in the first of ``lanes``.

    The same names as ``context.facts_for`` gives, and under ``(zone)`` the location's time zone.
    """
    practice, lane = loaded.practice, lanes[0]
    location = next(iter(practice.locations.values()))
    zone = zone_of(practice, location.id)
    soon, now = SOON.astimezone(zone), TODAY.astimezone(zone)
    people = [person.name for person in practice.people.values() if person.active]
    party = party_of(lane, script)
    first = LONG_NAMES.get(locale, LONG_NAMES["en"]) if channel == "sms" else "Maria"
    about = PATIENT | {"patient.first_name": first, "patient.language": locale, "patient.age": 68}
    standing = {
        "status": lane.first_status, "queue": "new", "tier": practice.tiers[-1],
        "kind": lane.classify[0].name if lane.classify else UNKNOWN,
    }  # fmt: skip
    known: dict[str, Any] = {
        "practice.name": practice.name, "practice.phone": practice.phone,
        "location.id": location.id, "location.name": location.name,
        "owner.name": people[0], "speaker.name": people[0], "backup.name": people[-1],
        "partner.id": party, "partner.name": practice.parties.get(party, "the other office"),
        "partner.missing": ITEMS[:2], "case.id": "sample", "case.opened": now,
        "task.due": soon, "task.channel": channel, "task.attempt": 1,
        "checklist.missing": ITEMS, "checklist.received": ITEMS[:2],
        "today": now.date(), "channel": channel, "attempt": 1, "missed_steps": 0,
        "barrier": (), "barriers": (), "windows": Facts("windows"),
        "checklist.missing_from": Facts("checklist.missing_from"), "(zone)": zone,
    }  # fmt: skip
    facts = Facts()
    declared = {name: fact for each in reversed(lanes) for name, fact in each.facts.items()}
    for name, fact in declared.items():
        value = typed(fact, name, example(name, fact), zone)
        plant(facts, name, value)
        plant(facts, f"opening.{name}", value)
    for name, value in (about | known | standing).items():
        plant(facts, name, typed(None, name, value, zone) if name in about else value)
        if name in standing:
            plant(facts, f"case.{name}", value)
    for window in lane.windows:
        plant(facts, f"windows.{window}", soon)
    plant(facts, "patient.name", f"{first} {PATIENT['patient.last_name']}")
    return facts


def _copied(facts: Facts) -> Facts:
    """The same facts, to be changed without changing these."""
    parts = ((k, _copied(v) if isinstance(v, Facts) else v) for k, v in facts.items())
    return Facts(facts.path, parts)


def party_of(lane: Lane, script: str) -> str:
    """To whom a lane says a script: a party of the practice, "" for the patient."""
    for status in lane.statuses.values():
        if status.task.script == script and status.task.to:
            return status.task.to
    for item in lane.checklist:
        if item.chase is not None and item.chase.script == script:
            return item.owed_by
    return ""


def plant(tree: Facts, name: str, value: Any) -> None:
    """Put ``value`` at its dotted place in ``tree``, or take away what is there for UNKNOWN."""
    here, last = tree.around(name)
    if value is UNKNOWN:
        here.pop(last, None)
    else:
        here[last] = value


def unreached(sampler: Sampler, sampled: Sequence[Sampled]) -> Iterator[Arm]:
    """Ways through the scripts no sample took, among files at least one sample went through."""
    taken = {arm.n for each in sampled for arm in each.taken}
    looked = {name for each in sampled if each.samples for name in sampler.pieces_of(each.name)}
    for arm in sampler.env.arms:
        if arm.words and arm.n not in taken and arm.file in looked:
            yield arm
