"""Owns serving: who may listen where, the server, its limits, how it stops without losing work."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from time import monotonic
from typing import Any

import structlog
from waitress import wasyncore
from waitress.server import create_server

from laneflow.errors import LaneflowError, Problem
from laneflow.settings import HOSTS, LOCAL, TLS, Serving
from laneflow.work.report import place

log = structlog.get_logger("laneflow.pages")

PORT, THREADS = 8000, 8

LARGEST_HEADERS = 32 * 1024
LARGEST_REQUEST = 64 * 1024 * 1024
"""Bytes of a request's body past which it is not even read; pages take far less, see ``safety``."""
CONNECTIONS = 500
IDLE = 60
"""Seconds after which a connection that says nothing is closed."""
SLOWEST = 120
"""Seconds a request may take to arrive."""
PATIENCE = 20
"""Seconds that stopping waits for the requests in hand."""


class Server:
    """The pages' server, on one address.

    ``proxy`` is the address of the proxy whose word on the visitor's address and on TLS counts,
    None where there is none. Listens as soon as it is made; raises LaneflowError where it cannot.
    """

    def __init__(
        self,
        application: Callable[..., Any],
        host: str = "127.0.0.1",
        port: int = PORT,
        threads: int = THREADS,
        proxy: str | None = None,
    ) -> None:
        self._stopping = threading.Event()
        self._open = threading.RLock()  # also asked for by a signal in the thread that holds it
        self._ended = False
        self._map: dict[int, Any] = {}
        self._arriving: dict[Any, float] = {}
        trusting = {
            "trusted_proxy": proxy,
            "trusted_proxy_count": 1,
            "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
        }
        self._server = create_server(
            application, map=self._map, sockets=[_listening(host, port)], threads=threads,
            ident="laneflow", max_request_header_size=LARGEST_HEADERS,
            max_request_body_size=LARGEST_REQUEST, connection_limit=CONNECTIONS,
            channel_timeout=IDLE, cleanup_interval=10, log_socket_errors=False,
            clear_untrusted_proxy_headers=proxy is not None, **(trusting if proxy else {}),
        )  # fmt: skip

    @property
    def address(self) -> str:
        """Where it listens, as a browser on this machine asks for it, without a last slash."""
        host, port = self._server.effective_host, self._server.effective_port
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def run(self, beat: Callable[[], None] = lambda: None) -> None:
        """Serve until ``stop``; the requests in hand are then answered first.

        ``beat`` is called every second or sooner, as a sign of life.
        """
        try:
            while not self._stopping.is_set():
                self._turn()
                beat()
            self._drain()
        finally:
            self._server.task_dispatcher.shutdown(timeout=5)
            with self._open:
                self._ended = True
                wasyncore.close_all(self._map, ignore_all=True)

    def stop(self) -> None:
        """Have ``run`` return; may be called from any thread, and from a signal's handler."""
        self._stopping.set()
        with self._open:
            if not self._ended:
                self._server.pull_trigger()

    @contextmanager
    def beside(self, on_fault: Callable[[], None]) -> Iterator[None]:
        """Serve in a thread of its own while the caller works.

        ``on_fault`` is called where serving ends by itself; its error is raised on leaving.
        """
        faults: list[BaseException] = []

        def serve() -> None:
            try:
                self.run()
            except BaseException as fault:  # noqa: BLE001 (whatever it is, the other must hear)
                faults.append(fault)
                log.error("serving pages failed", **place(fault))
            if not self._stopping.is_set():
                on_fault()

        thread = threading.Thread(target=serve, name="laneflow-pages")
        thread.start()
        try:
            yield
        finally:
            self.stop()
            thread.join()
        if faults:
            raise faults[0]

    def _turn(self) -> None:
        """Wait for the network up to a second, and do what it asks for."""
        wasyncore.loop(timeout=1, use_poll=True, map=self._map, count=1)
        self._refuse_slow()

    def _refuse_slow(self) -> None:
        """Close connections on which a request has been arriving for too long."""
        now, channels = monotonic(), list(self._server.active_channels.values())
        coming = {one for one in channels if one.request is not None and not one.requests}
        self._arriving = {one: self._arriving.get(one, now) for one in coming}
        for channel, since in self._arriving.items():
            if now - since > SLOWEST:
                channel.will_close = True

    def _drain(self) -> None:
        """Listen no longer; answer what was asked, and let go of who asks nothing."""
        self._server.del_channel()
        self._server.socket.close()
        patience = monotonic() + PATIENCE
        while monotonic() < patience:
            busy = False
            for channel in list(self._server.active_channels.values()):
                if channel.requests or channel.total_outbufs_len:
                    busy = True
                else:
                    channel.will_close = True
            if not busy:
                return
            wasyncore.loop(timeout=0.1, use_poll=True, map=self._map, count=1)


def _listening(host: str, port: int) -> socket.socket:
    """A socket bound to the address; port 0 is any that is free."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        made = socket.socket(family, kind, proto)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
    except OSError as error:
        why = (error.strerror or "it is no address").lower()
        hint = "Choose another with --host and --port; --port 0 takes any that is free."
        what = f"pages cannot be served on {host} port {port}: {why}"
        raise LaneflowError(Problem("serve", 0, 0, what, hint)) from error
    return made


def allowed(host: str, serving: Serving) -> None:
    """Refuse to send patients' data over a network in the clear, or by a name nobody gave.

    Raises LaneflowError that says what to set.
    """
    if "*" in serving.hosts:
        what = '"*" would have pages answer to any name'
        raise LaneflowError(Problem(HOSTS, 0, 0, what, "Name the hosts, separated by commas."))
    if serving.tls:
        if serving.hosts == LOCAL:
            what = "with a proxy in front, the name that browsers ask for must be known"
            hint = "Set it, such as laneflow.example.org."
            raise LaneflowError(Problem(HOSTS, 0, 0, what, hint))
        return
    if not _only_here(host):
        what = f"on {host}, patients' data would cross the network unencrypted"
        hint = (
            f"Have a proxy in front that speaks TLS and set {TLS}=proxy, or leave --host out: "
            "then pages are for this machine alone."
        )
        raise LaneflowError(Problem("serve", 0, 0, what, hint))


def _only_here(host: str) -> bool:
    try:
        found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)
        return all(ip_address(str(address[0])).is_loopback for *_, address in found)
    except (OSError, ValueError):
        return False


class _Quiet(logging.Handler):
    """Passes on that something was logged, and where it failed, but none of its words.

    Django and waitress write addresses and error messages into theirs, and those may name anybody.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """See logging.Handler."""
        fault = record.exc_info[1] if record.exc_info else None
        if fault is not None:
            log.error("failed", source=record.name, **place(fault))
        elif record.levelno >= logging.ERROR:
            log.error("failed", source=record.name)


def quiet() -> None:
    """Let no library write a line of its own."""
    for name in ("django", "waitress", "allauth"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [_Quiet()], False
        logger.setLevel(logging.WARNING)
    # Each request has its line, and each failure of ours its report, already.
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
