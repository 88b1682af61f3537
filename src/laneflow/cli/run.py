"""Owns ``laneflow run``: the daemon, or one round of its work on this clock or a given one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from laneflow.cli.common import show
from laneflow.cli.common.session import Session
from laneflow.cli.serve import host_option, open_server, port_option, threads_option

if TYPE_CHECKING:
    from laneflow.web.serving import Server
    from laneflow.work.app import App
    from laneflow.work.due import Done
    from laneflow.work.outbox import Sent


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now, send what waits, and leave.")
@click.option(
    "--until",
    metavar="INSTANT",
    help="Work through the time up to this instant, each thing at its own time, and leave.",
)
@click.option("--inbox", type=click.Path(path_type=Path), metavar="DIR",
              help="A folder to take events in from as files arrive.")  # fmt: skip
@click.option("--accept-clock", is_flag=True, help="The clock is right although it has jumped.")
@click.option("--share", is_flag=True, help="Leave due work to workers (PostgreSQL).")
@click.option("--worker", is_flag=True, help="Only work on what a daemon with --share hands out.")
@click.option("--serve", is_flag=True, help="Serve the pages, too, in this one process.")
@host_option
@port_option
@threads_option
@show.as_json
@click.pass_obj
def command(
    session: Session,
    once: bool,
    until: str | None,
    inbox: Path | None,
    accept_clock: bool,
    share: bool,
    worker: bool,
    serve: bool,
    host: str,
    port: int,
    threads: int,
    json_: bool,
) -> None:
    """Run the daemon: decide what is due, send what waits, take in what arrives, reload lanes.

    SIGTERM finishes the batch in hand and leaves; SIGHUP, or a changed file, reloads the lanes.
    """
    if once and until:
        raise click.UsageError("Say --once or --until, not both.")
    if inbox and (once or until):
        raise click.UsageError("--inbox goes with the daemon; use `laneflow intake` for one file.")
    if (share or worker) and (once or until or (share and worker)):
        raise click.UsageError("--share goes with the daemon; --worker stands alone.")
    if serve and (once or until or worker):
        raise click.UsageError("--serve goes with the daemon.")
    log_to_standard_error("warning" if until else "info")
    if worker:
        _worker(session)
    elif until:
        _until(session, until, json_)
    elif once:
        _once(session, accept_clock, json_)
    else:
        server = open_server(session, host, port, threads) if serve else None
        _daemon(session, inbox, accept_clock, share, server)


def _daemon(
    session: Session, inbox: Path | None, accept_clock: bool, share: bool, server: Server | None
) -> None:
    from laneflow.work.app import database_url
    from laneflow.work.daemon import Daemon

    app = session.app
    database = session.database or database_url(app.folder)
    daemon = Daemon(app, database, inbox=inbox, accept_clock=accept_clock, share=share)
    if server is None:
        daemon.run()
    else:
        daemon.run(server.beside)


def _worker(session: Session) -> None:
    from laneflow.work.app import database_url
    from laneflow.work.workers import Shards

    app = session.app
    shards = Shards(app, session.database or database_url(app.folder))
    shards.install()
    shards.run()


def _once(session: Session, accept_clock: bool, json_: bool) -> None:
    from laneflow.work.due import tick
    from laneflow.work.outbox import send_waiting

    app = session.app
    done = tick(app, accept_clock=accept_clock)
    _tell(app, done, send_waiting(app), json_)


def _until(session: Session, until: str, json_: bool) -> None:
    from laneflow.work.due import catch_up
    from laneflow.work.outbox import send_waiting

    app = session.app
    stop = session.instant(until, "--until", end=True)
    counted = 0
    with show.progress("Working through the time", None) as advance:

        def step(done: Done) -> None:
            nonlocal counted
            advance(done.files - counted)
            counted = done.files

        done = catch_up(app, stop, progress=step)
    # What was over before the end is withdrawn: nobody is told of what happened in the past.
    _tell(app, done, send_waiting(app, stop), json_)


def _tell(app: App, done: Done, sent: Sent, json_: bool) -> None:
    if json_:
        show.json(
            {
                "files": done.files,
                "decisions": done.decisions,
                "failed": done.failed,
                "notices_sent": sent.sent,
                "notices_withdrawn": sent.withdrawn,
                "notices_failed": sent.failed,
                "problems": len(app.problems),
            }
        )
        return
    click.echo(f"{done.decisions} decisions on the files of {done.files} patients.")
    click.echo(f"{sent.sent} notices sent, {sent.withdrawn} withdrawn.")
    for count, what in (
        (done.failed, "files could not be decided and will be tried again"),
        (sent.failed, "notices could not be sent and will be tried again"),
    ):
        if count:
            click.echo(f"{count} {what}.", err=True)
    show.problems(app.problems)


def log_to_standard_error(level: str) -> None:
    """One line for each thing that happens: words on a terminal, JSON for a log collector."""
    import structlog

    terminal = sys.stderr.isatty()
    render = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
