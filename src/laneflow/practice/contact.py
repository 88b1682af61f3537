"""When a patient is left in peace: contact hours in their own zone, and the cap over all lanes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from laneflow.practice.model import Practice
from laneflow.practice.zones import DAY, HOUR, MINUTE, Zone, zone

DISTURBING = frozenset({"phone", "sms", "portal"})
"""Channels that reach the patient at once. A letter waits to be opened and is never held."""

WEEK = 7
"""Days a patient's contacts are counted over: the present one and the six before it."""

LOOK_BACK = (WEEK + 1) * DAY
"""Milliseconds before an instant in which every contact lies that may hold something then."""


class Hold(NamedTuple):
    """Outreach that had better wait: ``until`` is an instant, ``why`` a clause for people."""

    until: int
    why: str


class Courtesy(NamedTuple):
    """How it stands with leaving a patient in peace: their clock (``08:05``), whether it is within
    contact hours, and how often they were contacted today and in the last ``WEEK`` days."""

    clock: str
    awake: bool
    today: int
    week: int


def courtesy(practice: Practice, patient_zone: str, contacts: Iterable[int], at: int) -> Courtesy:
    """What whoever is about to contact a patient should know, whether or not it may wait.

    ``contacts`` and ``patient_zone`` as for ``hold``.
    """
    place = zone(patient_zone)
    opens, closes = (_time(text) for text in practice.contact_hours)
    today, now = divmod(place.local(at), DAY)
    days = Counter(place.local(contact) // DAY for contact in contacts if contact <= at)
    week = sum(days[today - back] for back in range(WEEK))
    return Courtesy(_shown(now), opens <= now < closes, days[today], week)


def may_hold(practice: Practice, tier: str, due: int, channel: str, at: int) -> bool:
    """Whether outreach by ``channel`` could ever have to wait, whoever the patient is."""
    return channel in DISTURBING and tier != practice.tiers[0] and due > at


def hold(
    practice: Practice,
    patient_zone: str,
    tier: str,
    due: int,
    contacts: Iterable[int],
    channel: str,
    at: int,
) -> Hold | None:
    """Until when outreach to a patient by ``channel`` waits, or None where nothing holds it.

    ``contacts``: instants at which the patient was contacted, in any lane (those of the last
    ``LOOK_BACK``; others do no harm). ``patient_zone``: an IANA name. All instants are
    milliseconds. Work of the strictest tier is never held and nothing is held past ``due``: by
    the cap not even past the beginning of contact hours on its day, so that it can still be done
    in time. Contact hours are a courtesy in care calls, see 47 CFR 64.1200(c)(1); the cap is
    after the FCC's 2015 exemption.
    """
    if not may_hold(practice, tier, due, channel, at):
        return None
    place = zone(patient_zone)
    opens, closes = (_time(text) for text in practice.contact_hours)
    today, now = divmod(place.local(at), DAY)
    first = today if now < closes else today + 1
    free, lately = _free(practice.contact_cap, place, contacts, first, at)

    def begins(day: int) -> int:
        return place.instant(day * DAY + opens)

    waits = min(due, begins(first))
    if free > first:
        until = min(due, begins(free), begins(place.local(due) // DAY))
        if until > max(at, waits):
            return Hold(until, _capped(practice.contact_cap, lately))
    if waits > at:
        hours = " to ".join(practice.contact_hours)
        return Hold(waits, f"it is {_shown(now)} for the patient; contact hours are {hours}")
    return None


def _free(
    cap: tuple[int, int], place: Zone, contacts: Iterable[int], first: int, at: int
) -> tuple[int, int]:
    """The first local day from ``first`` on that the cap leaves free; contacts up to ``first``."""
    a_day, a_week = cap
    days = Counter(place.local(contact) // DAY for contact in contacts if contact <= at)

    def lately(day: int) -> int:
        return sum(days[day - back] for back in range(WEEK))

    day = first
    while days[day] >= a_day or lately(day) >= a_week:
        day += 1
    return day, lately(first)


def _capped(cap: tuple[int, int], lately: int) -> str:
    times = "once" if lately == 1 else f"{lately} times"
    return f"contacted {times} in 7 days; at most {cap[0]} a day and {cap[1]} a week"


def _time(text: str) -> int:
    """``08:30`` as milliseconds since midnight."""
    hours, minutes = text.split(":")
    return int(hours) * HOUR + int(minutes) * MINUTE


def _shown(now: int) -> str:
    return f"{now // HOUR:02}:{now % HOUR // MINUTE:02}"
