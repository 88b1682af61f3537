"""The compiled lane: what the loader produces and everything below it reads.

Frozen values only. Every rule keeps the place it was written (``where``) so that a
decision can name its line; places are not part of a lane's meaning or of its hash.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Scalar = str | int | float | bool
Unit = Literal[
    "minutes", "hours", "days", "weeks", "months", "business hours", "business days", "same day"
]
Op = Literal[
    "is", "is_not", "one_of", "none_of", "contains", "lacks",
    "at_least", "less_than", "more_than", "at_most", "known", "same_as",
]  # fmt: skip
Outcome = Literal["completed", "unsuccessful", "cancelled"]


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every frozen value of the lane language."""


class Where(Value, frozen=True, array_like=True):
    """A place in a file: path relative to the practice folder, 1-based line and column."""

    file: str
    line: int
    column: int = 1


class Duration(Value, frozen=True):
    """A length of time as written, e.g. ``2 business days`` is (2, "business days").

    ``same day`` is (0, "same day"). Units are always plural here.
    """

    n: int
    unit: Unit


class Fact(Value, frozen=True):
    """A fact that events bring, as declared under ``facts:``."""

    type: Literal["text", "number", "yes or no", "date", "date and time", "list"] = "text"
    one_of: tuple[str, ...] = ()
    default: Scalar | None = None


class Atom(Value, frozen=True, tag="atom"):
    """One test of one fact.

    ``value``: a scalar, a tuple of scalars (one_of/none_of), a Duration (since./until. facts),
    or the other fact's name (same_as). ``in_last`` only on count/days facts.
    """

    fact: str
    op: Op
    value: Scalar | Duration | tuple[Scalar, ...]
    in_last: Duration | None = None
    where: Where | None = None


class AllOf(Value, frozen=True, tag="all"):
    """Holds when every part holds; the empty one always holds."""

    parts: tuple[Atom | AllOf | AnyOf, ...] = ()


class AnyOf(Value, frozen=True, tag="any"):
    """Holds when at least one part holds."""

    parts: tuple[Atom | AllOf | AnyOf, ...] = ()


Condition = AllOf
ALWAYS = AllOf()


class Opening(Value, frozen=True):
    """A trigger (``opens:``): an event that opens a case."""

    on: str
    when: Condition = ALWAYS
    if_open: Literal["update", "replace"] = "update"
    unless_open: tuple[str, ...] = ()
    stale_after: Duration = Duration(30, "days")
    where: Where | None = None


class TierRule(Value, frozen=True):
    """``priority:`` (name is a tier) and ``classify:`` (name is a kind); first match wins."""

    name: str
    when: Condition = ALWAYS
    where: Where | None = None


class Window(Value, frozen=True):
    """A response window: a duration per tier, from the trigger's time or from an event.

    ``by_tier`` holds every tier of the practice (the loader spreads a bare duration over all).
    ``start`` is an event type, or None for the trigger's own time.
    """

    by_tier: dict[str, Duration]
    start: str | None = None
    norm: str = "none"
    where: Where | None = None


class Due(Value, frozen=True):
    """When something is due (or starts): one of ``window``, ``duration``, ``anchor`` is set.

    ``window``: a name in ``Lane.windows``. ``duration``: from the moment it is set.
    ``anchor``: a date fact or a window's name, with ``by`` before or after it.
    """

    window: str | None = None
    duration: Duration | None = None
    anchor: str | None = None
    by: Duration | None = None
    side: Literal["before", "after"] = "after"


class Attempt(Value, frozen=True):
    """One touchpoint of a round: a channel, and how long after the one before it."""

    by: str
    after: Duration | None = None


class TaskSpec(Value, frozen=True):
    """A status's main task, or a side task of a barrier.

    ``do`` is a Jinja template of one line. ``who`` is a role (None: the case's owner).
    ``to`` is a party (``hospital``, ``payer``…) when the task is toward a partner.
    ``after_last`` is a status. ``done`` is the event recorded when it is finished.
    """

    do: str
    due: Due
    script: str | None = None
    who: str | None = None
    to: str | None = None
    start: Due | None = None
    starts_at_most: int | None = None
    attempts: tuple[Attempt, ...] = ()
    every: Duration | None = None
    after_last: str | None = None
    buttons: tuple[str, ...] = ()
    done: str | None = None
    where: Where | None = None


class Move(Value, frozen=True):
    """A move to another status; ``on`` is an event type or None."""

    to: str
    on: str | None = None
    when: Condition = ALWAYS
    again: bool = False
    where: Where | None = None


class Status(Value, frozen=True):
    """A status: the queue it shows in, its one main task, its own moves."""

    id: str
    queue: str
    task: TaskSpec
    moves: tuple[Move, ...] = ()
    was: tuple[str, ...] = ()
    where: Where | None = None


class Chase(Value, frozen=True):
    """How a missing checklist item is asked for, again and again until it comes."""

    every: Duration
    script: str | None = None
    by: str | None = None


class Item(Value, frozen=True):
    """A checklist item: what must be here and who owes it.

    ``owed_by`` is a party: ``us``, ``patient``, or a partner (``hospital``, ``payer``…).
    ``needs``: ids of items that must be received first. ``done_by``: event types that bring it.
    ``who``: role that acts on it (None: the owner).
    """

    id: str
    label: str
    owed_by: str
    due: Due
    who: str | None = None
    needs: tuple[str, ...] = ()
    when: Condition = ALWAYS
    done_by: tuple[str, ...] = ()
    chase: Chase | None = None
    where: Where | None = None


class Barrier(Value, frozen=True):
    """What stands between the patient and the next step; may call for its own task and script."""

    id: str
    title: str
    task: TaskSpec | None = None
    where: Where | None = None


class EscalationRule(Value, frozen=True):
    """When to call for help. One of ``on``, ``when`` (not ALWAYS) or ``builtin`` drives it.

    ``builtin``: ``overdue``, ``first_response_late`` or ``untouched``; these are always present.
    """

    id: str
    text: str
    ladder: str
    on: str | None = None
    when: Condition = ALWAYS
    builtin: Literal["overdue", "first_response_late", "untouched"] | None = None
    pause_outreach: bool = False
    where: Where | None = None


class Close(Value, frozen=True):
    """How a case ends. ``ask`` (``reason: ask``): whoever closes it must give a reason.

    Without ``ask`` and without ``reason`` the outcome speaks for itself.
    """

    outcome: Outcome
    on: str | None = None
    when: Condition = ALWAYS
    by_hand: tuple[str, ...] = ()
    confirm: str | None = None
    reason: str | None = None
    ask: bool = False
    where: Where | None = None


class Reopen(Value, frozen=True):
    """Events that bring a closed case back as its own successor."""

    on: tuple[str, ...]
    within: Duration
    where: Where | None = None


class Period(Value, frozen=True):
    """A counting period: so many days from an event, or the calendar month (``every`` None)."""

    id: str
    every: Duration | None = None
    starts: str | None = None
    where: Where | None = None


class Lane(Value, frozen=True, kw_only=True):
    """One lane, complete: the practice's defaults are already merged in.

    ``hash`` is the SHA-256 (hex) of its meaning: everything but places and the hash itself.
    ``escalations`` holds the lane's own, then the practice's common ones it did not switch off,
    then the three built-in ones. ``barriers`` holds the practice's and the lane's.
    ``statuses`` keeps file order; the first is where a case starts.
    """

    id: str
    title: str
    purpose: str
    file: str
    hash: str = ""
    facts: dict[str, Fact]
    opens: tuple[Opening, ...]
    one_case_per: tuple[str, ...]
    ours: dict[str, Condition]
    periods: dict[str, Period]
    priority: tuple[TierRule, ...]
    classify: tuple[TierRule, ...]
    windows: dict[str, Window]
    owner: str
    backup: str
    checklist: tuple[Item, ...]
    barriers: dict[str, Barrier]
    statuses: dict[str, Status]
    moves: tuple[Move, ...]
    escalations: tuple[EscalationRule, ...]
    closes: tuple[Close, ...]
    reopens: Reopen | None = None
    again_after: Duration | None = None
    untouched: Duration
    where: Where | None = None

    @property
    def first_status(self) -> str:
        """The status a case starts in."""
        return next(iter(self.statuses))
