"""The one contract every store keeps: SQLite, PostgreSQL and memory.

The engine decides outside any transaction; the store writes a patient's whole result where the
file's ``seq`` is still the one that was read, or not at all. Rows come as dicts; instants in them
are milliseconds, as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from laneflow.engine.state import (
    Act,
    Case,
    Decision,
    Event,
    FileResult,
    Instant,
    PatientFile,
)
from laneflow.store.history import History
from laneflow.store.identity import Sought
from laneflow.store.released import Name, Part, Release
from laneflow.store.shares import Place, Share
from laneflow.store.trail import Trail
from laneflow.store.wanted import After, Pile, Wanted


class Store(Protocol):
    """Everything laneflow remembers."""

    def transaction(self) -> AbstractContextManager[None]:
        """Keep all that is done inside together or not at all; may be nested."""

    def close(self) -> None:
        """Let go of this thread's connection; the store stays usable."""

    def known(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """(source, id) of inputs already taken in -> their ``digest``. Acts: source 'act'."""

    def load(self, patients: Sequence[str]) -> dict[str, PatientFile]:
        """The files of these patients with their live cases; an unknown patient gets an empty file.

        Cases come in the order in which they were opened.
        """

    def apply(self, results: Sequence[FileResult], *, clock: Instant | None = None) -> list[str]:
        """Write results in one durable transaction; return the patients that lost, unwritten.

        A result loses where its file's seq has moved on since it was read.
        An input already in the log makes its whole result lose, too; of a patient given twice
        nothing is written. ``clock`` advances ``latest()``. Derived rows (cases, tasks,
        escalations, notes, outbox, unplaced) are written with it. A result that changed nothing
        is written, too: its file is no longer due. On SQLite others wait while it writes: about
        300 results (2,000 rows) keep that under 10 ms.
        """

    def due(self, at: Instant, limit: int) -> list[str]:
        """Patients whose file wakes at or before ``at``, most urgent tier then earliest first."""

    def next_wake(self) -> Instant | None:
        """The least wake_at of all files, or None."""

    def wake(self, patients: Iterable[str] | None, lanes: Iterable[str] | None, at: Instant) -> int:
        """Make these patients', and these lanes' open cases', files due at ``at``; how many.

        Results that are being decided at this moment lose: they did not know why it was done.
        """

    def latest(self) -> Instant | None:
        """The latest instant anything was decided at or ticked."""

    def tick(self, at: Instant, *, accept: bool = False) -> None:
        """Record that the clock has reached ``at``; an earlier one only counts where ``accept``."""

    def release(
        self, parts: Mapping[Name, Part], at: Instant, by: str, why: str, *, after: int
    ) -> int | None:
        """Make exactly these parts live, all at once, as the release that follows number ``after``.

        Its number; None where another one has followed that already, and then nothing is changed.
        What was live before is kept. The content of the part ``("practice", "practice")`` is the
        JSON of ``practice.model.Practice``: its tiers order ``due``, ``tasks``, ``escalations``.
        """

    def released(self) -> int:
        """The number of the latest release; 0 before the first. Cheap: asked at every batch."""

    def releases(self, *, limit: int | None = None) -> list[Release]:
        """The releases, the latest first."""

    def live(self) -> dict[tuple[str, str], str]:
        """(kind, name) -> hash of the versions that are live."""

    def version(self, hash: str) -> bytes | None:
        """The content of a version ever live."""

    def contents(self, hashes: Mapping[Name, str]) -> dict[Name, bytes]:
        """The contents of the versions a release names; what was never kept is left out."""

    def versions(self, kind: str, name: str) -> list[dict[str, Any]]:
        """Everything ever published under a name, newest first: hash, live, at, by."""

    def standing(self) -> dict[tuple[str, str], int]:
        """(lane, status) -> how many live cases stand there; for refusing a broken publish."""

    def followed(self, lanes: Collection[str]) -> list[str]:
        """The patients with a live case in one of these lanes, in order."""

    def advance(self, mark: str, to: int) -> bool:
        """Move a mark on to ``to``, for what is done once; False where it had come that far.

        Of several processes that ask for the same, one is told True.
        """

    def reached(self, mark: str) -> int:
        """How far a mark has come; 0 for one that was never moved."""

    def checkpoint(self) -> None:
        """Bring what is committed to where it stays, where a database puts that off (SQLite).

        Others write meanwhile; done often, no commit has to wait for it.
        """

    # reading -------------------------------------------------------------------------------
    def case(self, case: str) -> Case | None:
        """One case, open or closed; ``case`` may be a unique beginning of its id."""

    def cases(self, *, open_only: bool = True, **filters: Any) -> Iterator[Case]:
        """Cases by lane, status, queue, tier, owner, location, patient…; streamed, by id.

        Here and below a filter is a column and its value, None for "not set", a list for "one of".
        """

    def tasks(
        self,
        *,
        open_only: bool = True,
        at: Instant | None = None,
        limit: int | None = None,
        shares: Sequence[Share] | None = None,
        after: Place | None = None,
        awake: Instant | None = None,
        due_by: Instant | None = None,
        **filters: Any,
    ) -> list[dict[str, Any]]:
        """Task rows with their case's columns: what is overdue ``at``, then by tier, then due.

        Only those in one of the ``shares``, behind ``after``, started by ``awake``, due by
        ``due_by``, where these are given. The filter ``barrier`` is one that is in the way.
        Keys: ``tables.TaskRow``'s with ``task`` for its id, and ``tables.OF_CASE``'s.
        """

    def tallies(
        self,
        by: Sequence[str],
        *,
        shares: Sequence[Share] | None = None,
        awake: Instant | None = None,
        due_by: Instant | None = None,
        **filters: Any,
    ) -> dict[tuple[str, ...], int]:
        """How many open tasks share what these columns of their rows say; narrowed as ``tasks``."""

    def roles_asked(self) -> list[str]:
        """The roles that open tasks are waiting for which nobody has claimed."""

    def closed(
        self,
        since: Instant,
        locations: Collection[str],
        *,
        person: str = "",
        limit: int | None = None,
        after: tuple[Instant, str] | None = None,
        **filters: Any,
    ) -> list[dict[str, Any]]:
        """Cases at these locations closed since an instant, the latest first.

        ``person``: only those they owned, wherever, or closed here. ``after``: behind the case
        closed then, with this id. Filters are those of ``cases``. Keys: ``shares.CLOSED``.
        """

    def closed_count(
        self, since: Instant, locations: Collection[str], *, person: str = "", **filters: Any
    ) -> int:
        """How many cases ``closed`` lists."""

    def escalations(
        self, *, open_only: bool = True, limit: int | None = None, **filters: Any
    ) -> list[dict[str, Any]]:
        """Escalation rows with their case's columns: by tier, then by age.

        Keys: ``tables.EscalationRow``'s and ``tables.OF_CASE``'s.
        """

    def notes(self, cases: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """What was documented about each of these cases, the latest contact first.

        Keys: ``tables.NoteRow``'s. A case nothing was written about is not in the answer.
        """

    def find_patients(
        self, wanted: Sought, *, limit: int, locations: Collection[str] | None = None
    ) -> list[str]:
        """Patients who have a word beginning with a part of each of ``wanted``; in order.

        ``wanted`` as ``identity.sought`` makes it; nothing wanted finds nobody. ``locations``:
        only those with a case there, open or closed. Of more than ``limit`` any ``limit``.
        """

    def unplaced(self, *, open_only: bool = True) -> list[dict[str, Any]]:
        """Unplaced events by due date.

        Keys: source, id, patient, type, at, why, lanes, candidates, owner, due, state, settled_by,
        settled_at, settled_reason, event (the Event).
        """

    def log(self, case: str) -> list[tuple[Decision, Event | Act | None]]:
        """A case's decisions in order, each with the input it answered, if it answered one."""

    def inputs(
        self, *, patient: str | None = None, since: Instant | None = None
    ) -> Iterator[dict[str, Any]]:
        """The log of inputs in the order they were taken in, ``since``: at or after that instant.

        Keys: source, id, kind (event, act), type, patient, time, at, fate, cases, why, input.
        """

    def named(self, id: str) -> list[dict[str, Any]]:
        """The inputs with this id, one of each source that sent it; keys as of ``inputs``."""

    def acts(self, ids: Collection[str]) -> dict[str, Act]:
        """The acts with these ids, by id; what is none is left out."""

    def histories(self) -> Iterator[History]:
        """Every patient's whole log, one after the other, its JSON unread; for replays.

        Streamed page by page; what is written meanwhile may be in it or not.
        """

    def merged(self) -> list[tuple[str, str]]:
        """Whose records became one, in order: (the patient that stays, the one that went)."""

    def silent(self, at: Instant, active: Collection[str]) -> Iterator[dict[str, Any]]:
        """Live cases whose owner is not among the ``active``, or whose call is missing or <= ``at``
        while nobody stands on a last rung: case, patient, lane, status, owner, location, call.
        """

    def contacts(self, patients: Sequence[str], since: Instant) -> dict[str, list[Instant]]:
        """When each of these patients was contacted, at or after ``since``, over all lanes.

        A contact is what a note with an outcome tells of, unless it was toward a partner or by
        letter or fax; one told in several notes counts once. Nobody contacted: not in the answer.
        """

    def uncalled(self) -> dict[str, int]:
        """Role -> how many escalations stand untaken on its, their last, rung."""

    def holding(self, at: Instant) -> dict[str, int]:
        """Person -> how many open tasks are in their queue at ``at``; "" for a whole role's.

        Tasks that sleep do not count: nobody can do anything about them yet.
        """

    def sleeping(self, after: Instant) -> dict[tuple[str, str, Instant], int]:
        """(lane, location, start) -> how many open main tasks start then, later than ``after``."""

    def piles(self, at: Instant) -> list[Pile]:
        """All cases that are open or have an untaken escalation, counted by what they share."""

    def answers(
        self, since: Instant, until: Instant, at: Instant
    ) -> dict[tuple[str, str, str], int]:
        """(location, lane, response) -> how many of the cases opened in [since, until).

        ``response``: what came of the first response by ``at``, see ``wanted.response``.
        """

    def flow(self, edges: Sequence[Instant]) -> list[dict[str, tuple[int, int]]]:
        """Location -> (cases opened, cases closed), for each [edge, next edge)."""

    def listed(
        self, wanted: Wanted, at: Instant, limit: int, after: After | None = None
    ) -> list[dict[str, Any]]:
        """A page of the cases wanted, in their order; ``after``: where the page before ended.

        Keys: ``wanted.COLUMNS``; ``barriers`` is a tuple.
        """

    def listed_count(self, wanted: Wanted, at: Instant) -> int:
        """How many cases the whole list holds."""

    def counts(self) -> Mapping[str, int]:
        """Rows per table, for doctor and health."""

    # outbox --------------------------------------------------------------------------------
    def claim(self, at: Instant, limit: int, lease: Instant) -> list[dict[str, Any]]:
        """Lease outbox rows whose release has come, for ``lease`` milliseconds; a lease that ran
        out is claimed again. Keys: id, case, seq, n, kind, key, role, person, release, tries.
        """

    def settle(self, outbox_ids: Mapping[str, tuple[str, str]], at: Instant) -> None:
        """outbox id -> ("sent" | "withdrawn" | "failed", detail); failed ones come again later."""

    def failing(self, limit: int) -> list[dict[str, Any]]:
        """Outbox rows that could not be sent so far, the next to be tried first.

        Keys: id, case, kind, role, person, release, next_try, tries, detail (why).
        """

    # operations ----------------------------------------------------------------------------
    @property
    def file(self) -> Path | None:
        """The file it all is in, where it is one (SQLite)."""

    def up_to_date(self) -> bool:
        """Whether the tables are as this laneflow needs them."""

    def vitals(self, at: Instant) -> dict[str, int]:
        """How much waits at ``at``: overdue (tasks), unacknowledged (escalations), outbox_late,
        outbox_failing, quarantined, unplaced.
        """

    def about(self) -> dict[str, str]:
        """What it is kept in: database (its name and version), tables (their last migration)."""

    def last_event(self) -> tuple[Any, ...] | None:
        """(source, when it came in) of the event taken in last; None where none ever was."""

    # quarantine, unplaced, audit --------------------------------------------------------------
    def quarantine(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keep bad records: digest, source, file, line, reason, raw, at. The same digest once."""

    def quarantined(self) -> list[dict[str, Any]]:
        """Bad records not yet mended."""

    def bad_records(
        self, limit: int, after: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """As ``quarantined``, without what the records hold; a page of them.

        ``after``: the last one of the page before.
        """

    def bad_record(self, digest: str) -> dict[str, Any] | None:
        """One bad record, mended or not: as ``quarantined``, and mended_at.

        ``digest`` may be a unique beginning of its digest; None where there is no such record.
        """

    def mend(self, digests: Iterable[str], at: Instant) -> int:
        """Mark bad records as dealt with; how many were not yet."""

    def settle_unplaced(
        self, event: tuple[str, str], fate: str, by: str, at: Instant, reason: str
    ) -> bool:
        """Mark an unplaced event (source, id) attached, opened or dismissed; False where it is so.

        An act of the kind ``place`` does so by itself when its result is applied.
        """

    def audit(self, row: Mapping[str, Any]) -> None:
        """Append to the audit trail: at, by, what, object, detail; hash-chained.

        In one ``transaction`` with what it tells of, both are kept or neither.
        """

    def audited(self, *, after: int = 0, limit: int = 1000) -> list[dict[str, Any]]:
        """The audit trail's rows behind number ``after``: n, at, by, what, object, detail, hash."""

    def audit_head(self) -> tuple[int, str]:
        """Number and hash of the audit trail's last row; noted elsewhere, they are a seal."""

    def verify_audit(
        self, seen: Callable[[int], None] = lambda n: None, *, after: int = 0
    ) -> int | None:
        """Number of the first audit row that was tampered with; None where none was.

        ``seen`` is told how many more rows were looked at. ``after``: only behind this number.
        """

    def trail(self, wanted: Trail, limit: int, before: int | None = None) -> list[dict[str, Any]]:
        """The audit trail's rows that are wanted, newest first; keys as of ``audited``.

        ``before``: only rows with a lower number, for the next page.
        """

    def audited_by(self) -> list[str]:
        """Everybody the audit trail names as who did something, in order."""
