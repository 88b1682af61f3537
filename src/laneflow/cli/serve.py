"""Owns ``laneflow serve``: the pages, for the people who work in them."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import click

from laneflow.cli.common.session import Session

if TYPE_CHECKING:
    from laneflow.settings import Serving
    from laneflow.web.serving import Server

host_option = click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to listen on."
)
port_option = click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535),
    help="The port to listen on; 0 takes any that is free.",
)  # fmt: skip
threads_option = click.option(
    "--threads", default=8, show_default=True, type=click.IntRange(1, 64),
    help="How many requests are answered at once.",
)  # fmt: skip


@click.command()
@host_option
@port_option
@threads_option
@click.pass_obj
def command(session: Session, host: str, port: int, threads: int) -> None:
    """Serve the pages; the daemon runs beside them as `laneflow run`, or see `run --serve`.

    SIGTERM answers the requests in hand and leaves. What is published is taken up by itself.
    """
    from laneflow.cli.run import log_to_standard_error
    from laneflow.work.garbage import rarely_collected
    from laneflow.work.systemd import notify

    log_to_standard_error("info")
    server = open_server(session, host, port, threads)
    with _signals(server), rarely_collected():
        notify("READY=1")
        server.run(lambda: notify("WATCHDOG=1"))
        notify("STOPPING=1")


def open_server(session: Session, host: str, port: int, threads: int) -> Server:
    """The server of the session's practice, listening; its address is printed.

    Raises LaneflowError where it may not or cannot be served.
    """
    from django.urls import resolve

    from laneflow.web import serving as pages
    from laneflow.web import site

    serving = configure(session)
    pages.allowed(host, serving)
    site.install(session.app)
    pages.quiet()
    proxy = serving.proxy if serving.tls else None
    server = pages.Server(site.wsgi(), host, port, threads, proxy)
    resolve("/")  # reads the site's map now, not while the first visitor waits
    _tell(session, server, serving)
    return server


def configure(session: Session) -> Serving:
    """Set the pages' site up for the session's practice, before its store is opened."""
    from laneflow.settings import Serving
    from laneflow.web import site
    from laneflow.work.app import database_url

    session.need_practice()
    serving = Serving.from_environment(session.folder.resolve() / ".laneflow")
    site.configure(session.database or database_url(session.folder), serving)
    return serving


def _tell(session: Session, server: Server, serving: Serving) -> None:
    from laneflow.accounts.first import first_link

    shown = f"https://{serving.hosts[0]}" if serving.tls else server.address
    click.echo(f"Pages: {shown}/" + (f" (behind {server.address})" if serving.tls else ""))
    if path := first_link(session.app):
        click.echo(f"Nobody can log in yet. The first manager chooses a password at {shown}{path}")
        click.echo("That link is good once, and until the next start.")


@contextmanager
def _signals(server: Server) -> Iterator[None]:
    """SIGTERM and SIGINT stop the server; SIGHUP changes nothing: releases are followed anyway."""
    answers: dict[int, Callable[..., None]] = {
        signal.SIGTERM: lambda *_: server.stop(),
        signal.SIGINT: lambda *_: server.stop(),
        signal.SIGHUP: lambda *_: None,
    }
    with ExitStack() as stack:
        for number, answer in answers.items():
            stack.callback(signal.signal, number, signal.signal(number, answer))
        yield
