"""Who owns a case, and who does its work when the owner cannot.

Ownership is written into the case once and is the same whatever order cases come in. Cover is
worked out whenever work is shown or sent: leave, lunch, a call-off or overflow never change a
case. The work is calls, letters and forms: whoever is at work at another location does it from
there, before it falls to somebody who holds another role.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from hashlib import blake2b
from typing import Literal, NamedTuple, Protocol

from laneflow.practice.model import Person, Practice
from laneflow.practice.rota import is_away

Standing = Literal["owner", "backup", "role", "manager", "on call", "last resort"]


class Duty(Protocol):
    """What is asked of a location's calendar."""

    def on_duty(self, role: str, t: int) -> list[str]:
        """The people with ``role`` on duty at an instant (milliseconds)."""

    def local(self, t: int) -> datetime:
        """The aware local datetime of an instant."""


class Cover(NamedTuple):
    """Who does the work now, and why it is them.

    ``why`` is empty while it is the owner; else a clause such as ``Ana Torres is on leave``.
    """

    person: str
    standing: Standing
    why: str = ""


def holders(practice: Practice, role: str, location: str) -> list[Person]:
    """The active people with ``role`` who work at ``location``, or all if none works there."""
    found = [p for p in practice.people.values() if p.active and role in p.roles]
    here = [p for p in found if any(shift[1] == location for shift in p.shifts)]
    return here or found


def assign(practice: Practice, role: str, location: str, seed: str, *, other_than: str = "") -> str:
    """The person who fills ``role`` for what ``seed`` names (a case); the last resort if none.

    Rendezvous hashing: the same seed gets the same person, shares are even, and when somebody
    comes or goes only their own share moves. ``other_than`` is passed over where somebody else
    can be had, so that a case's backup is not its owner.
    """
    candidates = [p.id for p in holders(practice, role, location)]
    return choose(candidates, seed, other_than) or practice.last_resort


def choose(candidates: Sequence[str], seed: str, other_than: str = "") -> str | None:
    """The one of ``candidates`` (person ids) that ``seed`` belongs to; see :func:`assign`."""
    others = [person for person in candidates if person != other_than]
    chosen = others or candidates
    if len(chosen) < 2:
        return chosen[0] if chosen else None
    return max(chosen, key=lambda person: (_weight(seed, person), person))


def cover(
    practice: Practice,
    calendars: Sequence[Duty],
    owner: str,
    backup: str,
    role: str,
    at: int,
    language: str | None = None,
    load: Mapping[str, int] | None = None,
) -> Cover:
    """Who does ``owner``'s work at instant ``at`` (milliseconds).

    The first of owner, backup, others with ``role``, managers who is on duty and has fewer than
    their most open tasks; if all on duty are full, the first on duty; if nobody is, whoever is on
    call, or the last resort. ``calendars`` are the case's own location's, then the others': the
    owner and the backup count wherever they are at work, of the others those here go first.
    ``load`` is people's open tasks; ``language`` the patient's: among several, one who speaks it
    goes first, then the one with the least load.
    """
    load = load or {}
    standing, free = stand_ins(practice, calendars, owner, backup, role, at, load)
    if free:
        person = _best(practice, free, language, load)
        return Cover(person, standing, _why(practice, calendars, owner, person, at, load))
    return _out_of_hours(practice, calendars, owner, at, load)


def stand_ins(
    practice: Practice,
    calendars: Sequence[Duty],
    owner: str,
    backup: str,
    role: str,
    at: int,
    load: Mapping[str, int],
) -> tuple[Standing, list[str]]:
    """Those on duty among whom ``owner``'s work at instant ``at`` falls, and as what.

    They stand equally near to it; :func:`cover` chooses the best of them. Nobody: nobody whom it
    could fall to is on duty.
    """
    ranks: list[tuple[Standing, list[str]]] = [
        ("owner", _if_on_duty(practice, calendars, owner, at)),
        ("backup", _if_on_duty(practice, calendars, backup, at)),
        *(("role", calendar.on_duty(role, at)) for calendar in calendars),
        *(("manager", calendar.on_duty(practice.manager_role, at)) for calendar in calendars),
    ]
    for full_too in (False, True):
        for standing, people in ranks:
            free = [p for p in people if full_too or not _is_full(practice.people[p], load)]
            if free:
                return standing, free
    return "manager", []


def does_own(
    practice: Practice, calendars: Sequence[Duty], person: str, at: int, load: Mapping[str, int]
) -> bool:
    """Whether :func:`cover` leaves somebody's own work with them, whatever work it is."""
    known = practice.people.get(person)
    free = known is not None and not _is_full(known, load)
    return free and bool(_if_on_duty(practice, calendars, person, at))


def may_stand_in(
    practice: Practice, calendars: Sequence[Duty], person: str, at: int, load: Mapping[str, int]
) -> bool:
    """Whether :func:`cover` could give somebody any work of others'; False is certain.

    Whoever is full gets none while a manager, or anybody else, is on duty who is not.
    """
    if person in (practice.on_call, practice.last_resort):
        return True
    if does_own(practice, calendars, person, at, load):
        return True
    managers = (m for each in calendars for m in each.on_duty(practice.manager_role, at))
    if any(not _is_full(practice.people[manager], load) for manager in managers):
        return False
    return bool(_if_on_duty(practice, calendars, person, at))


def last_to_call(practice: Practice, today: date, *, open_now: bool) -> str | None:
    """Who is told where no rung of a ladder is staffed, ``today`` being the local date.

    While the location is open the last resort, at night and on closed days whoever is on call;
    the other of the two where that one is away or gone, and None where both are.
    """
    ends = (practice.last_resort, practice.on_call)
    for name in ends if open_now else reversed(ends):
        person = practice.people.get(name)
        if person is not None and person.active and not is_away(person, today):
            return name
    return None


def _out_of_hours(
    practice: Practice, calendars: Sequence[Duty], owner: str, at: int, load: Mapping[str, int]
) -> Cover:
    on_call = practice.people.get(practice.on_call)
    if on_call and on_call.active and not is_away(on_call, calendars[0].local(at).date()):
        why = _why(practice, calendars, owner, on_call.id, at, load)
        return Cover(on_call.id, "on call", why)
    why = _why(practice, calendars, owner, practice.last_resort, at, load)
    return Cover(practice.last_resort, "last resort", why)


def _best(
    practice: Practice, people: Iterable[str], language: str | None, load: Mapping[str, int]
) -> str:
    def rank(person: str) -> tuple[bool, int]:
        speaks = language is None or _speaks(practice.people[person], language)
        return not speaks, load.get(person, 0)

    return min(people, key=rank)


def _speaks(person: Person, language: str) -> bool:
    return tongue(language) in map(tongue, person.languages)


def tongue(language: str) -> str:
    """A language without its country: ``es`` of ``es-MX``."""
    return language.replace("_", "-").split("-")[0].lower()


def _if_on_duty(practice: Practice, calendars: Sequence[Duty], person: str, at: int) -> list[str]:
    known = practice.people.get(person)
    roles = known.roles if known else ()
    here = any(person in each.on_duty(role, at) for each in calendars for role in roles)
    return [person] if here else []


def _is_full(person: Person, load: Mapping[str, int]) -> bool:
    most = person.most_open_tasks
    return most is not None and load.get(person.id, 0) >= most


def _why(
    practice: Practice,
    calendars: Sequence[Duty],
    owner: str,
    person: str,
    at: int,
    load: Mapping[str, int],
) -> str:
    """Why ``person`` and not the owner: a clause, or nothing if it is the owner."""
    if person == owner:
        return ""
    known = practice.people.get(owner)
    if known is None or not known.active:
        return f"{known.name if known else 'the owner'} no longer works here"
    if _if_on_duty(practice, calendars, owner, at):
        return f"{known.name} has {load.get(owner, 0)} open tasks"
    return f"{known.name} {_absence(known, calendars[0].local(at))}"


def _absence(person: Person, now: datetime) -> str:
    day, time = now.date().isoformat(), f"{now:%H:%M}"
    if day in person.call_offs:
        return "called off today"
    if is_away(person, now.date()):
        return "is on leave"
    if person.lunch and person.lunch[0] <= time < person.lunch[1]:
        return "is at lunch"
    return "is not on duty"


def _weight(seed: str, person: str) -> bytes:
    return blake2b(f"{seed}\0{person}".encode(), digest_size=8).digest()
