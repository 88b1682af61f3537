"""A lane as a page to read: the same rules in sentences, each with the line it is written on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from laneflow.lanes.durations import in_words
from laneflow.lanes.model import (
    Attempt,
    Close,
    EscalationRule,
    Item,
    Lane,
    Move,
    Opening,
    Reopen,
    Status,
    TaskSpec,
    TierRule,
    Where,
)
from laneflow.lanes.words import condition, due, happens, plain, window
from laneflow.practice.model import Practice
from laneflow.practice.names import party_title


@dataclass(frozen=True, slots=True)
class Row:
    """One sentence, how deep it stands under its section, and where it comes from, if anywhere."""

    text: str
    depth: int = 0
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what it holds."""

    title: str
    rows: tuple[Row, ...]


def page(lane: Lane, practice: Practice) -> tuple[Section, ...]:
    """The whole lane, the practice's share in it included, in the order of a lane file."""
    sections = {
        "Opens": _opens(lane),
        "Tiers, the first that fits": _named(lane.priority),
        "Kinds, the first that fits": _named(lane.classify),
        "Response windows": (Row(f"{n}: {window(w)}", 0, w.where) for n, w in lane.windows.items()),
        "Who": (Row(f"Owner: {lane.owner}"), Row(f"Backup: {lane.backup}")),
        "Checklist": (_item(item, practice) for item in lane.checklist),
        "Statuses": (row for each in lane.statuses.values() for row in _status(each, practice)),
        "From any status": map(_move, lane.moves),
        "Calls for help": (_escalation(rule, practice) for rule in lane.escalations),
        "Closes": map(_close, lane.closes),
        "Comes back": _comes_back(lane),
        "Barriers": _barriers(lane, practice),
    }
    built = (Section(title, tuple(rows)) for title, rows in sections.items())
    return tuple(section for section in built if section.rows)


def _opens(lane: Lane) -> Iterator[Row]:
    for opening in lane.opens:
        yield Row(_sentence(happens(opening.on, opening.when), _beside(opening)), 0, opening.where)
    yield Row(f"One case per {' and '.join(lane.one_case_per)}")


def _beside(opening: Opening) -> str:
    """What an opening says of other cases and of old news."""
    said = ["an open case is replaced" if opening.if_open == "replace" else ""]
    if opening.unless_open:
        said.append(f"not while it has a place in {' or '.join(opening.unless_open)}")
    said.append(f"not when older than {in_words(opening.stale_after)}")
    return "; ".join(filter(None, said))


def _named(rules: Iterable[TierRule]) -> Iterator[Row]:
    for rule in rules:
        yield Row(_sentence(rule.name, condition(rule.when) or "all others"), 0, rule.where)


def _item(item: Item, practice: Practice) -> Row:
    said = [f"owed by {party_title(practice, item.owed_by)}", f"due {due(item.due)}"]
    said += [f"acted on by the {item.who}"] if item.who else []
    said += [f"after {' and '.join(item.needs)}"] if item.needs else []
    said += [f"when {condition(item.when)}"] if item.when.parts else []
    said += [f"brought by {' or '.join(item.done_by)}"] if item.done_by else []
    said += [f"asked for again every {in_words(item.chase.every)}"] if item.chase else []
    return Row(f"{item.label}: {', '.join(said)}", 0, item.where)


def _status(status: Status, practice: Practice) -> Iterator[Row]:
    yield Row(f"{plain(status.id)} ({status.queue})", 0, status.where)
    yield from (Row(text, 1, status.task.where) for text in _task(status.task, practice))
    yield from (Row(row.text, 1, row.where) for row in map(_move, status.moves))


def _task(task: TaskSpec, practice: Practice) -> Iterator[str]:
    to = f", toward {party_title(practice, task.to)}" if task.to else ""
    who = f" ({task.who})" if task.who else ""
    yield f"{task.do}{who}{to}: due {due(task.due)}"
    if task.start:
        most = f", at most {task.starts_at_most} a day" if task.starts_at_most else ""
        yield f"sleeps until {due(task.start)}{most}"
    if task.script:
        yield f"script {task.script}"
    if task.attempts:
        yield f"attempts: {', then '.join(map(_attempt, task.attempts))}"
    if task.every:
        yield f"again every {in_words(task.every)}"
    if task.after_last:
        yield f"after the last attempt: {plain(task.after_last)}"
    if task.buttons:
        yield f"buttons: {', '.join(task.buttons)}"
    if task.done:
        yield f"when it is done: {task.done}"


def _attempt(attempt: Attempt) -> str:
    return f"{attempt.by} after {in_words(attempt.after)}" if attempt.after else attempt.by


def _move(move: Move) -> Row:
    return Row(_sentence(f"to {plain(move.to)}", happens(move.on, move.when)), 0, move.where)


def _escalation(rule: EscalationRule, practice: Practice) -> Row:
    ladder = practice.ladders.get(rule.ladder)
    rungs = ", then ".join(rung.role for rung in ladder.rungs) if ladder else ""
    why = "" if rule.builtin else happens(rule.on, rule.when)
    pause = "; outreach waits meanwhile" if rule.pause_outreach else ""
    text = f"{rule.text}: {why + ': ' if why else ''}{rule.ladder} ({rungs}){pause}"
    return Row(text, 0, rule.where)


def _close(close: Close) -> Row:
    said = [happens(close.on, close.when)]
    said += [f"by hand by the {' or the '.join(close.by_hand)}"] if close.by_hand else []
    said += [f"if the {close.confirm} agrees"] if close.confirm else []
    said += ["with a reason"] if close.ask else [f"“{close.reason}”"] if close.reason else []
    return Row(_sentence(close.outcome, ", ".join(filter(None, said))), 0, close.where)


def _comes_back(lane: Lane) -> Iterator[Row]:
    reopens: Reopen | None = lane.reopens
    if reopens:
        yield Row(
            f"on {' or '.join(reopens.on)} within {in_words(reopens.within)} of its close",
            0,
            reopens.where,
        )
    if lane.again_after:
        yield Row(f"by itself, {in_words(lane.again_after)} after any close")


def _barriers(lane: Lane, practice: Practice) -> Iterator[Row]:
    for barrier in lane.barriers.values():
        if barrier.task:
            yield Row(f"{barrier.title}: {next(_task(barrier.task, practice))}", 0, barrier.where)


def _sentence(head: str, rest: str) -> str:
    return f"{head}: {rest}" if rest else head
