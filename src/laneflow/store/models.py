"""Owns the tables: columns, constraints and indexes, and no logic.

Rows are written by ``bulk``; ``tables`` names the same columns in the order they are written.
References carry no constraint of the database: what they name is written in the same transaction
by the same code, and checking each again costs a third of the writing speed.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import CompositePrimaryKey, Index, Q, UniqueConstraint

from laneflow.store.fields import InstantField


def _words(**options: Any) -> models.TextField[str, str]:
    return models.TextField(**options)


def _whole(**options: Any) -> models.BigIntegerField[int, int]:
    return models.BigIntegerField(**options)


def _small(**options: Any) -> models.SmallIntegerField[int, int]:
    return models.SmallIntegerField(**options)


def _flag() -> models.BooleanField[bool, bool]:
    return models.BooleanField()


def _bytes() -> models.BinaryField[bytes, bytes]:
    return models.BinaryField()


def _serial() -> models.BigAutoField[int, int]:
    return models.BigAutoField(primary_key=True)


def _when(**options: Any) -> InstantField:
    return InstantField(null=True, **options)


def _case() -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(
        "Case", models.DO_NOTHING, db_column="case", db_constraint=False, db_index=False,
        related_name="+",
    )  # fmt: skip


class Input(models.Model):
    """The log of what was taken in: events, and people's acts (source ``act``)."""

    n = _serial()
    source = _words()
    key = _words()
    kind = _words()
    type = _words()
    patient = _words()
    time = InstantField()
    at = InstantField()
    fate = _words()
    cases = _words()
    why = _words()
    digest = _words()
    body = _words()

    class Meta:
        constraints = (UniqueConstraint(fields=["source", "key"], name="laneflow_input_once"),)
        indexes = (Index(fields=["patient"], name="laneflow_input_patient"),)


class File(models.Model):
    """A patient's file: the unit of decision, locking and sharding. ``seq`` is the fence."""

    patient = _words(primary_key=True)
    seq = _whole()
    at = InstantField()
    wake_at = _when()
    urgency = _small()
    body = _words()

    class Meta:
        indexes = (
            Index(
                fields=["urgency", "wake_at", "patient"],
                condition=Q(wake_at__isnull=False),
                name="laneflow_file_due",
            ),
        )


class Case(models.Model):
    """A case, open or closed."""

    id = _words(primary_key=True)
    patient = _words()
    lane = _words()
    status = _words()
    queue = _words()
    tier = _words()
    tier_rank = _small()
    kind = _words()
    owner = _words()
    backup = _words()
    location = _words()
    opened = InstantField()
    entered = InstantField()
    progress = InstantField()
    touched = InstantField()
    due = _when()
    wake_at = _when()
    closed_at = _when()
    outcome = _words()
    reason = _words()
    closed_by = _words(default="", db_default="")
    seq = _whole()
    live = _flag()
    watched = _flag()
    call = _when()
    last_rung = _flag()
    overdue_at = _when()
    untaken = _small(default=0, db_default=0)
    barriers = _words(default="", db_default="")
    respond_by = _when()
    responded = _when()
    body = _words()

    class Meta:
        indexes = (
            Index(fields=["patient"], name="laneflow_case_patient"),
            # Figures and lists of cases read these three and nothing else: see store.figures.
            Index(
                fields=[
                    "location",
                    "lane",
                    "queue",
                    "owner",
                    "barriers",
                    "tier",
                    "status",
                    "untaken",
                    "overdue_at",
                    "progress",
                    "id",
                    "closed_at",
                    "watched",
                ],
                condition=Q(watched=True),
                name="laneflow_case_figures",
            ),
            Index(
                fields=[
                    "opened",
                    "location",
                    "lane",
                    "respond_by",
                    "responded",
                    "closed_at",
                    "id",
                ],
                name="laneflow_case_opened",
            ),
            Index(
                fields=["closed_at", "location", "lane", "id"],
                condition=Q(closed_at__isnull=False),
                name="laneflow_case_closed",
            ),
            Index(
                fields=["owner", "closed_at", "id"],
                condition=Q(closed_at__isnull=False),
                name="laneflow_case_closed_of",
            ),
            Index(
                fields=["closed_by", "closed_at", "id", "owner", "location"],
                condition=Q(closed_at__isnull=False) & ~Q(closed_by=""),
                name="laneflow_case_closed_by",
            ),
            # Their conditions' columns come last in these two: else SQLite looks into every row.
            Index(
                fields=["lane", "status", "live"],
                condition=Q(live=True),
                name="laneflow_case_standing",
            ),
            Index(
                fields=["owner", "last_rung", "call", "watched"],
                condition=Q(watched=True),
                name="laneflow_case_watched",
            ),
        )


class Decision(models.Model):
    """The log of decisions: folding a case's changes in order gives the case."""

    pk = CompositePrimaryKey("case", "seq")
    case = _case()
    seq = _whole()
    at = InstantField()
    input_kind = _words()
    input_source = _words()
    input_key = _words()
    lane_hash = _words()
    practice_hash = _words()
    engine = _words()
    changes = _words()
    notices = _words()
    trace = _words()
    choices = _words()


class Task(models.Model):
    """A task, open or ended."""

    pk = CompositePrimaryKey("case", "id")
    id = _words()
    case = _case()
    key = _words()
    source = _words()
    who = _words()
    person = _words()
    holder = _words()
    to = _words()
    due = InstantField()
    start = _when()
    snoozed = _when()
    channel = _words()
    script = _words()
    do = _words()
    attempt = _whole()
    paused = _flag()
    opened = InstantField()
    tier_rank = _small()
    owner = _words(default="", db_default="")
    backup = _words(default="", db_default="")
    lane = _words(default="", db_default="")
    location = _words(default="", db_default="")
    queue = _words(default="", db_default="")
    barriers = _words(default="", db_default="")
    language = _words(default="", db_default="")
    zone = _words(default="", db_default="")
    state = _words()
    ended = _when()

    class Meta:
        # What follows the due date is there so that counting reads nothing else: whose work a task
        # is depends on all of it. The conditions' columns come last: else SQLite looks into rows.
        indexes = (
            Index(fields=["tier_rank", "due"], condition=Q(state="open"), name="laneflow_task_all"),
            Index(
                fields=[
                    "owner", "tier_rank", "due", "start", "who", "person", "holder", "queue",
                    "location", "backup", "lane", "language", "state",
                ],
                condition=Q(state="open"),
                name="laneflow_task_mine",
            ),
            Index(
                fields=[
                    "who", "tier_rank", "due", "start", "location", "language", "queue", "owner",
                    "state", "person",
                ],
                condition=Q(state="open", person="") & ~Q(who=""),
                name="laneflow_task_role",
            ),
            Index(
                fields=["person", "tier_rank", "due", "start", "queue", "owner", "state"],
                condition=Q(state="open") & ~Q(person=""),
                name="laneflow_task_claimed",
            ),
            Index(
                fields=["start"],
                condition=Q(state="open", start__isnull=False),
                name="laneflow_task_sleeping",
            ),
        )


class Escalation(models.Model):
    """A call for help, open, taken or ended."""

    pk = CompositePrimaryKey("case", "rule", "n")
    case = _case()
    rule = _words()
    n = _whole()
    opened = InstantField()
    rung = _small()
    role = _words()
    release = InstantField()
    until = _when()
    last = _flag()
    because = _words()
    state = _words()
    taken_by = _words()
    taken_at = _when()
    ended = _when()
    ended_by = _words()
    asked = _words(default="", db_default="")

    class Meta:
        indexes = (
            Index(
                fields=["role", "release"],
                condition=Q(state__in=["open", "taken"]),
                name="laneflow_escalation_open",
            ),
        )


class Note(models.Model):
    """A documented contact, once for each case it went to."""

    pk = CompositePrimaryKey("act", "case")
    act = _words()
    case = _case()
    patient = _words()
    by = _words()
    at = InstantField()
    time = InstantField()
    task = _words()
    outcome = _words()
    with_whom = _words()
    channel = _words()
    barrier = _words()
    understanding = _words()
    told = _words()
    next_action = _words()
    by_whom = _words()
    by_when = _when()
    escalate = _flag()
    next_step_unclear = _flag()

    class Meta:
        indexes = (
            Index(fields=["case", "time"], name="laneflow_note_case"),
            Index(fields=["patient", "time"], name="laneflow_note_patient"),
        )


class Word(models.Model):
    """A word that a patient is found by: of their name, their birth date, their phone number."""

    pk = CompositePrimaryKey("patient", "word")
    patient = _words()
    word = _words()

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
    source = _words()
    key = _words()
    patient = _words()
    type = _words()
    at = InstantField()
    why = _words()
    lanes = _words()
    candidates = _words()
    owner = _words()
    due = InstantField()
    state = _words()
    body = _words()
    settled_by = _words(default="", db_default="")
    settled_at = _when()
    settled_reason = _words(default="", db_default="")

    class Meta:
        indexes = (Index(fields=["due"], condition=Q(state="open"), name="laneflow_unplaced_open"),)


class Outbox(models.Model):
    """What has to be told to whom. A claim moves ``next_try`` to the end of its lease."""

    id = _words(primary_key=True)
    case = _case()
    seq = _whole()
    n = _whole()
    kind = _words()
    key = _words()
    role = _words()
    person = _words()
    release = InstantField()
    next_try = InstantField()
    state = _words()
    lease = _when()
    tries = _whole(default=0, db_default=0)
    sent_at = _when()
    detail = _words(default="", db_default="")

    class Meta:
        constraints = (UniqueConstraint(fields=["case", "seq", "n"], name="laneflow_outbox_once"),)
        indexes = (
            Index(fields=["next_try"], condition=Q(state="waiting"), name="laneflow_outbox_due"),
        )


class Version(models.Model):
    """One version of a practice, lane, script or file; ``live`` marks the present one of each."""

    n = _serial()
    kind = _words()
    name = _words()
    hash = _words()
    content = _bytes()
    live = _flag()
    at = InstantField()
    by = _words()

    class Meta:
        constraints = (
            UniqueConstraint(
                fields=["kind", "name"], condition=Q(live=True), name="laneflow_version_live"
            ),
        )
        indexes = (Index(fields=["hash"], name="laneflow_version_hash"),)


class Release(models.Model):
    """What was made live together: when, by whom, why. ``parts`` names the versions, as JSON."""

    n = _whole(primary_key=True)
    at = InstantField()
    by = _words()
    why = _words()
    parts = _words()


class Quarantine(models.Model):
    """A record that could not be taken in, until it is mended."""

    digest = _words(primary_key=True)
    source = _words()
    file = _words()
    line = _whole()
    reason = _words()
    raw = _words()
    at = InstantField()
    mended_at = _when()

    class Meta:
        indexes = (
            Index(
                fields=["at"], condition=Q(mended_at__isnull=True), name="laneflow_quarantine_open"
            ),
        )


class Audit(models.Model):
    """Who did or looked at what. Each row's hash covers the one before it.

    Only ever added to: triggers refuse everything else, see migration 0007.
    """

    n = _whole(primary_key=True)
    at = InstantField()
    by = _words()
    what = _words()
    object = _words()
    detail = _words()
    hash = _words()

    class Meta:
        indexes = (
            Index(fields=["at"], name="laneflow_audit_at"),
            Index(fields=["by", "n"], name="laneflow_audit_by"),
            Index(fields=["object", "n"], condition=~Q(object=""), name="laneflow_audit_object"),
        )


class Meta(models.Model):
    """What there is one of: the clock's latest instant, the tiers, the last release, the audit."""

    name = _words(primary_key=True)
    instant = _when()
    number = _whole(null=True)
    words = _words(default="", db_default="")
