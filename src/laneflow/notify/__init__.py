"""Ways out of laneflow: one file per way, each with ``send(message) -> Result``.

A way is written ``name:address``, such as ``email:ana@example.org``; ``log`` needs no address, and
any other ``scheme://…`` goes to apprise.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from laneflow.notify.message import Message, Result

__all__ = ["WAYS", "Message", "Result", "send", "way_of"]

WAYS = ("log", "email", "apprise")


def way_of(address: str) -> str | None:
    """The way an address goes, or None where no way knows it."""
    name, _, rest = address.partition(":")
    if rest.startswith("//"):
        return "apprise"
    return name if name in WAYS and (rest or name == "log") else None


def send(message: Message) -> Result:
    """Send a message the way its address says. Never raises: what failed is in the Result."""
    way = way_of(message.address)
    if way is None:
        return Result(False, "no way out is called that")
    sender: Callable[[Message], Result] = import_module(f"laneflow.notify.{way}").send
    try:
        return sender(message)
    except Exception as error:  # noqa: BLE001 (whatever a receiver does, the others are told)
        return Result(False, f"{type(error).__name__}: {error}"[:200])
