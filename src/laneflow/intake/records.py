"""What comes out of reading besides events: bad records, and the count of everything read."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field

MOST_RAW = 64 * 1024
"""Characters of a bad record kept to look at; its digest is of the whole."""


@dataclass(frozen=True, slots=True)
class Bad:
    """One record that could not be taken as an event, and what to do about it.

    ``source`` is the event's own source where it could be read, else the feed's, else empty.
    ``line`` counts from 1; 0 means the file as a whole. ``reason`` is a clause and ``hint`` a
    sentence, both without patient data. ``raw`` is the record as text that any store can keep (NUL
    and bytes that are not UTF-8 are written as escapes), cut at MOST_RAW characters. ``digest`` is
    the SHA-256 (hex) of the whole record: the same bad record is the same wherever it lies.
    """

    source: str
    file: str
    line: int
    reason: str
    hint: str
    raw: str
    digest: str

    def __str__(self) -> str:
        """One line: ``file:line: reason. hint``."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.reason}. {self.hint}".rstrip(". ") + "."


@dataclass(slots=True)
class Summary:
    """What was read so far. ``events`` and ``not_relevant`` count by event and resource type."""

    files: int = 0
    records: int = 0
    bad: int = 0
    events: Counter[str] = field(default_factory=Counter)
    not_relevant: Counter[str] = field(default_factory=Counter)
    skipped_files: list[str] = field(default_factory=list)


class Unclear(Exception):  # noqa: N818 - it is a finding about a record, not a failure of ours
    """A record that cannot be taken in: the reason (a clause) and a hint (a sentence)."""

    def __init__(self, reason: str, hint: str = "", source: str = "") -> None:
        super().__init__(reason)
        self.reason, self.hint, self.source = reason, hint, source


def bad(unclear: Unclear, file: str, line: int, raw: bytes, source: str = "") -> Bad:
    """The Bad for a record whose bytes are ``raw``."""
    digest = hashlib.sha256(raw).hexdigest()
    source = (unclear.source or source)[:200]
    return Bad(source, file, line, unclear.reason, unclear.hint, as_text(raw), digest)


def as_text(raw: bytes) -> str:
    """Bytes as text that every database can hold, cut at MOST_RAW characters."""
    text = raw[: MOST_RAW * 4].decode("utf-8", "backslashreplace")
    return text.replace("\x00", "\\x00")[:MOST_RAW]
