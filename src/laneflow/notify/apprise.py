"""Apprise as a way out: chat, SMS gateways and pagers, by its URLs. An extra to install."""

from __future__ import annotations

from laneflow.notify.message import Message, Result


def send(message: Message) -> Result:
    """Hand the message to the service that the address names."""
    try:
        import apprise
    except ImportError:
        return Result(False, "apprise is not installed: pip install 'laneflow[apprise]'")
    service = apprise.Apprise()
    if not service.add(message.address):
        return Result(False, "apprise does not know this kind of address")
    if not service.notify(title=message.subject, body=message.body):
        return Result(False, "the service did not accept it")
    return Result(True, "apprise")
