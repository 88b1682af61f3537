"""Owns the rows of the hot tables: their columns in order, and what makes two rows the same.

Knows no Django, so that the in-memory store keeps the very same rows. Instants are integers
(milliseconds), structured values are JSON text. ``models`` declares the same columns once more for
the database; a test holds the two together.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from laneflow.engine.state import Instant


class InputRow(NamedTuple):
    """One event or act that was taken in. Acts have the source ``act``. ``cases``: a JSON list."""

    source: str
    key: str
    kind: str
    type: str
    patient: str
    time: Instant
    at: Instant
    fate: str
    cases: str
    why: str
    digest: str
    body: str


class FileRow(NamedTuple):
    """One patient's file. ``urgency``: the least ``tier_rank`` among its cases that will wake."""

    patient: str
    seq: int
    at: Instant
    wake_at: Instant | None
    urgency: int
    body: str


class CaseRow(NamedTuple):
    """One case, open or closed. ``body`` is all of it; the columns are what is asked for.

    ``touched``: the last documented act. ``live``: still part of its patient's file. ``watched``:
    open, or an escalation is untaken; such a case must not be silent. ``call``: when somebody is
    called next if nobody acts; ``last_rung``: an untaken escalation stands on its last rung.
    ``overdue_at``: from when on it is overdue if nobody acts; ``untaken``: how many escalations
    nobody has taken; ``barriers``: a JSON list of what is in the way, "" where nothing is;
    ``respond_by`` and ``responded``: when the first attempt was due, and when it was made;
    ``closed_by``: the person who closed it, "" where an event did.
    """

    id: str
    patient: str
    lane: str
    status: str
    queue: str
    tier: str
    tier_rank: int
    kind: str
    owner: str
    backup: str
    location: str
    opened: Instant
    entered: Instant
    progress: Instant
    touched: Instant
    due: Instant | None
    wake_at: Instant | None
    closed_at: Instant | None
    outcome: str
    reason: str
    closed_by: str
    seq: int
    live: bool
    watched: bool
    call: Instant | None
    last_rung: bool
    overdue_at: Instant | None
    untaken: int
    barriers: str
    respond_by: Instant | None
    responded: Instant | None
    body: str


class DecisionRow(NamedTuple):
    """One entry of a case's log. ``input_*`` name what it answered; JSON: the last four."""

    case: str
    seq: int
    at: Instant
    input_kind: str
    input_source: str
    input_key: str
    lane_hash: str
    practice_hash: str
    engine: str
    changes: str
    notices: str
    trace: str
    choices: str


class TaskRow(NamedTuple):
    """One task; its ``id`` begins with its case's.

    ``holder``: whose queue it is in, "" where any of the role ``who`` may take it.
    ``state``: open; done (a person or an event finished it); withdrawn (it was no longer needed).
    While it is open, ``tier_rank`` and ``owner`` to ``barriers`` are its case's; ``language``
    (``es``, whatever its country) and ``zone`` (a time zone that exists) are the patient's, ""
    where unknown. Once it is over these and ``holder`` are as in ``OVER``.
    """

    id: str
    case: str
    key: str
    source: str
    who: str
    person: str
    holder: str
    to: str
    due: Instant
    start: Instant | None
    snoozed: Instant | None
    channel: str
    script: str
    do: str
    attempt: int
    paused: bool
    opened: Instant
    tier_rank: int
    owner: str
    backup: str
    lane: str
    location: str
    queue: str
    barriers: str
    language: str
    zone: str
    state: str
    ended: Instant | None


OVER: dict[str, Any] = dict.fromkeys(
    ("holder", "owner", "backup", "lane", "location", "queue", "barriers", "language", "zone"), ""
) | {"tier_rank": 0}
"""What only open tasks repeat of their case and patient, as it stands once they are over.

Without it, what an ended task's row says would hang on how much was written in one go.
"""


class EscalationRow(NamedTuple):
    """One call for help: the ``n``-th of its rule in its case.

    ``state``: open, taken, resolved, withdrawn. ``asked``: whom it was handed on to by name.
    """

    case: str
    rule: str
    n: int
    opened: Instant
    rung: int
    role: str
    release: Instant
    until: Instant | None
    last: bool
    because: str
    state: str
    taken_by: str
    taken_at: Instant | None
    ended: Instant | None
    ended_by: str
    asked: str


class NoteRow(NamedTuple):
    """One documented contact, once for each case it went to."""

    act: str
    case: str
    patient: str
    by: str
    at: Instant
    time: Instant
    task: str
    outcome: str
    with_whom: str
    channel: str
    barrier: str
    understanding: str
    told: str
    next_action: str
    by_whom: str
    by_when: Instant | None
    escalate: bool
    next_step_unclear: bool


NO_CONTACT = {"outcome": ("", "reached partner"), "channel": ("letter", "fax")}
"""Notes by what they say that tell of nothing a patient could feel as one more contact."""


class UnplacedRow(NamedTuple):
    """An event no case could be named for. ``state``: open, attached, opened, dismissed."""

    source: str
    key: str
    patient: str
    type: str
    at: Instant
    why: str
    lanes: str
    candidates: str
    owner: str
    due: Instant
    state: str
    body: str


class OutboxRow(NamedTuple):
    """Somebody must be told. ``next_try``: not before; ``state``: waiting, sent, withdrawn."""

    id: str
    case: str
    seq: int
    n: int
    kind: str
    key: str
    role: str
    person: str
    release: Instant
    next_try: Instant
    state: str


class WordRow(NamedTuple):
    """A word that a patient is found by, see ``identity``."""

    patient: str
    word: str


class Ended(NamedTuple):
    """Open rows of a case to be ended: those under ``slot`` (all for "*"), but for ``keep``.

    ``slot`` is a task's key or an escalation's rule; ``keep`` a task's id or an escalation's n.
    """

    case: str
    slot: str
    keep: str
    state: str
    ended: Instant
    ended_by: str


class Settled(NamedTuple):
    """An unplaced event that somebody dealt with."""

    source: str
    key: str
    fate: str
    by: str
    at: Instant
    reason: str


Row = (
    InputRow | FileRow | CaseRow | DecisionRow | TaskRow | EscalationRow | NoteRow | UnplacedRow
    | OutboxRow | WordRow
)  # fmt: skip

KEYS: dict[type[Row], tuple[str, ...]] = {
    InputRow: ("source", "key"),
    FileRow: ("patient",),
    CaseRow: ("id",),
    DecisionRow: ("case", "seq"),
    TaskRow: ("case", "id"),
    EscalationRow: ("case", "rule", "n"),
    NoteRow: ("act", "case"),
    UnplacedRow: ("source", "key"),
    OutboxRow: ("id",),
    WordRow: ("patient", "word"),
}
"""What makes two rows of a table the same."""

TABLES: dict[type[Row], str] = {
    row: "laneflow_" + row.__name__.removesuffix("Row").lower() for row in KEYS
}
"""The table a row lives in."""

OF_CASE = (
    "patient", "lane", "status", "queue", "tier", "kind", "owner", "backup", "location",
    "entered", "progress", "touched", "closed_at",
)  # fmt: skip
"""The case's columns that come with each of its tasks and escalations."""
