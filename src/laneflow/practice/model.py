"""The compiled practice: people, roles, locations, ladders and the practice's own defaults."""

from __future__ import annotations

from msgspec import field

from laneflow.lanes.model import Barrier, Duration, EscalationRule, Lane, Value, Where, Window
from laneflow.practice.scripts import PublishedScripts, Source


class Location(Value, frozen=True, kw_only=True):
    """One site. ``hours`` is OSM opening_hours text without holidays, e.g. ``Mo-Fr 08:00-17:00``.

    ``holidays`` are local ISO dates that are not business days (country and region already
    expanded by the loader are NOT here: see ``holiday_country``). ``closures`` are inclusive
    local date ranges (from, to, why); closed, and not business days.
    """

    id: str
    name: str
    time_zone: str
    hours: str
    holiday_country: str | None = None
    holiday_region: str | None = None
    holidays: tuple[str, ...] = ()
    not_holidays: tuple[str, ...] = ()
    closures: tuple[tuple[str, str, str], ...] = ()
    where: Where | None = None


class Person(Value, frozen=True, kw_only=True):
    """Somebody who works here. ``shifts``: (weekday, location id, "HH:MM", "HH:MM") local times.

    ``lunch``: ("12:00", "12:30") or None. ``leave``: inclusive local ISO date ranges.
    ``call_offs``: single local ISO dates.
    """

    id: str
    name: str
    roles: tuple[str, ...]
    shifts: tuple[tuple[int, str, str, str], ...]
    lunch: tuple[str, str] | None = None
    leave: tuple[tuple[str, str], ...] = ()
    call_offs: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    most_open_tasks: int | None = None
    active: bool = True
    notify: tuple[str, ...] = ()
    where: Where | None = None


class Rung(Value, frozen=True):
    """One step of a ladder: who is told, and how long they have to take it."""

    role: str
    within: Duration
    where: Where | None = None


class Ladder(Value, frozen=True):
    """Who is called, in what order. ``at_once``: told at any hour, not at the next opening.

    ``resolve_within``: how long whoever took the escalation has to resolve it.
    """

    id: str
    rungs: tuple[Rung, ...]
    at_once: bool = False
    resolve_within: Duration = Duration(1, "business days")
    where: Where | None = None


class Norm(Value, frozen=True):
    """A published norm a window may cite; ``within`` is the loosest it allows, per tier or for all.

    ``by_tier`` is empty where one duration binds every tier. A norm without durations only cites.
    """

    source: str
    within: Duration | None = None
    by_tier: dict[str, Duration] = field(default_factory=dict)


class EventType(Value, frozen=True):
    """An event type the practice added to the standard ones, and what its data means."""

    type: str
    title: str = ""
    patient_wide: bool = False


class AtOnce(Value, frozen=True):
    """How many open cases one publishing may escalate, and have contacted, at once."""

    escalations: int = 25
    contacts: int = 50


class Practice(Value, frozen=True, kw_only=True):
    """practice.yaml, whole. The first language is the default; tiers are strictest first.

    ``last_resort`` and ``on_call`` are person ids (``on_call`` answers when nobody is on duty).
    ``contact_hours`` are local "HH:MM" times in the patient's own zone. ``contact_cap`` is
    (n a day, n a week) for non-urgent outreach to one patient over all lanes. ``at_once`` is None
    where practice.yaml says nothing of it: then ``AtOnce()`` holds.
    """

    name: str
    phone: str
    time_zone: str
    languages: tuple[str, ...]
    locations: dict[str, Location]
    tiers: tuple[str, ...]
    people: dict[str, Person]
    last_resort: str
    on_call: str
    manager_role: str
    default_backup: str
    default_ladder: str
    ladders: dict[str, Ladder]
    escalations: tuple[EscalationRule, ...]
    barriers: dict[str, Barrier]
    windows: dict[str, Window]
    contact_hours: tuple[str, str] = ("08:00", "21:00")
    contact_cap: tuple[int, int] = (1, 3)
    longest_wait: Duration = Duration(30, "days")
    longest_snooze: Duration = Duration(5, "business days")
    untouched: Duration = Duration(5, "business days")
    parties: dict[str, str] = field(default_factory=dict)
    events: dict[str, EventType] = field(default_factory=dict)
    norms: dict[str, Norm] = field(default_factory=dict)
    channels: dict[str, str] = field(default_factory=dict)
    at_once: AtOnce | None = None
    file: str = "practice.yaml"
    hash: str = ""

    @property
    def roles(self) -> list[str]:
        """Those that somebody who works here has, in the order of the alphabet."""
        working = (person for person in self.people.values() if person.active)
        return sorted({role for person in working for role in person.roles})


class LoadedPractice(Value, frozen=True):
    """A practice folder, compiled: its practice.yaml and every lane that loaded, by id.

    ``scripts`` are the published ones of a practice that is live; None reads them from ``folder``
    as they are now, as while they are being written. Neither is part of any hash.
    """

    practice: Practice
    lanes: dict[str, Lane]
    folder: str
    scripts: PublishedScripts | None = None

    @property
    def source(self) -> Source:
        """Where its scripts are read from."""
        return self.folder if self.scripts is None else self.scripts
