"""Owns the tables: columns, constraints and indexes, and no logic.

Rows are written by ``bulk``; ``tables`` names the same columns in the order they are written.
References carry no constraint of the database: what they name is written in the same transaction
by the same code, and checking each again costs a third of the writing speed.
"""

from __future__ import annotations

from django.db import models
from django.db.models import CompositePrimaryKey, Index, Q, UniqueConstraint

from laneflow.store.columns import case, flag, index, serial, small, when, whole, words
from laneflow.store.fields import InstantField
from laneflow.store.kept import Audit, Meta, Quarantine, Release, Version


class Input(models.Model):
    """The log of what was taken in: events, and people's acts (source ``act``)."""

    n = serial()
    source = words()
    key = words()
    kind = words()
    type = words()
    patient = words()
    time = InstantField()
    at = InstantField()
    fate = words()
    cases = words()
    why = words()
    digest = words()
    body = words()

    class Meta:
        constraints = (UniqueConstraint(fields=["source", "key"], name="laneflow_input_once"),)
        indexes = (index("laneflow_input_patient", "patient"),)


class File(models.Model):
    """A patient's file: the unit of decision, locking and sharding. ``seq`` is the fence."""

    patient = words(primary_key=True)
    seq = whole()
    at = InstantField()
    wake_at = when()
    urgency = small()
    body = words()

    class Meta:
        indexes = (index("laneflow_file_due", "urgency wake_at patient", Q(wake_at__isnull=False)),)


class Case(models.Model):
    """A case, open or closed."""

    id = words(primary_key=True)
    patient = words()
    lane = words()
    status = words()
    queue = words()
    tier = words()
    tier_rank = small()
    kind = words()
    owner = words()
    backup = words()
    location = words()
    opened = InstantField()
    entered = InstantField()
    progress = InstantField()
    touched = InstantField()
    due = when()
    wake_at = when()
    closed_at = when()
    outcome = words()
    reason = words()
    closed_by = words(default="", db_default="")
    seq = whole()
    live = flag()
    watched = flag()
    call = when()
    last_rung = flag()
    overdue_at = when()
    untaken = small(default=0, db_default=0)
    barriers = words(default="", db_default="")
    respond_by = when()
    responded = when()
    body = words()

    class Meta:
        indexes = (
            index("laneflow_case_patient", "patient"),
            # Figures and lists of cases read these three and nothing else: see store.figures.
            index(
                "laneflow_case_figures",
                "location lane queue owner barriers tier status untaken overdue_at progress id "
                "closed_at watched",
                Q(watched=True),
            ),
            index("laneflow_case_opened", "opened location lane respond_by responded closed_at id"),
            index("laneflow_case_closed", "closed_at location lane id", Q(closed_at__isnull=False)),
            index("laneflow_case_closed_of", "owner closed_at id", Q(closed_at__isnull=False)),
            index(
                "laneflow_case_closed_by",
                "closed_by closed_at id owner location",
                Q(closed_at__isnull=False) & ~Q(closed_by=""),
            ),
            # Their conditions' columns come last in these two: else SQLite looks into every row.
            index("laneflow_case_standing", "lane status live", Q(live=True)),
            index("laneflow_case_watched", "owner last_rung call watched", Q(watched=True)),
        )


class Decision(models.Model):
    """The log of decisions: folding a case's changes in order gives the case."""

    pk = CompositePrimaryKey("case", "seq")
    case = case()
    seq = whole()
    at = InstantField()
    input_kind = words()
    input_source = words()
    input_key = words()
    lane_hash = words()
    practice_hash = words()
    engine = words()
    changes = words()
    notices = words()
    trace = words()
    choices = words()


class Task(models.Model):
    """A task, open or ended."""

    pk = CompositePrimaryKey("case", "id")
    id = words()
    case = case()
    key = words()
    source = words()
    who = words()
    person = words()
    holder = words()
    to = words()
    due = InstantField()
    start = when()
    snoozed = when()
    channel = words()
    script = words()
    do = words()
    attempt = whole()
    paused = flag()
    opened = InstantField()
    tier_rank = small()
    owner = words(default="", db_default="")
    backup = words(default="", db_default="")
    lane = words(default="", db_default="")
    location = words(default="", db_default="")
    queue = words(default="", db_default="")
    barriers = words(default="", db_default="")
    language = words(default="", db_default="")
    zone = words(default="", db_default="")
    state = words()
    ended = when()

    class Meta:
        # What follows the due date is there so that counting reads nothing else: whose work a task
        # is depends on all of it. The conditions' columns come last: else SQLite looks into rows.
        indexes = (
            index("laneflow_task_all", "tier_rank due", Q(state="open")),
            index(
                "laneflow_task_mine",
                "owner tier_rank due start who person holder queue location backup lane language "
                "state",
                Q(state="open"),
            ),
            # Who has how much, and what stands where: counted in the index's own order.
            index(
                "laneflow_task_counted",
                "location queue holder start due lane language barriers state",
                Q(state="open"),
            ),
            index(
                "laneflow_task_role",
                "who tier_rank due start location language queue owner state person",
                Q(state="open", person="") & ~Q(who=""),
            ),
            index(
                "laneflow_task_claimed",
                "person tier_rank due start queue owner state",
                Q(state="open") & ~Q(person=""),
            ),
            index("laneflow_task_sleeping", "start", Q(state="open", start__isnull=False)),
        )


class Escalation(models.Model):
    """A call for help, open, taken or ended."""

    pk = CompositePrimaryKey("case", "rule", "n")
    case = case()
    rule = words()
    n = whole()
    opened = InstantField()
    rung = small()
    role = words()
    release = InstantField()
    until = when()
    last = flag()
    because = words()
    state = words()
    taken_by = words()
    taken_at = when()
    ended = when()
    ended_by = words()
    asked = words(default="", db_default="")

    class Meta:
        indexes = (
            index("laneflow_escalation_open", "role release", Q(state__in=["open", "taken"])),
        )


class Note(models.Model):
    """A documented contact, once for each case it went to."""

    pk = CompositePrimaryKey("act", "case")
    act = words()
    case = case()
    patient = words()
    by = words()
    at = InstantField()
    time = InstantField()
    task = words()
    outcome = words()
    with_whom = words()
    channel = words()
    barrier = words()
    understanding = words()
    told = words()
    next_action = words()
    by_whom = words()
    by_when = when()
    escalate = flag()
    next_step_unclear = flag()

    class Meta:
        indexes = (
            index("laneflow_note_case", "case time"),
            index("laneflow_note_patient", "patient time"),
        )


class Word(models.Model):
    """A word that a patient is found by: of their name, their birth date, their phone number."""

    pk = CompositePrimaryKey("patient", "word")
    patient = words()
    word = words()

    class Meta:
        indexes = (
            Index(
                fields=["word", "patient"],
                opclasses=["text_pattern_ops", "text_ops"],  # a beginning, whatever the collation
                name="laneflow_word_begins",
            ),
        )


class Unplaced(models.Model):
    """An event no case could be named for, owned and dated until somebody deals with it."""

    pk = CompositePrimaryKey("source", "key")
    source = words()
    key = words()
    patient = words()
    type = words()
    at = InstantField()
    why = words()
    lanes = words()
    candidates = words()
    owner = words()
    due = InstantField()
    state = words()
    body = words()
    settled_by = words(default="", db_default="")
    settled_at = when()
    settled_reason = words(default="", db_default="")

    class Meta:
        indexes = (index("laneflow_unplaced_open", "due", Q(state="open")),)


class Outbox(models.Model):
    """What has to be told to whom. A claim moves ``next_try`` to the end of its lease."""

    id = words(primary_key=True)
    case = case()
    seq = whole()
    n = whole()
    kind = words()
    key = words()
    role = words()
    person = words()
    release = InstantField()
    next_try = InstantField()
    state = words()
    lease = when()
    tries = whole(default=0, db_default=0)
    sent_at = when()
    detail = words(default="", db_default="")

    class Meta:
        constraints = (UniqueConstraint(fields=["case", "seq", "n"], name="laneflow_outbox_once"),)
        indexes = (index("laneflow_outbox_due", "next_try", Q(state="waiting")),)


__all__ = [
    "Audit",
    "Case",
    "Decision",
    "Escalation",
    "File",
    "Input",
    "Meta",
    "Note",
    "Outbox",
    "Quarantine",
    "Release",
    "Task",
    "Unplaced",
    "Version",
    "Word",
]
