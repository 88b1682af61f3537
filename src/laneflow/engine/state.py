"""What the engine knows and says: inputs, the case, the patient's file, decisions.

Instants are integers: milliseconds since 1970-01-01T00:00Z. Dates in text appear only at the
edges. Everything here encodes to JSON with msgspec and comes back equal.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Instant = int
Change = tuple[Any, ...]
"""("new", id, patient, lane) | ("set", field, value) | ("put", field, key, value)
| ("add", field, key, item) into a sorted tuple | ("del", field, key): see ``engine.fold``."""


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that happened, from a feed. ``data`` is flat: dotted fact name -> scalar or list.

    ``time`` is when it happened; ``at`` when it is taken in (never before ``time`` less 5 minutes).
    Date-and-time facts in ``data`` are ISO 8601 text with offset; dates are ISO dates.
    """

    id: str
    source: str
    type: str
    time: Instant
    patient: str
    data: dict[str, Any] = {}
    at: Instant = 0


class Act(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person's documented act. ``case`` is empty for acts on the patient or an unplaced event.

    kinds and their data (all instants are milliseconds):
      note      outcome, with_whom, channel, barrier, barriers_resolved[], understanding, told,
                next_action, by_whom, by_when, promised_event, escalate (true or a ladder),
                events[] (buttons pressed), next_step_unclear, task (task key, default "main"),
                time (when the contact happened)
      done      task (key)                      a task finished
      snooze    task, until, reason; or task, again: the date it had before holds again
      assign    owner? backup? task?+person     hand over; claim: nobody else may have it yet
                task, back: what was claimed is anybody's again
      take      escalation (rule id)
      resolve   escalation, answer, next_task?{do, role, due?}
      hand_on   escalation, reason, to (person id) or back: true; neither: to the next rung
      confirm   close (index), yes: bool, reason
      close     outcome, reason                 by hand
      item      item, state (missing|partial|received|not needed), note
      promise   promise (key), kept: bool
      place     event {…Event}                  an unplaced event attached to this case
      event     type, data                      a button pressed outside a note
    """

    id: str
    kind: str
    by: str
    at: Instant
    patient: str
    case: str = ""
    data: dict[str, Any] = {}
    role: str = ""


class Date(msgspec.Struct, frozen=True, array_like=True):
    """A date that knows where it came from: from + duration = at; a fixed date has neither.

    ``anchor`` is the window or date fact it follows, ``side`` whether before or after it; then
    ``start`` is that fact's own instant (None while unknown). A date a person chose is only
    ``at``.
    """

    at: Instant
    start: Instant | None = None
    n: int = 0
    unit: str = ""
    anchor: str | None = None
    side: str = "after"


class Task(msgspec.Struct, frozen=True, omit_defaults=True):
    """An owned, dated piece of work. ``key``: "main", or a side task's own key.

    ``id`` is unique and stable: case id, "/", counter. ``who`` is a role or "" for the owner;
    ``person`` is set when someone claimed this one task. ``attempt`` counts from 0 within the
    round; ``channel`` is the attempt's. ``start`` later than now means it sleeps.
    ``do`` is the template text; ``script`` a script name; ``source`` "status:first_call",
    "items:hospital", "barrier:cost", "promise:…", "confirm:2", "answer:…". ``was`` is the due date
    before somebody put the task off, while ``snoozed`` lasts.
    """

    id: str
    key: str
    source: str
    do: str
    due: Date
    opened: Instant
    start: Date | None = None
    who: str = ""
    person: str = ""
    to: str = ""
    script: str = ""
    channel: str = ""
    attempt: int = 0
    round: int = 0
    snoozed: Instant | None = None
    paused: bool = False
    was: Date | None = None


class Escalation(msgspec.Struct, frozen=True, omit_defaults=True):
    """One call for help. ``rung`` indexes the ladder; its length means the last resort.

    ``state``: open (untaken), taken. Resolved and withdrawn ones leave the case.
    ``until``: when the ladder climbs, None once it stands on the last rung.
    ``release``: when the present rung is told. ``n`` counts the times this rule has opened.
    ``asked``: the person it was handed on to by name, until they take it or the ladder climbs.
    """

    rule: str
    n: int
    opened: Instant
    rung: int
    role: str
    release: Instant
    until: Instant | None
    state: Literal["open", "taken"] = "open"
    taken_by: str = ""
    taken_at: Instant | None = None
    because: str = ""
    last: bool = False
    asked: str = ""


class Promise(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the patient was told would happen, by whom and by when."""

    what: str
    by_whom: str
    by_when: Instant
    made: Instant
    event: str = ""
    kept: bool | None = None


ON_CALLS = frozenset({"take", "resolve", "hand_on"})
"""Kinds of acts on an escalation; a closed case takes them, too."""

OPEN_ITEM = ("missing", "partial")
"""States of a checklist item that somebody still owes."""


class ItemState(msgspec.Struct, frozen=True, omit_defaults=True):
    """A checklist item of one case."""

    state: Literal["missing", "partial", "received", "not needed"]
    due: Date | None = None
    since: Instant = 0
    asked: int = 0


class Closed(msgspec.Struct, frozen=True, omit_defaults=True):
    """How and why a case ended."""

    outcome: str
    reason: str
    at: Instant
    rule: str
    by: str = ""


class Case(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Everything laneflow knows about one case. Never changed in place: see ``engine.fold``."""

    id: str
    patient: str
    lane: str
    lane_hash: str = ""
    practice_hash: str = ""
    keys: dict[str, str] = {}
    location: str = ""
    seq: int = 0
    at: Instant = 0
    status: str = ""
    entered: Instant = 0
    queue: str = ""
    tier: str = ""
    kind: str = ""
    opened: Instant = 0
    started: Instant = 0
    trigger: str = ""
    previous: str = ""
    facts: dict[str, tuple[Any, Instant]] = {}
    opening: dict[str, Any] = {}
    appointments: dict[str, dict[str, Any]] = {}
    counts: dict[str, tuple[Instant, ...]] = {}
    amounts: dict[str, tuple[tuple[Instant, float], ...]] = {}
    periods: dict[str, tuple[Instant, Instant]] = {}
    visited: tuple[str, ...] = ()
    progress: Instant = 0
    touched: Instant = 0
    attempt: Instant | None = None
    contact: Instant | None = None
    attempts: int = 0
    failed_attempts: int = 0
    reached: bool = False
    understanding: str = ""
    last_outcome: str = ""
    inbound_calls: int = 0
    missed_steps: int = 0
    task_done: bool = False
    windows: dict[str, Date] = {}
    first_attempt: Instant | None = None
    first_contact: Instant | None = None
    items: dict[str, ItemState] = {}
    barriers: dict[str, Instant] = {}
    promises: dict[str, Promise] = {}
    owner: str = ""
    backup: str = ""
    task: Task | None = None
    side: dict[str, Task] = {}
    tasks_made: int = 0
    untouched: Date | None = None
    escalations: dict[str, Escalation] = {}
    raised: dict[str, int] = {}
    held: tuple[str, ...] = ()
    paused: bool = False
    confirming: tuple[str, ...] = ()
    closed: Closed | None = None
    wake_at: Instant | None = None


class Ended(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the patient's file remembers of the last closed case of a lane and its keys."""

    id: str
    lane: str
    keys: dict[str, str]
    at: Instant
    outcome: str
    opened: Instant
    trigger: str = ""
    location: str = ""
    facts: dict[str, tuple[Any, Instant]] = {}
    opening: dict[str, Any] = {}
    appointments: dict[str, dict[str, Any]] = {}
    owner: str = ""
    backup: str = ""


class Notice(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something somebody must be told. Words are made when it is sent.

    ``kind``: escalation, task, unplaced… ``key``: the escalation's or task's key.
    ``release``: not before. The outbox key is (case, seq, n).
    """

    n: int
    kind: str
    key: str
    role: str
    release: Instant
    person: str = ""


class Trace(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why: the rule, where it is written, and its tests with the values they saw."""

    rule: str
    file: str = ""
    line: int = 0
    did: str = ""
    tests: tuple[tuple[str, str, Any, Any], ...] = ()
    """(fact, op, wanted, seen)"""


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """One decision of one case: folding ``changes`` over the case before gives the case after.

    ``input``: ("event", source, id) | ("act", id) | ("wake",) | ("publish", hash).
    ``choices``: {"owner": person id, "backup": person id} where people were assigned.
    """

    case: str
    seq: int
    at: Instant
    input: tuple[str, ...]
    changes: tuple[Change, ...]
    lane_hash: str = ""
    practice_hash: str = ""
    engine: str = ""
    notices: tuple[Notice, ...] = ()
    trace: tuple[Trace, ...] = ()
    choices: dict[str, str] = {}


class Taken(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one input: the log of inputs has one of these per event and act.

    ``fate``: placed | opened | recorded (history only) | stale | too_old (a trigger past its
    stale_after) | unplaced | held (unless_open). ``why`` is a plain sentence without patient data.
    """

    input: Event | Act
    fate: str
    cases: tuple[str, ...] = ()
    why: str = ""


class Unplaced(msgspec.Struct, frozen=True, omit_defaults=True):
    """An event no case could be named for: owned and dated until attached, opened or dismissed."""

    event: Event
    why: str
    lanes: tuple[str, ...]
    candidates: tuple[str, ...]
    owner: str
    due: Instant


class PatientFile(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The unit of decision, locking and sharding: one patient's record and live cases.

    ``seq`` is the fence: it grows by one with every write. ``history``: event type -> sorted times.
    ``newest``: "family:record id" -> newest time seen. ``earlier``: recent events that carry a key.
    ``held``: triggers held back by unless_open. ``again``: (instant, lane, event) due later.
    ``ended``: last closed case per "lane|key=value|…". ``cases``: open ones, and closed ones that
    still have an unresolved escalation; stored beside the file, not inside its blob.
    """

    patient: str
    seq: int = 0
    at: Instant = 0
    facts: dict[str, Any] = {}
    facts_at: Instant = 0
    history: dict[str, list[Instant]] = {}
    newest: dict[str, Instant] = {}
    earlier: list[Event] = []
    held: list[tuple[str, Event]] = []
    again: list[tuple[Instant, str, Event]] = []
    ended: dict[str, Ended] = {}
    merged_into: str = ""
    cases: dict[str, Case] = {}

    @property
    def wake_at(self) -> Instant | None:
        """The least instant at which something is due, or None."""
        times = [c.wake_at for c in self.cases.values() if c.wake_at is not None]
        times += [again[0] for again in self.again]
        return min(times, default=None)


IDENTITY = (
    "patient.first_name", "patient.middle_name", "patient.last_name", "patient.birth_date",
    "patient.phone",
)  # fmt: skip
"""The facts a patient is found by."""


class FileResult(msgspec.Struct, kw_only=True):
    """What one ``run`` over one patient's file did; the store writes it in one transaction.

    ``seq_before`` is the fence to check. ``file`` is the file after, with ``seq`` = before + 1 when
    anything changed. ``touched``: every case that changed, as it now is (closed ones included,
    even when they have left ``file.cases``). ``decisions`` in order. ``renamed``: one of the facts
    in ``IDENTITY`` is another than before.
    """

    patient: str
    seq_before: int
    file: PatientFile
    touched: dict[str, Case]
    decisions: list[Decision]
    inputs: list[Taken]
    unplaced: list[Unplaced]
    renamed: bool = False

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return self.file.seq != self.seq_before
