"""Reading a file or a folder, record by record: decides what each one is and has it mapped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import IO

import msgspec

from laneflow.engine.state import Event, Instant
from laneflow.intake import cloudevents, fhir, sources
from laneflow.intake.cloudevents import NOT_JSON, unreadable
from laneflow.intake.records import Bad, Summary, Unclear, bad
from laneflow.intake.vocabulary import STANDARD, Vocabulary

_FHIR_MARK = b'"resourceType"'
_BYTE = re.compile(r"\(byte (\d+)\)")
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_ANY = msgspec.json.Decoder(msgspec.Raw)


def read(
    path: str | Path | IO[bytes],
    *,
    now: Instant | None = None,
    vocabulary: Vocabulary = STANDARD,
    time_zone: str = "UTC",
    feed: str = "r4",
    summary: Summary | None = None,
) -> Iterator[Event | Bad]:
    """Every event of a file, a folder (searched, in sorted order), ``-`` or an open binary stream.

    ``.jsonl`` and ``.ndjson`` hold a record a line, ``.json`` one document (a CloudEvent, an array
    of them, a FHIR resource or Bundle); what the records are is decided by content, and any of them
    may be gzip. A record may give several events or none; a bad one gives a Bad and stops nothing.

    ``now``: an event more than five minutes past it is Bad (None: such events pass). ``time_zone``
    places FHIR dates without a time. ``feed`` names the FHIR system: events' source is
    ``fhir:<feed>`` wherever the file lies. ``summary`` is counted up while reading.
    Raises LaneflowError where there is nothing at ``path``. Events carry no ``at``.
    """
    summary = Summary() if summary is None else summary
    reading = _Reading(now, vocabulary, time_zone, feed, summary)
    if not isinstance(path, (str, Path)):
        yield from reading.stream(path, str(getattr(path, "name", "stream")))
    elif str(path) == "-":
        with sources.opened(None) as stream:
            yield from reading.stream(stream, "standard input")
    else:
        found, passed_by = sources.files(path)
        summary.skipped_files += map(str, passed_by)
        for file in found:
            yield from reading.file(file)


class _Reading:
    """One pass over one or many files, with what every record is judged by."""

    def __init__(
        self,
        now: Instant | None,
        vocabulary: Vocabulary,
        time_zone: str,
        feed: str,
        summary: Summary,
    ) -> None:
        self._cloudevents = cloudevents.Reader(vocabulary, now)
        self._fhir = fhir.Mapper(vocabulary, now, time_zone, feed, summary.not_relevant)
        self._summary = summary

    def file(self, file: Path) -> Iterator[Event | Bad]:
        """The events of one file; one that cannot be read to its end says so last."""
        try:
            with sources.opened(file) as stream:
                yield from self.stream(stream, str(file), sources.plain_name(file))
        except sources.READ_ERRORS as error:
            why = (getattr(error, "strerror", None) or "it is damaged").lower()
            yield self._bad(Unclear(f"the file cannot be read ({why})"), str(file), 0)

    def stream(self, stream: IO[bytes], name: str, kind: str = "") -> Iterator[Event | Bad]:
        """The events of one stream called ``name``; ``kind`` is a file name that tells its form."""
        self._summary.files += 1
        if kind.endswith(".json"):
            return self._document(stream, name, b"")
        records = sources.lines(stream)
        if kind.endswith(sources.LINE_SUFFIXES):
            return self._lines(records, name)
        first = next(records, None)
        if first is None:
            return iter(())
        if isinstance(first[1], bytes) and not _is_json(first[1]):
            return self._document(stream, name, first[1] + b"\n")
        return self._lines(chain((first,), records), name)

    def _lines(
        self, records: Iterable[tuple[int, bytes | sources.TooLong]], name: str
    ) -> Iterator[Event | Bad]:
        """A record a line. CloudEvents take the short way: files of millions of them are usual."""
        summary, decode = self._summary, self._cloudevents.read
        for number, line in records:
            if not isinstance(line, bytes):
                summary.records += 1
                yield self._bad(line, name, number, line.beginning)
            elif _FHIR_MARK in line:
                yield from self._record(line, name, number)
            else:
                summary.records += 1
                try:
                    event = decode(line)
                except Unclear as unclear:
                    yield self._bad(unclear, name, number, line)
                else:
                    summary.events[event.type] += 1
                    yield event

    def _document(self, stream: IO[bytes], name: str, before: bytes) -> Iterator[Event | Bad]:
        """One JSON document, or lines after all if that is what a ``.json`` file holds."""
        try:
            content = sources.whole(stream, before)
            items = _items(content)
        except Unclear as unclear:
            yield self._bad(unclear, name, 0)
            return
        except NOT_JSON as error:
            beginning = content.lstrip().partition(b"\n")[0].strip()
            if _is_json(beginning):
                yield from self._lines(sources.lines(BytesIO(content)), name)
            else:
                yield self._bad(unreadable(error), name, _line_of_error(error, content), content)
            return
        for item in items:
            yield from self._record(bytes(item), name, 1, content)

    def _record(
        self, raw: bytes, name: str, line: int, document: bytes = b""
    ) -> Iterator[Event | Bad]:
        """The events of one JSON object on ``line``, or somewhere inside ``document``."""
        self._summary.records += 1
        for found in self._events(raw):
            if isinstance(found, Event):
                self._summary.events[found.type] += 1
                yield found
            else:
                at = _line_of(found.raw, document) if document else line
                yield self._bad(found.unclear, name, at, found.raw, found.source)

    def _events(self, raw: bytes) -> Iterator[Event | fhir.Failed]:
        """FHIR where there is a resourceType; else a CloudEvent, which may quote FHIR."""
        try:
            if _FHIR_MARK in raw and fhir.type_of(raw) is not None:
                yield from self._fhir.events(raw)
            else:
                yield self._cloudevents.read(raw)
        except NOT_JSON as error:
            yield fhir.Failed(unreadable(error), raw, "")
        except Unclear as unclear:
            yield fhir.Failed(unclear, raw, "")

    def _bad(
        self, unclear: Unclear, name: str, line: int, raw: bytes = b"", source: str = ""
    ) -> Bad:
        self._summary.bad += 1
        return bad(unclear, name, line, raw or f"{name}: {unclear.reason}".encode(), source)


def _items(content: bytes) -> list[msgspec.Raw] | list[bytes]:
    """The records of a JSON document: the elements of an array, else the document itself."""
    if content.lstrip()[:1] == b"[":
        return _ARRAY.decode(content)
    _ANY.decode(content)
    return [content]


def _is_json(line: bytes) -> bool:
    """Whether a line is a whole JSON object."""
    try:
        _ANY.decode(line)
    except NOT_JSON:
        return False
    return line[:1] == b"{"


def _line_of(raw: bytes, document: bytes) -> int:
    """The line on which a record begins in its document."""
    return document.count(b"\n", 0, max(document.find(raw), 0)) + 1


def _line_of_error(error: Exception, content: bytes) -> int:
    """The line of a document at which it stops being JSON, as far as the error tells."""
    found = _BYTE.search(str(error))
    return content.count(b"\n", 0, int(found.group(1))) + 1 if found else 1
