"""What leaves the house: a message without patient details, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """Something one person is told: a case number and a link, never who the patient is.

    ``id`` stays the same when the message is sent again, so that a receiver can tell.
    ``address`` is written as in ``notify``, such as ``email:ana@example.org``.
    """

    id: str
    address: str
    to: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Result:
    """Whether the way out accepted the message, and if not, why."""

    ok: bool
    detail: str = ""
