"""Owns ``laneflow demo``: a synthetic practice at work, a week in less than a minute."""

from __future__ import annotations

import logging
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import click

from laneflow.cli.common import show

if TYPE_CHECKING:
    from laneflow.cli.rehearsal import Rehearsal
    from laneflow.engine.state import Case, Event, Instant
    from laneflow.metrics.case.story import Step
    from laneflow.work.app import App
    from laneflow.work.clock import FixedClock

DAYS = 6
HALF_HOUR = 30 * 60_000
SEED = 7

LOGINS: dict[str, tuple[str, ...]] = {
    "ana": ("coordinator",),
    "nora": ("nurse",),
    "patel": ("provider",),
    "lee": ("manager",),
    "operations": ("operations",),
    "auditor": ("auditor",),
}
"""Who logs in, a login for each role: the first four are people of the practice."""


@click.command()
@click.option("--seconds", default=45, show_default=True, type=click.IntRange(min=0),
              help="How long to take; 0 does not wait at all.")  # fmt: skip
@click.option("--patients", default=300, show_default=True, type=click.IntRange(min=1, max=5_000),
              help="How many patients the practice has.")  # fmt: skip
@click.option("--folder", type=click.Path(path_type=Path), metavar="DIR",
              help="Where to lay the practice out.  [default: a new temporary folder]")  # fmt: skip
def command(seconds: int, patients: int, folder: Path | None) -> None:
    """Watch a synthetic practice: cases open, one goes overdue and escalates, one closes.

    The last six business days pass on an accelerated clock, on the store, engine and daemon code
    that a real practice runs on. Nobody in it exists.
    """
    from laneflow.starter import lay_out

    folder = folder or Path(tempfile.mkdtemp(prefix="laneflow-demo-"))
    lay_out(folder)
    _quiet()
    app, clock, days = _open(folder)
    lanes = f"{len(app.loaded.lanes)} lanes, {patients} synthetic patients"
    click.echo(f"{app.loaded.practice.name}: {lanes}, the last six business days.")
    click.echo("Follow Elena Alvarez, home from the hospital: for two days nobody calls her.\n")
    _play(app, clock, days, patients, seconds)
    _close(app, folder)


def _quiet() -> None:
    """No log lines between the lines of the story; notices are kept in the outbox's own table."""
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def _open(folder: Path) -> tuple[App, FixedClock, list[Instant]]:
    """The practice under a clock that stands before the first of the last business days."""
    from laneflow.settings import Serving
    from laneflow.web import site
    from laneflow.work.app import open_app
    from laneflow.work.clock import DAY, HOUR, Clock, FixedClock

    now = Clock().now()
    clock = FixedClock(now - 30 * DAY)
    url = f"sqlite:///{folder.resolve() / '.laneflow' / 'laneflow.sqlite3'}"
    site.configure(url, Serving.from_environment())
    app = open_app(folder, url, clock)
    calendar = app.live.calendar("main")
    days = []
    at = calendar.next_morning(now - 30 * DAY)
    while (opens := calendar.next_open(at)) < now:
        days.append(opens)
        at = calendar.next_morning(opens)
    clock.at = days[-DAYS] - HOUR
    return app, clock, days[-DAYS:]


def _play(app: App, clock: FixedClock, days: list[Instant], patients: int, seconds: int) -> None:
    """The days, half an hour at a time while the practice is open, the nights at one stroke."""
    from laneflow.cli.rehearsal import Rehearsal
    from laneflow.work.clock import Clock
    from laneflow.work.due import catch_up
    from laneflow.work.outbox import send_waiting
    from laneflow.work.take_in import take_in

    rehearsal = Rehearsal(app, days, Random(SEED))
    coming = _events(app, rehearsal, days[0], patients)
    teller = _Teller(app)
    calendar = app.live.calendar("main")
    end = Clock().now()
    pause = seconds / (DAYS * 18)
    while clock.at < end:
        now = clock.at
        take_in(app, [event for event in coming if event.time <= now], replay=True)
        coming = [event for event in coming if event.time > now]
        catch_up(app, now)
        if calendar.is_open(now):
            rehearsal.work(now)
            time.sleep(pause)
        send_waiting(app, now)
        teller.tell()
        later = now + HALF_HOUR
        clock.at = min(end, later if calendar.is_open(later) else calendar.next_open(later))
    catch_up(app, end)


def _events(app: App, rehearsal: Rehearsal, start: Instant, patients: int) -> list[Event]:
    """Rosa's story among everybody else's, in order of time."""
    from laneflow.intake.synthetic import generate

    zone = app.loaded.practice.time_zone
    others = generate(patients, start - 2 * HALF_HOUR, DAYS + 4, SEED, time_zone=zone)
    return sorted([*rehearsal.events(), *others], key=lambda event: event.time)


class _Teller:
    """Tells what happened since the last time, a line for each thing worth watching."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._told: dict[str, int] = {}
        self._shown_script = False

    def tell(self) -> None:
        """Every decision not told yet, in the order they were made."""
        for step in sorted(self._new(), key=lambda step: step.decision.at):
            self._line(step)

    def _new(self) -> Iterator[Step]:
        from laneflow.metrics.case.story import steps

        for case in self._app.store.cases(open_only=False):
            told = self._told.get(case.id, 0)
            if case.seq > told:
                self._told[case.id] = case.seq
                for step in steps(self._app.store, case.id):
                    if step.decision.seq > told:
                        yield step

    def _line(self, step: Step) -> None:
        from laneflow.cli.rehearsal import ELENA
        from laneflow.practice import words

        hers = step.after.patient == ELENA
        colour, told = self._what(step, hers)
        if not told:
            return
        practice = self._app.loaded.practice
        zone = words.zone_of(practice, step.after.location)
        when = f"{show.when(words.iso(step.decision.at, zone)):<21}"
        lane = self._app.loaded.lanes[step.after.lane].title
        click.echo(
            f"{when} {click.style(self._name(step.after), bold=hers)}, {lane}: "
            + click.style(told, fg=colour)
        )
        if hers and not self._shown_script:
            self._shown_script = True
            self._script(step.after)

    def _what(self, step: Step, hers: bool) -> tuple[str | None, str]:
        """A colour and the words; no words for what is not worth watching."""
        from laneflow.metrics.case.story import happened as happened_in
        from laneflow.work.words import changes

        changed = changes(self._app.loaded, step.before, step.after)
        if step.before is None:
            return "green", f"opened, {self._first_task(step.after)}"
        if step.after.closed and not step.before.closed:
            return "blue", changed[-1]
        calls = [what for what in changed if what.startswith(("Escalated", "Nobody in time"))]
        if calls:
            return "red", " ".join(calls)
        happened = happened_in(self._app.loaded, step)
        kept = [what for what in changed if not what.startswith(("Also", "Done with"))]
        return None, f"{happened}. {' '.join(kept)}" if hers and kept else ""

    def _first_task(self, case: Case) -> str:
        from laneflow.outreach.prompt import title_for
        from laneflow.practice import words

        practice = self._app.loaded.practice
        if case.task is None:
            return case.tier
        file = self._app.store.load([case.patient])[case.patient]
        title = title_for(self._app.loaded, case, file.facts, case.task, case.at)
        due = words.spoken(case.task.due.at, words.zone_of(practice, case.location))
        return f"{case.tier}. {title}: {words.name_of(practice, case.owner)}, by {due}"

    def _name(self, case: Case) -> str:
        from laneflow.metrics.case.view import patient_name

        file = self._app.store.load([case.patient])[case.patient]
        return patient_name(file) or case.patient

    def _script(self, case: Case) -> None:
        """The beginning of what the owner is to say, so that one script is seen."""
        from laneflow.outreach.prompt import prompt_for

        if case.task is None:
            return
        file = self._app.store.load([case.patient])[case.patient]
        prompt = prompt_for(self._app.loaded, case, file.facts, case.task, case.at)
        click.echo("   The script it comes with begins:")
        for part in prompt.parts[:2]:
            show.paragraph(part.block.replace("_", " "), part.text)


def _close(app: App, folder: Path) -> None:
    from laneflow.cli.rehearsal import ELENA
    from laneflow.metrics.doctor import silent_cases

    store = app.store
    cases = list(store.cases(open_only=False))
    done = sum(case.closed is not None for case in cases)
    silent = len(silent_cases(store, app.live, app.clock.now()))
    waiting = len(store.escalations())
    elena = next((case.id for case in cases if case.patient == ELENA), "")
    click.echo(
        f"\n{len(cases)} cases opened, {done} closed; {waiting} escalations wait for an answer; "
        f"{silent} cases are silent."
    )
    click.echo("\nLook around:")
    for command_ in ("queue", "escalation list", f"case {elena}", f"why {elena}", "doctor", "run"):
        click.echo(f"  {_called()} --practice {folder} {command_}")
    click.echo(f"\nOr in the browser:\n  {_called()} --practice {folder} serve")
    click.echo(f"One password for all logins, which work in this folder only: {_logins(app)}")
    for username, roles in LOGINS.items():
        click.echo(f"  {username:<12}{', '.join(roles)}")


def _logins(app: App) -> str:
    """A login for each role, and the new password they share."""
    from laneflow.accounts import demo, logins
    from laneflow.accounts.models import Link

    password = "-".join(secrets.token_hex(2) for _ in range(3))
    for username, roles in LOGINS.items():
        person = username in app.loaded.practice.people
        account, _ = logins.add(
            app, by="the demo", username=username, name="" if person else username.title(),
            roles=roles, locations=None if person else ["*"], demo=True,
        )  # fmt: skip
        account.set_password(password)
        account.save(update_fields=["password"])
        Link.objects.filter(account=account).delete()
    demo.mark(app.store, app.folder)
    return password


def _called() -> str:
    """How the reader's shell finds this very command."""
    here = sys.argv[0]
    return here if Path(here).name == "laneflow" and not shutil.which("laneflow") else "laneflow"
