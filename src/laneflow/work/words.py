"""What a decision changed in a case, in words: for whoever made it, and for the case's story."""

from __future__ import annotations

from collections.abc import Iterator

from laneflow.engine.explain.naming import side_task
from laneflow.engine.state import Case, Escalation, Instant, Task
from laneflow.lanes.words import capital, plain
from laneflow.practice.model import LoadedPractice, Practice
from laneflow.practice.names import Names
from laneflow.practice.words import name_of, spoken, zone_of


def changes(loaded: LoadedPractice, before: Case | None, after: Case) -> list[str]:
    """One plain sentence for each thing that is different now, the most important first."""
    unopened = Case(id=after.id, patient="", lane=after.lane)
    return list(_changes(Names(loaded, after.lane), before or unopened, after))


def _when(practice: Practice, case: Case, at: Instant) -> str:
    """An instant as it reads where the case belongs, with the zone named."""
    return spoken(at, zone_of(practice, case.location))


def _changes(names: Names, before: Case, after: Case) -> Iterator[str]:
    practice = names.practice
    if after.closed and not before.closed:
        reason = after.closed.reason
        because = f": {reason}" if reason not in ("", after.closed.outcome) else ""
        yield f"Closed as {after.closed.outcome}{because}."
        return
    if not before.status:
        yield f"Opened in {names.lane}."
    if before.status != after.status:
        yield f'Now in status "{plain(after.status)}".'
    if before.tier != after.tier:
        yield f"The tier is {after.tier}{f', it was {before.tier}' if before.tier else ''}."
    for field in ("owner", "backup"):
        person = getattr(after, field)
        if person and person != getattr(before, field):
            yield f"The {field} is {name_of(practice, person)}."
    yield from _escalations(names, before, after)
    if after.task and _moved(before.task, after.task):
        by = f" by {after.task.channel}" if after.task.channel else ""
        yield f"Next{by}: due {_when(practice, after, after.task.due.at)}."
    yield from _side_tasks(practice, before, after)
    yield from _barriers(names, before, after)
    yield from _items(names, before, after)


def _escalations(names: Names, before: Case, after: Case) -> Iterator[str]:
    practice = names.practice
    for rule, held in after.escalations.items():
        was, what = before.escalations.get(rule), names.escalation(rule)
        if was is None:
            yield f'Escalated: "{what}" to the {held.role}.'
        elif held.state == "taken" and was.state != "taken":
            until = f" Resolve it by {_when(practice, after, held.until)}." if held.until else ""
            yield f'{name_of(practice, held.taken_by)} has taken "{what}".{until}'
        elif _handed_on(was, held, after.at):
            to = name_of(practice, held.asked) if held.asked else f"the {held.role}"
            yield f'"{what}" is handed on to {to}.'
        elif held.rung != was.rung:
            yield f'Nobody in time: "{what}" goes on to the {held.role}.'
    for rule in before.escalations.keys() - after.escalations.keys():
        yield f'The escalation "{names.escalation(rule)}" is over.'


def _handed_on(was: Escalation, held: Escalation, at: Instant) -> bool:
    """Whether a person moved it on, and not the clock: its time had not run out."""
    same = held.n == was.n and held.state == "open" and held != was
    return same and (was.until is None or was.until > at)


def _side_tasks(practice: Practice, before: Case, after: Case) -> Iterator[str]:
    for key, task in after.side.items():
        if _moved(before.side.get(key), task):
            named = side_task(practice, key)
            yield f"Also {named}: due {_when(practice, after, task.due.at)}."
    for key in before.side.keys() - after.side.keys():
        yield f"Done with {side_task(practice, key)}."


def _barriers(names: Names, before: Case, after: Case) -> Iterator[str]:
    for barrier in sorted(after.barriers.keys() - before.barriers.keys()):
        yield f"In the way: {names.barrier(barrier)}."
    for barrier in sorted(before.barriers.keys() - after.barriers.keys()):
        yield f"No longer in the way: {names.barrier(barrier)}."


def _items(names: Names, before: Case, after: Case) -> Iterator[str]:
    """What has come of the checklist; at the opening, that everything is missing goes unsaid."""
    for key, item in after.items.items():
        was = before.items.get(key)
        if was is not None and was.state != item.state:
            yield f"{capital(names.item(key))} is {item.state}."


def _moved(before: Task | None, after: Task) -> bool:
    return before is None or (before.id, before.due.at) != (after.id, after.due.at)
