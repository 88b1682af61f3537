"""Owns the text that values are stored as: JSON, so that others can read the log, too."""

from __future__ import annotations

from typing import Any

import msgspec

from laneflow.engine.state import Act, Case, Change, Event, Notice, PatientFile, Trace

_encoder = msgspec.json.Encoder()
_case = msgspec.json.Decoder(Case)
_file = msgspec.json.Decoder(PatientFile)
_event = msgspec.json.Decoder(Event)
_act = msgspec.json.Decoder(Act)
_words = msgspec.json.Decoder(tuple[str, ...])
_changes = msgspec.json.Decoder(tuple[Change, ...])
_notices = msgspec.json.Decoder(tuple[Notice, ...])
_trace = msgspec.json.Decoder(tuple[Trace, ...])
_choices = msgspec.json.Decoder(dict[str, str])


class _Tiers(msgspec.Struct):
    tiers: tuple[str, ...] = ()


def text(value: object) -> str:
    """The JSON of ``value``. Control characters, NUL among them, come out escaped."""
    return _encoder.encode(value).decode()


def plain(value: object) -> str:
    """``value`` as text that every database takes: no NUL, no half characters. None is ""."""
    if value is None:
        return ""
    return str(value).replace("\0", "").encode("utf-8", "replace").decode()


def case(body: str | bytes) -> Case:
    """The case stored as ``body``."""
    return _case.decode(body)


def file(body: str | bytes) -> PatientFile:
    """The file stored as ``body``, without its cases."""
    return _file.decode(body)


def taken(kind: str, body: str | bytes) -> Event | Act:
    """The input of that ``kind`` ("event" or "act") stored as ``body``."""
    return _event.decode(body) if kind == "event" else _act.decode(body)


def tiers(practice: bytes) -> tuple[str, ...]:
    """The tiers, strictest first, of a practice kept as a version; none where it names none."""
    try:
        return msgspec.json.decode(practice, type=_Tiers).tiers
    except msgspec.MsgspecError:
        return ()


def words(body: str | bytes) -> tuple[str, ...]:
    """The list of texts stored as ``body``."""
    return _words.decode(body)


def changes(body: str | bytes) -> tuple[Change, ...]:
    """A decision's changes stored as ``body``."""
    return _changes.decode(body)


def answered(kind: str, source: str, key: str) -> tuple[str, ...]:
    """A decision's ``input`` from its three columns."""
    if kind == "event":
        return (kind, source, key)
    return (kind,) if kind == "wake" else (kind, key)


def entry(changes: str, notices: str, trace: str, choices: str) -> dict[str, Any]:
    """The structured part of a decision from its four columns, by field."""
    return {
        "changes": _changes.decode(changes),
        "notices": _notices.decode(notices),
        "trace": _trace.decode(trace),
        "choices": _choices.decode(choices),
    }
