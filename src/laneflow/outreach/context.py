"""What a script may speak of: a case's facts by their dotted names, cleaned for reading aloud."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from laneflow.outreach.environment import Facts
from laneflow.practice import words

if TYPE_CHECKING:
    from laneflow.engine.state import Case, Task
    from laneflow.lanes.model import Fact, Lane
    from laneflow.practice.model import LoadedPractice, Practice

MAX_VALUE = 200
"""Characters of one value from a feed that a script will print; the rest becomes "…"."""
MAX_LIST = 50
_ENDED = frozenset({"completed", "missed", "cancelled"})
_DATES = frozenset({"date", "date and time"})
_PATIENT_DATES = frozenset({"patient.birth_date"})

NAMES: dict[str, tuple[str, ...]] = {
    "practice": ("name", "phone"),
    "location": ("id", "name"),
    "owner": ("name",),
    "backup": ("name",),
    "speaker": ("name",),
    "partner": ("id", "name", "missing"),
    "case": ("id", "opened", "status", "queue", "tier", "kind", "last_outcome"),
    "task": ("due", "channel", "attempt"),
    "checklist": ("missing", "received", "missing_from"),
    "patient": (
        "id", "name", "first_name", "last_name", "middle_name", "birth_date", "sex", "age",
        "language", "preferred_channel", "phone", "email", "address", "portal", "caregiver",
    ),
    "today": (), "channel": (), "kind": (), "tier": (), "status": (), "attempt": (),
    "barrier": (), "barriers": (), "missed_steps": (),
    "queue": (), "last_outcome": (),
}  # fmt: skip
"""What every script may use besides the lane's own facts, ``opening.*`` and ``windows.*``."""


def facts_for(
    loaded: LoadedPractice,
    case: Case,
    patient: Mapping[str, Any],
    task: Task,
    at: int,
    speaker: str = "",
) -> Facts:
    """The facts of one prompt. ``patient``: the patient file's, flat (``patient.first_name``).

    ``at`` is an instant in ms; dates come out in the location's zone. ``speaker`` is the id of
    the person who will say it, else the owner. Unknown facts are simply not there.
    """
    practice, lane = loaded.practice, loaded.lanes[case.lane]
    zone = zone_of(practice, case.location)
    tree = Facts()
    for name, value in _flat(lane, case, patient):
        _plant(tree, name, typed(lane.facts.get(name), name, value, zone))
    opening = Facts("opening")
    for name, value in case.opening.items():
        _plant(opening, name, typed(lane.facts.get(name), name, value, zone))
    tree["opening"] = opening
    _patient(tree, case)
    tree.update(_people(practice, case, speaker))
    tree.update(_checklist(practice, lane, case, task))
    tree.update(_moment(lane, case, task, at, zone))
    return tree


def zone_of(practice: Practice, location: str) -> ZoneInfo:
    """The zone of a location, the practice's own where the location is not known."""
    return ZoneInfo(words.zone_of(practice, location))


def clean(value: Any) -> Any:
    """A value fit to be printed: one line, no control or invisible characters, not too long.

    None where nothing is left of it. Feeds decide what is in a value; they must not be able to
    add lines to a letter or turn the direction of its text.
    """
    if isinstance(value, str):
        if not value.isprintable():
            value = "".join(c if c.isprintable() else " " for c in value)
        value = " ".join(value.split())
        return (value if len(value) <= MAX_VALUE else value[: MAX_VALUE - 1] + "…") or None
    if isinstance(value, list | tuple):
        return tuple(v for v in map(clean, value[:MAX_LIST]) if isinstance(v, str | int | float))
    return value if isinstance(value, bool | int | float | date) else None


def _flat(lane: Lane, case: Case, patient: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    appointment = _next_appointment(case)
    for name, fact in lane.facts.items():
        if fact.default is not None and (appointment or not name.startswith("appointment.")):
            yield name, fact.default
    for name, (value, _) in case.facts.items():
        if not name.startswith("appointment."):
            yield name, value
    yield from appointment.items()
    for name, value in patient.items():
        yield (name if name.startswith("patient.") else f"patient.{name}"), value


def _next_appointment(case: Case) -> Mapping[str, Any]:
    """The facts of the earliest linked appointment still ahead, as the engine means them."""
    standing = [a for a in case.appointments.values() if a.get("state") not in _ENDED]
    return min(standing, key=lambda a: str(a.get("appointment.start", "~")), default={})


def typed(fact: Fact | None, name: str, value: Any, zone: ZoneInfo) -> Any:
    """A fact's value as scripts see it: dates as dates, in ``zone``; everything else clean."""
    is_date = fact.type in _DATES if fact else name in _PATIENT_DATES
    if not is_date or not isinstance(value, str):
        return clean(value)
    try:
        if len(value) <= 10:
            return date.fromisoformat(value)
        moment = datetime.fromisoformat(value)
    except ValueError:
        return clean(value)
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)


def _plant(tree: Facts, name: str, value: Any) -> None:
    """Put ``value`` at its dotted place; a value that is not there leaves no trace."""
    here, last = tree.around(name)
    if value is not None:
        here[last] = value


def _patient(tree: Facts, case: Case) -> None:
    person = tree.setdefault("patient", Facts("patient"))
    person.setdefault("id", clean(case.patient))
    if "patient.age" in case.opening:
        person["age"] = case.opening["patient.age"]
    names = [person[part] for part in ("first_name", "last_name") if part in person]
    if len(names) == 2:
        person["name"] = " ".join(names)


def _people(practice: Practice, case: Case, speaker: str) -> dict[str, Any]:
    location = practice.locations.get(case.location)
    place = [("id", location.id), ("name", location.name)] if location else []
    named: dict[str, Any] = {
        "practice": Facts("practice", [("name", practice.name), ("phone", practice.phone)]),
        "location": Facts("location", place),
    }
    for part, person in (
        ("owner", case.owner), ("backup", case.backup), ("speaker", speaker or case.owner),
    ):  # fmt: skip
        known = practice.people.get(person)
        named[part] = Facts(part, [("name", known.name)] if known else [])
    return named


def _checklist(practice: Practice, lane: Lane, case: Case, task: Task) -> dict[str, Any]:
    missing: list[str] = []
    received: list[str] = []
    owed: dict[str, list[str]] = {}
    for item in lane.checklist:
        state = case.items.get(item.id)
        if state is None or state.state == "not needed":
            continue
        if state.state == "received":
            received.append(item.label)
        else:
            missing.append(item.label)
            owed.setdefault(item.owed_by, []).append(item.label)
    partner = Facts("partner", [("missing", tuple(owed.get(task.to, ())))])
    if task.to:
        partner.update(id=task.to, name=practice.parties.get(task.to, task.to))
    return {
        "checklist": Facts("checklist", [
            ("missing", tuple(missing)),
            ("received", tuple(received)),
            ("missing_from", Facts("checklist.missing_from",
                                   [(party, tuple(labels)) for party, labels in owed.items()])),
        ]),
        "partner": partner,
    }  # fmt: skip


def _moment(lane: Lane, case: Case, task: Task, at: int, zone: ZoneInfo) -> dict[str, Any]:
    attempt = task.attempt + 1
    standing = {
        "status": case.status, "queue": case.queue, "tier": case.tier, "kind": case.kind,
        "last_outcome": case.last_outcome,
    }  # fmt: skip
    known = {name: value for name, value in standing.items() if value}
    held = [lane.barriers[b].title if b in lane.barriers else b for b in case.barriers]
    about = {"id": case.id, "opened": _local(case.opened, zone), **known}
    due = {"due": _local(task.due.at, zone), "channel": task.channel, "attempt": attempt}
    windows = {name: _local(date.at, zone) for name, date in case.windows.items()}
    promise = case.promises.get(task.key.removeprefix("promise:"))
    return {
        **known,
        **({"promise": clean(promise.what)} if promise else {}),
        "case": Facts("case", about.items()),
        "task": Facts("task", due.items()),
        "windows": Facts("windows", windows.items()),
        "attempt": attempt,
        "channel": task.channel,
        "barrier": tuple(case.barriers),
        "barriers": tuple(held),
        "missed_steps": case.missed_steps,
        "today": _local(at, zone).date(),
    }


def _local(instant: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(instant / 1000, UTC).astimezone(zone)
