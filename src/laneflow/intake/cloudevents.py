"""CloudEvents 1.0 JSON, one at a time: bytes in, an Event out, or Unclear with the reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from laneflow.engine.state import Event, Instant
from laneflow.errors import did_you_mean, listing
from laneflow.intake.records import Unclear
from laneflow.intake.times import AHEAD, EARLIEST, LATEST, day_of, moment_of, to_instant
from laneflow.intake.vocabulary import FACT_NAME, Vocabulary

LONGEST_NAME: Final = 200
"""Characters of ``id``, ``source`` and ``subject``; they are keys, so they have an end."""
LONGEST_TEXT: Final = 10_000
"""Characters of one text fact."""
LONGEST_KEY: Final = 100
"""Characters of a fact's name."""
MOST_FACTS: Final = 200
MOST_ITEMS: Final = 1000
"""Facts of an event, and items of a list."""
DEEPEST: Final = 5
"""Levels of objects inside ``data``."""
_NUL = rb"\u0000"
_SAFE_NUMBER = 2**53  # beyond it JSON readers disagree about an integer's value


_Facts = dict[str, Any]


class CloudEvent(msgspec.Struct, gc=False):
    """The attributes laneflow reads; others are allowed and ignored."""

    specversion: str
    id: str
    source: str
    type: str
    time: Annotated[datetime, msgspec.Meta(tz=True)]
    subject: str
    data: dict[str, Any] | None = None


NOT_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for a record it cannot read."""

_DECODER = msgspec.json.Decoder(CloudEvent)
_AT = re.compile(r"(.*?)(?: - at `(.*)`)?\Z", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_WHAT = {
    "id": "one id per event, never used again",
    "source": "a name for the sending system",
    "specversion": '"1.0"',
    "type": "what happened, such as appointment.booked",
    "time": "when it happened, with its offset, such as 2026-03-09T14:30:00-04:00",
    "subject": "the patient's id, as text",
    "data": "an object of facts",
}


class Reader:
    """Decodes CloudEvents against one vocabulary; with ``now`` None no event is ahead of time."""

    def __init__(self, vocabulary: Vocabulary, now: Instant | None) -> None:
        self._vocabulary = vocabulary
        self._types = vocabulary.types
        self._latest = to_instant(LATEST) if now is None else now + AHEAD
        self._earliest = to_instant(EARLIEST)
        self._text_facts = frozenset(
            name
            for name, kind in vocabulary.facts.items()
            if kind == "text" and name not in vocabulary.choices
        )
        self._checks: dict[str, Callable[[str, Any], Any]] = {
            name: _CHECKS[kind] for name, kind in vocabulary.facts.items()
        }

    def read(self, raw: bytes) -> Event:
        """The event of one JSON object; raises Unclear."""
        try:
            sent = _DECODER.decode(raw)
        except NOT_JSON as error:
            raise unreadable(error) from error
        if sent.type not in self._types or has_nul(raw) or sent.specversion != "1.0":
            self._refuse(sent)
        if not (0 < len(sent.id) <= LONGEST_NAME and 0 < len(sent.source) <= LONGEST_NAME):
            raise _wrong_length(sent)
        if not 0 < len(sent.subject) <= LONGEST_NAME:
            raise _wrong_length(sent)
        time = to_instant(sent.time)
        if not self._earliest <= time <= self._latest:
            raise Unclear(*out_of_time(time, self._latest), source=sent.source)
        try:
            data = self._facts(sent.data) if sent.data else {}
        except Unclear as unclear:
            unclear.source = sent.source
            raise
        return Event(sent.id, sent.source, sent.type, time, sent.subject, data)

    def _facts(self, sent: dict[str, Any]) -> dict[str, Any]:
        """The facts of ``data``, flat and checked; null means nothing was said."""
        text_facts = self._text_facts
        for name, value in sent.items():
            if type(value) is not str or name not in text_facts or len(value) > LONGEST_TEXT:
                break
        else:
            return sent
        facts: dict[str, Any] = {}
        self._flatten(sent, "", facts, 0)
        return facts

    def _flatten(
        self, sent: dict[str, Any], before: str, facts: dict[str, Any], depth: int
    ) -> None:
        """Add the facts of an object and of those inside it, by their dotted names."""
        if depth > DEEPEST:
            raise Unclear("data is nested too deeply", "Send flat data, such as appointment.start.")
        for key, value in sent.items():
            name = f"{before}{key}"
            if name not in self._checks and not (len(key) <= LONGEST_KEY and FACT_NAME.match(key)):
                raise Unclear("data has a fact whose name is not one", _NAME_HINT)
            if type(value) is dict:
                self._flatten(value, f"{name}.", facts, depth + 1)
            elif value is None:
                continue
            elif name in facts:
                raise Unclear(f"data.{name} is given twice", "Keep one of the two.")
            else:
                facts[name] = self._fact(name, value)
        if len(facts) > MOST_FACTS:
            raise Unclear(f"data has more than {MOST_FACTS} facts", "Send what lanes use.")

    def _fact(self, name: str, value: Any) -> Any:
        check = self._checks.get(name)
        if check is None:
            return _any_fact(name, value)
        value = check(name, value)
        choices = self._vocabulary.choices.get(name)
        if choices is not None and value not in choices:
            hint = did_you_mean(value, choices, f"It is one of {listing(sorted(choices))}.")
            raise Unclear(f"data.{name} is not one of its values", hint)
        return value

    def _refuse(self, sent: CloudEvent) -> None:
        """Say what is wrong; a NUL in an attribute nobody reads is not."""
        if sent.specversion != "1.0":
            raise Unclear('specversion is not "1.0"', "laneflow reads CloudEvents 1.0.")
        if has_nul(msgspec.json.encode((sent.id, sent.source, sent.subject, sent.data))):
            raise Unclear("it holds a NUL character", "Remove \\u0000 from its texts.")
        if sent.type not in self._types:
            hint = did_you_mean(sent.type, self._types, "practice.yaml names your own types.")
            raise Unclear(
                f'unknown event type "{sent.type[:80]}"', hint, sent.source[:LONGEST_NAME]
            )


_NAME_HINT = "Facts are lower case words joined by dots, such as appointment.start."


def has_nul(raw: bytes) -> bool:
    """Whether valid JSON spells out a NUL, which no database keeps in text."""
    if _NUL not in raw:
        return False
    return _NUL in raw.replace(rb"\\", b"")  # a written backslash before u0000 is no NUL


def out_of_time(time: Instant, latest: Instant) -> tuple[str, str]:
    """Reason and hint for an event whose time cannot be."""
    if time > latest:
        return "it lies ahead of now", "Events are sent when they have happened; check the clock."
    return "it lies before the year 1900", "Check the time's year."


def unreadable(error: Exception) -> Unclear:
    """What is wrong with a record msgspec refused, in a practice's words."""
    if isinstance(error, RecursionError):
        return Unclear("it is nested too deeply", "Send flat data, such as appointment.start.")
    if isinstance(error, UnicodeDecodeError):
        return Unclear("it is not valid UTF-8", "Save or send the file as UTF-8.")
    if not isinstance(error, msgspec.ValidationError):
        return Unclear(f"it is not valid JSON ({error})"[:200], "One JSON object on each line.")
    missing = _MISSING.match(str(error))
    if missing:
        name = missing.group(1)
        if name == "specversion":
            hint = 'An event has specversion "1.0", a FHIR resource has resourceType.'
            return Unclear("it is neither a CloudEvent nor a FHIR resource", hint)
        return Unclear(f"{name} is missing", f"Add it: {_WHAT[name]}.")
    return _wrong_type(str(error))


def _wrong_type(message: str) -> Unclear:
    found = _AT.match(message)
    what, path = found.groups() if found else (message, None)
    name = (path or "").removeprefix("$.").split(".")[0]
    if not path:
        return Unclear("it is not a JSON object", "Each record is a CloudEvent or a FHIR resource.")
    hint = f"It must be {_WHAT[name]}." if name in _WHAT else ""
    if name == "time" and "timezone" in what:
        return Unclear("time has no offset", f"Write {_WHAT['time'].partition(', ')[2]}.")
    return Unclear(f"{name} is not what it must be", hint)


def _wrong_length(sent: CloudEvent) -> Unclear:
    for name in ("id", "source", "subject"):
        text = getattr(sent, name)
        if not text:
            return Unclear(f"{name} is empty", f"Give {_WHAT[name]}.", sent.source)
        if len(text) > LONGEST_NAME:
            reason = f"{name} is longer than {LONGEST_NAME} characters"
            return Unclear(reason, "Send a shorter one.", sent.source[:LONGEST_NAME])
    return Unclear("it could not be read")


def _text(name: str, value: Any) -> str:
    if type(value) is not str:
        raise Unclear(f"data.{name} is not text", "Put it in quotes.")
    if len(value) > LONGEST_TEXT:
        raise Unclear(f"data.{name} is longer than {LONGEST_TEXT:,} characters", "Shorten it.")
    return value


def _number(name: str, value: Any) -> int | float:
    if type(value) not in (int, float):
        raise Unclear(f"data.{name} is not a number", "Write a number, without quotes.")
    if not -_SAFE_NUMBER <= value <= _SAFE_NUMBER:
        raise Unclear(f"data.{name} is too large a number", "Send an id as text, in quotes.")
    number: int | float = value
    return number


def _yes_or_no(name: str, value: Any) -> bool:
    if value is True or value == "yes":
        return True
    if value is False or value == "no":
        return False
    raise Unclear(f"data.{name} is neither yes nor no", "Write true or false.")


def _date(name: str, value: Any) -> str:
    if day_of(value) is None:
        raise Unclear(f"data.{name} is not a date", "Write it as 2026-03-09.")
    return str(value)


def _moment(name: str, value: Any) -> str:
    moment = moment_of(value)
    if moment is None:
        hint = "Write it as 2026-03-09T14:30:00-04:00."
        raise Unclear(f"data.{name} is not a date and time with an offset", hint)
    return moment.isoformat()


def _list(name: str, value: Any) -> list[Any]:
    if type(value) is not list:
        raise Unclear(f"data.{name} is not a list", 'Write it as ["phone", "letter"].')
    if len(value) > MOST_ITEMS:
        raise Unclear(f"data.{name} has more than {MOST_ITEMS} items", "Send fewer.")
    return [_scalar(name, item) for item in value]


def _scalar(name: str, value: Any) -> Any:
    if type(value) is bool:
        return value
    if type(value) in (int, float):
        return _number(name, value)
    if type(value) is str:
        return _text(name, value)
    raise Unclear(f"data.{name} is a list of more than plain values", "Send it flat.")


def _any_fact(name: str, value: Any) -> Any:
    return _list(name, value) if type(value) is list else _scalar(name, value)


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "text": _text,
    "number": _number,
    "yes or no": _yes_or_no,
    "date": _date,
    "date and time": _moment,
    "list": _list,
}
