"""What systemd is told: ready, alive, stopping. One datagram each; nothing without systemd."""

from __future__ import annotations

import os
import socket


def notify(state: str) -> None:
    """Send ``state`` (such as ``READY=1``) to the socket systemd named; say nothing where none."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        try:
            sock.sendto(state.encode(), address)
        except OSError:
            return
