"""The one contract every store keeps: SQLite, PostgreSQL and memory.

The engine decides outside any transaction; the store writes a patient's whole result where the
file's ``seq`` is still the one that was read, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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


class Store(Protocol):
    """Everything laneflow remembers."""

    def known(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """(source, id) of inputs already taken in -> digest of their content. Acts: source 'act'."""

    def load(self, patients: Sequence[str]) -> dict[str, PatientFile]:
        """The files of these patients with their live cases; an unknown patient gets an empty file."""

    def apply(self, results: Sequence[FileResult], *, clock: Instant | None = None) -> list[str]:
        """Write results in one durable transaction; return patients whose seq had moved on (not written).

        An input already in the log makes its whole result lose, too. ``clock`` advances ``latest()``.
        Derived rows (cases, tasks, escalations, notes, outbox, unplaced) are written with it.
        """

    def due(self, at: Instant, limit: int) -> list[str]:
        """Patients whose file wakes at or before ``at``, most urgent tier then earliest first."""

    def next_wake(self) -> Instant | None:
        """The least wake_at of all files, or None."""

    def wake(self, patients: Iterable[str] | None, lanes: Iterable[str] | None, at: Instant) -> int:
        """Make these patients', or these lanes' open cases', files due at ``at``; how many."""

    def latest(self) -> Instant | None:
        """The latest instant anything was decided at or ticked."""

    def tick(self, at: Instant) -> None:
        """Record that the clock has reached ``at``."""

    def publish(self, kind: str, name: str, hash: str, content: bytes, at: Instant, by: str) -> bool:
        """Keep a version of a practice or lane; True if it was not the live one already."""

    def live(self) -> dict[tuple[str, str], str]:
        """(kind, name) -> hash of the versions that are live."""

    def version(self, hash: str) -> bytes | None:
        """The content of a version ever live."""

    def standing(self) -> dict[tuple[str, str], int]:
        """(lane, status) -> how many open cases stand there; for refusing a broken publish."""

    # reading -------------------------------------------------------------------------------
    def case(self, case: str) -> Case | None:
        """One case, open or closed; ``case`` may be a unique beginning of its id."""

    def cases(self, *, open_only: bool = True, **filters: Any) -> Iterator[Case]:
        """Cases by lane, status, queue, tier, owner, location, patient; streamed."""

    def tasks(self, *, open_only: bool = True, limit: int | None = None, **filters: Any) -> list[dict[str, Any]]:
        """Task rows joined with their case's columns, ordered: overdue and urgent first, then due."""

    def escalations(self, *, open_only: bool = True, **filters: Any) -> list[dict[str, Any]]:
        """Escalation rows joined with their case's columns."""

    def unplaced(self, *, open_only: bool = True) -> list[dict[str, Any]]:
        """Unplaced events with owner and due date."""

    def log(self, case: str) -> list[tuple[Decision, Event | Act | None]]:
        """A case's decisions in order, each with the input it answered (None for a wake or publish)."""

    def inputs(self, *, patient: str | None = None, since: Instant | None = None) -> Iterator[dict[str, Any]]:
        """The log of inputs: each with its fate, its cases and why."""

    def counts(self) -> Mapping[str, int]:
        """Rows per table, for doctor and health."""

    # outbox --------------------------------------------------------------------------------
    def claim(self, at: Instant, limit: int, lease: Instant) -> list[dict[str, Any]]:
        """Lease outbox rows whose release has come; a lease that ran out is claimed again."""

    def settle(self, outbox_ids: Mapping[str, tuple[str, str]], at: Instant) -> None:
        """outbox id -> ("sent" | "withdrawn" | "failed", detail); failed ones back off and come again."""

    # quarantine, unplaced, audit --------------------------------------------------------------
    def quarantine(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keep bad records: digest, source, file, line, reason, raw, at. The same digest once."""

    def quarantined(self) -> list[dict[str, Any]]:
        """Bad records not yet mended."""

    def settle_unplaced(self, event: tuple[str, str], fate: str, by: str, at: Instant, reason: str) -> None:
        """Mark an unplaced event attached, opened or dismissed."""

    def audit(self, row: Mapping[str, Any]) -> None:
        """Append to the audit trail: at, by, what, object, detail; hash-chained."""
