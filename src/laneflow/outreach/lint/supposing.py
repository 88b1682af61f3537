"""What to suppose of a case so that every branch of a script is taken at least once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from laneflow.errors import LaneflowError, Problem
from laneflow.lanes.vocabulary import NOTE_OUTCOMES, QUEUES
from laneflow.outreach.lint.examples import GONE, ITEMS, SOON, example
from laneflow.outreach.lint.names import wanted_by

if TYPE_CHECKING:
    from laneflow.lanes.model import Fact, Lane
    from laneflow.practice.model import Practice

WHOLE = 48
"""Up to so many combinations a script is rendered with every one of them."""
SEARCH = 300
"""Renderings spent on one branch before it is said that nothing leads there."""


class _Unknown:
    """Stands for a fact nobody has told yet."""

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN: Any = _Unknown()
Supposed = dict[str, Any]
"""Dotted fact -> its value, or UNKNOWN; every other fact has its usual example."""


def choices(
    name: str,
    compared: Iterable[Any],
    practice: Practice,
    lanes: Sequence[Lane],
    script: str,
    channel: str,
) -> tuple[Any, ...]:
    """The values of a fact worth trying, the likeliest first.

    Where a fact can only be certain things (a kind the lanes classify by, a status that uses the
    script, a fact's ``one_of``), only those: a branch for any other is never taken.
    """
    closed = _closed(name, practice, lanes, script, channel)
    if closed is not None:
        return closed
    declared = [lane.facts[plain] for lane in lanes if (plain := _plain(name)) in lane.facts]
    fact = declared[0] if declared else None
    may_lack = name.startswith(("opening.", "appointment.")) or not any(
        each.default is not None for each in declared
    )
    gone = (UNKNOWN,) if may_lack else ()
    if fact is not None and fact.one_of:
        return (*fact.one_of, *gone)
    return (*_open(name, fact, [v for v in compared if v is not None]), *gone)


def _plain(name: str) -> str:
    return name.removeprefix("opening.")


def _closed(
    name: str, practice: Practice, lanes: Sequence[Lane], script: str, channel: str
) -> tuple[Any, ...] | None:
    name = name.removeprefix("case.")
    if name in ("channel", "task.channel"):
        return (channel,)
    if name == "kind":
        kinds = dict.fromkeys(rule.name for lane in lanes for rule in lane.classify)
        bare = any(not lane.classify for lane in lanes)
        return (*kinds, *((UNKNOWN,) if bare or not kinds else ()))
    if name == "tier":
        return practice.tiers
    if name == "status":
        return tuple(dict.fromkeys(s for lane in lanes for s in _statuses(lane, script)))
    if name == "queue":
        return tuple(QUEUES)
    if name == "last_outcome":
        return (UNKNOWN, *NOTE_OUTCOMES)
    return None


def _statuses(lane: Lane, script: str) -> Iterator[str]:
    """The statuses in which this lane may say the script."""
    own = [status.id for status in lane.statuses.values() if status.task.script == script]
    beside = [name for name, _, _ in wanted_by(lane)].count(script) > len(own)
    yield from lane.statuses if beside or not own else own


_LISTS = ("checklist.", "partner.missing", "barrier", "barriers")
_COUNTS = ("attempt", "task.attempt", "missed_steps")


def _open(name: str, fact: Fact | None, compared: list[Any]) -> tuple[Any, ...]:
    """Values of a fact that can be anything."""
    kind = fact.type if fact is not None else ""
    if name.startswith(_LISTS) or kind == "list":
        words = tuple(value for value in compared if isinstance(value, str))
        return (ITEMS[:1], ITEMS, (), *((words,) if words else ()))
    if kind in ("date", "date and time") or name.startswith("windows.") or name in ("case.opened",):
        return (SOON, GONE) if kind != "date" else (SOON.date(), GONE.date())
    numbers = [value for value in compared if isinstance(value, int | float)]
    if kind == "number" or name in _COUNTS or (numbers and fact is None):
        near = {n + step for n in numbers for step in (-1, 0, 1)} or {0, 1, 2}
        return tuple(sorted(n for n in near if n >= (1 if "attempt" in name else 0)))
    if kind == "yes or no":
        return (True, False)
    words = tuple(dict.fromkeys(value for value in compared if isinstance(value, str)))
    return (*dict.fromkeys((example(name, fact), *words)),)


def suppositions(domains: Mapping[str, Sequence[Any]]) -> list[Supposed]:
    """Combinations to begin with: all of them where they are few, else each value once.

    The first supposes the likeliest of everything, the last that whatever may be unknown is.
    """
    names = list(domains)
    if prod(len(values) for values in domains.values()) <= WHOLE:
        return [dict(zip(names, each, strict=True)) for each in product(*domains.values())]
    usual = {name: values[0] for name, values in domains.items()}
    found = [usual]
    for name, values in domains.items():
        found += [usual | {name: value} for value in values[1:]]
    bare = {name: UNKNOWN for name, values in domains.items() if UNKNOWN in values}
    return [*found, usual | bare]


def further(domains: Mapping[str, Sequence[Any]], deciding: Iterable[str]) -> Iterator[Supposed]:
    """Combinations of the facts that decide at one branch, then of any two others with them."""
    usual = {name: values[0] for name, values in domains.items()}
    near = [name for name in deciding if name in domains]
    spent = 0
    for others in ((), *((name,) for name in domains if name not in near)):
        names = [*near, *others]
        for values in product(*(domains[name] for name in names)):
            yield usual | dict(zip(names, values, strict=True))
            spent += 1
            if spent >= SEARCH:
                return


def value_like(usual: Any, fact: str, text: str) -> Any:
    """``text`` as a value of the same kind as ``usual``; "unknown" is UNKNOWN.

    Raises LaneflowError where it cannot be one.
    """
    if text.casefold() == "unknown":
        return UNKNOWN
    try:
        if isinstance(usual, datetime):
            return datetime.fromisoformat(text).replace(tzinfo=usual.tzinfo)
        if isinstance(usual, date):
            return date.fromisoformat(text)
        if isinstance(usual, bool):
            return {"yes": True, "no": False}[text.casefold()]
        if isinstance(usual, int | float):
            return int(text)
    except (ValueError, KeyError):
        kind = next(words for type_, words in _KINDS if isinstance(usual, type_))
        what = f'"{text}" is not {kind}'
        raise LaneflowError(Problem(fact, 0, 0, what, "Or write unknown.")) from None
    if isinstance(usual, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text


_KINDS: tuple[tuple[type, str], ...] = (
    (datetime, "a time such as 2026-09-10T15:30"), (date, "a date such as 2026-09-10"),
    (bool, "yes or no"), (int, "a whole number"), (float, "a whole number"),
)  # fmt: skip


def in_words(supposed: Mapping[str, Any]) -> str:
    """``kind is mammogram; referral.specialty unknown`` for people; "" for nothing supposed."""
    return "; ".join(f"{name} {_said(value)}" for name, value in supposed.items())


def _said(value: Any) -> str:
    if value is UNKNOWN:
        return "unknown"
    if isinstance(value, datetime | date):
        return f"on {value:%Y-%m-%d}"
    if isinstance(value, tuple):
        return f"is {', '.join(value)}" if value else "is empty"
    if isinstance(value, bool):
        return "is yes" if value else "is no"
    return f"is {value}"
