"""What every fact's name means in a condition: its type, its possible values, what moving does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from laneflow.errors import nearest
from laneflow.lanes import vocabulary as words
from laneflow.lanes.model import Fact

Kind = Literal["text", "number", "yes or no", "date", "date and time", "list", "since", "until"]


KIND_IN_WORDS: dict[Kind, str] = {
    "text": "text",
    "number": "a number",
    "yes or no": "yes or no",
    "date": "a date",
    "date and time": "a date and time",
    "list": "a list",
    "since": "a length of time",
    "until": "a length of time",
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """A fact's type; ``one_of`` where its values are known; ``counts`` where ``in_last`` may stand.

    ``defaulted`` says that it is never unknown.
    """

    kind: Kind
    one_of: tuple[str, ...] = ()
    counts: bool = False
    defaulted: bool = False
    needs_in_last: bool = False


_NUMBER = Meaning("number", defaulted=True)
_YES_NO = Meaning("yes or no", defaulted=True)
_SINCE_WHAT = ("opened", "status", "progress", "attempt", "contact")
_EVENT_HEADS = ("since.", "count.", "patient.count.", "days.")

RESTARTING = {"attempts": 0, "reached": False, "task_done": False, "understanding": None}
"""Facts that start over with each status, and how."""

CHANGED_BY_MOVING = frozenset(
    {"status", "queue", "since.status", "since.progress", "overdue", "first_response_late"}
    | set(RESTARTING)
)
"""Facts that entering a status may change, so that no test of them can hold a circle open."""

_ABOUT_A_CASE = frozenset(
    {"status", "queue", "tier", "kind", "attempts", "failed_attempts", "reached", "understanding"}
    | {"last_outcome", "inbound_calls", "missed_steps", "task_done", "overdue"}
    | {"first_response_late", "barrier", "appointment.passed"}
)


@dataclass(frozen=True, slots=True)
class Names:
    """Every name that conditions of one lane (or of the practice) may use."""

    facts: dict[str, Fact] = field(default_factory=dict)
    events: frozenset[str] = frozenset()
    statuses: tuple[str, ...] | None = None
    tiers: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    barriers: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()

    def meaning(self, name: str) -> Meaning | None:
        """What a fact means, or None if there is no such fact here."""
        if name in self.facts:
            return _declared(self.facts[name])
        if name in words.PATIENT_FACTS:
            return Meaning(words.PATIENT_FACTS[name], defaulted=name == "patient.deceased")
        built_in = self._fields().get(name)
        return built_in or self._patterned(name)

    def _fields(self) -> dict[str, Meaning]:
        common = {
            "queue": Meaning("text", words.QUEUES, defaulted=True),
            "tier": Meaning("text", self.tiers, defaulted=True),
            "location": Meaning("text", self.locations),
            "attempts": _NUMBER,
            "failed_attempts": _NUMBER,
            "inbound_calls": _NUMBER,
            "missed_steps": _NUMBER,
            "reached": _YES_NO,
            "task_done": _YES_NO,
            "overdue": _YES_NO,
            "first_response_late": _YES_NO,
            "appointment.passed": Meaning("yes or no"),
            "understanding": Meaning("text", words.UNDERSTANDINGS),
            "last_outcome": Meaning("text", words.NOTE_OUTCOMES),
            "barrier": Meaning("list", self.barriers),
            "patient.last_barrier": Meaning("text", self.barriers),
            "checklist.missing": _NUMBER,
        }
        if self.statuses is not None:
            common["status"] = Meaning("text", self.statuses, defaulted=True)
            common["kind"] = Meaning("text", self.kinds)
        return common

    def _patterned(self, name: str) -> Meaning | None:
        head, _, rest = name.partition(".")
        if head == "opening":
            return self._opening(rest)
        if head == "checklist":
            party = rest.removeprefix("overdue_from.")
            return _NUMBER if party != rest and party in self.parties else None
        if head == "until":
            return Meaning("until") if rest in self._dates() else None
        if head == "since" and rest in _SINCE_WHAT:
            return Meaning("since")
        for prefix in _EVENT_HEADS:
            if name.startswith(prefix) and name.removeprefix(prefix) in self.events:
                return _of_event(prefix)
        return self._of_period(rest) if head in self.periods else None

    def _opening(self, name: str) -> Meaning | None:
        if name in self.facts:
            return _declared(self.facts[name])
        kind = words.PATIENT_FACTS.get(name)
        return Meaning(kind) if kind else None

    def _of_period(self, what: str) -> Meaning | None:
        head, _, rest = what.partition(".")
        known = (
            what == "day"
            or (head == "days_with" and rest in self.events)
            or (head == "sum" and rest in self.facts and self.facts[rest].type == "number")
        )
        return Meaning("number") if known else None

    def _dates(self) -> frozenset[str]:
        return frozenset(self.windows) | self.date_facts()

    def date_facts(self) -> frozenset[str]:
        """Names of facts that are dates, or dates and times."""
        declared = {n for n, f in self.facts.items() if f.type in ("date", "date and time")}
        return frozenset(declared | {"patient.birth_date"} | {f"opening.{n}" for n in declared})

    def all(self) -> Iterator[str]:
        """Every fact that has a meaning here: what an editor would offer."""
        yield from self.facts
        yield from words.PATIENT_FACTS
        yield from self._fields()
        yield from (f"opening.{name}" for name in (*self.facts, *words.PATIENT_FACTS))
        yield from (f"checklist.overdue_from.{party}" for party in self.parties)
        yield from (f"until.{name}" for name in self._dates())
        yield from (f"since.{name}" for name in _SINCE_WHAT)
        yield from (f"{head}{event}" for head in _EVENT_HEADS for event in sorted(self.events))
        for period in self.periods:
            yield f"{period}.day"
            yield from (f"{period}.days_with.{event}" for event in sorted(self.events))
            yield from (f"{period}.sum.{n}" for n, f in self.facts.items() if f.type == "number")

    def hint(self, name: str) -> str:
        """What to do about a fact without a meaning."""
        bare = name.removeprefix("opening.")
        if self.statuses is None and (bare in words.STANDARD_FACTS or name in ("status", "kind")):
            return "It differs from lane to lane, so only a lane can test it."
        if bare in words.STANDARD_FACTS:
            return f"Declare it under facts: {bare}: {{type: {words.STANDARD_FACTS[bare]}}}."
        close = nearest(name, self.all()) or _undeclared(name)
        if close:
            return f'Did you mean "{close}"?'
        return "Declare it under facts, or see the built-in facts in the reference."


def _undeclared(name: str) -> str | None:
    return nearest(name, words.STANDARD_FACTS)


def _declared(fact: Fact) -> Meaning:
    return Meaning(fact.type, fact.one_of, defaulted=fact.default is not None)


def _of_event(prefix: str) -> Meaning:
    if prefix == "since.":
        return Meaning("since")
    return Meaning("number", counts=True, defaulted=True, needs_in_last=prefix == "days.")


def needs_a_case(name: str) -> bool:
    """Whether a fact is about a case, and so means nothing where a trigger has yet to open one."""
    if name in _ABOUT_A_CASE:
        return True
    return name.startswith(("since.", "until.", "count.", "days.", "checklist."))


def steady(name: str, changing: Iterable[str] = ()) -> bool:
    """Whether moving between statuses leaves a fact as it is."""
    return name not in CHANGED_BY_MOVING and name not in changing
