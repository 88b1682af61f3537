"""What a lane may refer to, and the complaint where it refers to something else."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from laneflow.errors import Problem, did_you_mean, listing
from laneflow.lanes.durations import parse_duration
from laneflow.lanes.entry import Entry
from laneflow.lanes.facts import Names
from laneflow.lanes.model import Duration


@dataclass(frozen=True, slots=True)
class Known:
    """The names that surround the lanes: those of the practice, its scripts and its lanes.

    ``scripts`` maps a script's name to the channels it is written for; None: not to be checked.
    """

    events: frozenset[str]
    roles: frozenset[str]
    ladders: frozenset[str]
    tiers: tuple[str, ...]
    parties: frozenset[str]
    norms: frozenset[str]
    lanes: frozenset[str] | None = None
    scripts: dict[str, frozenset[str]] | None = None


@dataclass(slots=True)
class Scope:
    """Where names are looked up while one file is compiled, and where its problems are kept."""

    known: Known
    names: Names
    statuses: Collection[str] | None = None
    problems: list[Problem] = field(default_factory=list)

    def wrong(
        self, entry: Entry, what: str, hint: str = "", *, at_value: bool = True, code: str
    ) -> None:
        """Note an error at an entry."""
        self.problems.append(entry.problem(what, hint, at_value=at_value, code=code))

    def warn(
        self, entry: Entry, what: str, hint: str = "", *, at_value: bool = False, code: str
    ) -> None:
        """Note something that works but is probably not meant."""
        error = entry.problem(what, hint, at_value=at_value, code=code)
        self.problems.append(replace(error, severity="warning"))

    def unknown(self, entry: Entry, kind: str, names: Iterable[str], otherwise: str = "") -> None:
        """Note that ``entry`` names no ``kind``, with the nearest one, or all of a few."""
        every = sorted(names)
        hint = did_you_mean(str(entry.value), every)
        if not hint:
            hint = otherwise or (f"There are: {listing(every)}." if every else "There are none.")
        code = f"unknown-{kind.replace(' ', '-')}"
        self.wrong(entry, f'unknown {kind} "{entry.value}"', hint, code=code)

    def event(self, entry: Entry | None) -> str | None:
        """An event type that exists."""
        if entry is None:
            return None
        if entry.value not in self.known.events:
            hint = "Add it under events in practice.yaml."
            self.unknown(entry, "event", self.known.events, hint)
        return str(entry.value)

    def events(self, parent: Entry, key: str) -> tuple[str, ...]:
        """Event types that exist; a single one counts as a list of one."""
        return tuple(str(self.event(entry)) for entry in parent.each(key))

    def role(self, entry: Entry | None) -> str | None:
        """A role somebody active has."""
        if entry is None:
            return None
        if entry.value not in self.known.roles:
            hint = did_you_mean(str(entry.value), sorted(self.known.roles))
            hint = hint or f"Roles in practice.yaml: {listing(sorted(self.known.roles))}."
            self.wrong(entry, f'nobody has the role "{entry.value}"', hint, code="unknown-role")
        return str(entry.value)

    def ladder(self, entry: Entry) -> str:
        """A ladder of practice.yaml."""
        if entry.value not in self.known.ladders:
            self.unknown(entry, "ladder", self.known.ladders)
        return str(entry.value)

    def party(self, entry: Entry | None) -> str | None:
        """A party: us, patient, or one of practice.yaml."""
        if entry is None:
            return None
        if entry.value not in self.known.parties:
            self.unknown(entry, "party", self.known.parties)
        return str(entry.value)

    def status(self, entry: Entry) -> str:
        """A status of the lane."""
        if self.statuses is None:
            what = "what holds for every lane cannot name a status"
            self.wrong(entry, what, "Write it in the lanes that need it.", code="status-of-no-lane")
        elif entry.value not in self.statuses:
            self.unknown(entry, "status", self.statuses)
        return str(entry.value)

    def script(self, entry: Entry | None) -> str | None:
        """A script that is there for at least one channel."""
        scripts = self.known.scripts
        if entry is None:
            return None
        if scripts is not None and entry.value not in scripts:
            hint = did_you_mean(str(entry.value), sorted(scripts))
            hint = hint or f"Write scripts/{entry.value}.phone.j2 (or another channel)."
            self.wrong(entry, f'there is no script "{entry.value}"', hint, code="unknown-script")
        return str(entry.value)

    def duration(self, entry: Entry | None) -> Duration | None:
        """A length of time; its shape has been checked."""
        return None if entry is None else parse_duration(str(entry.value))

    def length(self, entry: Entry) -> Duration:
        """A length of time that must be there; its shape has been checked."""
        return parse_duration(str(entry.value)) or Duration(1, "days")

    def errors(self) -> list[Problem]:
        """The problems that keep the file from being used."""
        return [p for p in self.problems if p.severity == "error"]
