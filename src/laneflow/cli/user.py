"""Owns ``laneflow user``: who may log in to the pages, and how they come by a password."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from laneflow.cli.common import show
from laneflow.cli.common.session import Session

if TYPE_CHECKING:
    from laneflow.accounts.models import Account
    from laneflow.work.app import App

Command = TypeVar("Command", bound=Callable[..., Any])

CONSOLE = "operations at the console"

COLUMNS = {
    "username": "Username",
    "name": "Name",
    "roles": "Roles",
    "locations": "Locations",
    "last": "Last login",
    "factor": "Second factor",
    "state": "State",
}

who = click.option("--by", metavar="PERSON", envvar="LANEFLOW_BY", show_envvar=True,
                   help=f"Who does it, for the audit trail.  [default: {CONSOLE}]")  # fmt: skip
named = click.argument("username", metavar="USERNAME")


def changing(command: Command) -> Command:
    """What every command that changes a login takes: USERNAME, ``--by`` and ``--json``."""
    return named(who(show.as_json(command)))


def opened(session: Session) -> App:
    """The practice at work, its database with the tables of who logs in."""
    from laneflow.settings import Serving
    from laneflow.web import site
    from laneflow.work.app import database_url

    session.need_practice()
    url = session.database or database_url(session.folder)
    site.configure(url, Serving.from_environment())
    return session.app


def by_whom(app: App, by: str | None) -> str:
    """Who is named in the audit trail."""
    from laneflow.cli.common import given

    return given.person(app.loaded.practice, by, "--by") if by else CONSOLE


@click.group()
def command() -> None:
    """Say who may log in to the pages. Passwords are chosen by whom they belong to, by a link."""


@command.command()
@click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="ROLE",
    help="What they may do; again for more.  [default: as practice.yaml suggests]",
)
@click.option(
    "--location",
    "locations",
    multiple=True,
    metavar="ID",
    help="Where they see cases; again for more.  [default: where they work]",
)
@click.option("--all-locations", is_flag=True, help="They see the cases of every location.")
@click.option("--name", default="", help="Their name, where practice.yaml has no such person.")
@click.option(
    "--single-sign-on",
    default="",
    metavar="EMAIL",
    help="The address your identity provider knows them by.",
)
@changing
@click.pass_obj
def add(
    session: Session,
    username: str,
    roles: tuple[str, ...],
    locations: tuple[str, ...],
    all_locations: bool,
    name: str,
    single_sign_on: str,
    by: str | None,
    json_: bool,
) -> None:
    """Let USERNAME log in: a person's id in practice.yaml, or somebody else with --name and --role.

    Prints a link by which they choose their password: good once, for three days.
    """
    if locations and all_locations:
        raise click.UsageError("Say --location or --all-locations, not both.")
    app = opened(session)
    from laneflow.accounts import logins

    account, path = logins.add(
        app, by=by_whom(app, by), username=username, name=name, roles=roles,
        locations=["*"] if all_locations else list(locations) or None,
        single_sign_on=single_sign_on,
    )  # fmt: skip
    _tell_link(account, path, json_)


@command.command("list")
@show.as_json
@click.pass_obj
def list_(session: Session, json_: bool) -> None:
    """List who may log in: roles, locations, last login, second factor."""
    app = opened(session)
    from laneflow.accounts import logins

    found = logins.listed(app)
    rows = [
        row
        | {
            "last": show.when(row["last_login"]) and f"{show.when(row['last_login'])} UTC",
            "factor": "yes" if row["second_factor"] else "no",
            "state": _state(row),
        }
        for row in found
    ]
    empty = "Nobody may log in yet. `laneflow user add` lets somebody."
    show.listed(found, rows, COLUMNS, empty, json_)


def _state(row: dict[str, Any]) -> str:
    states = {
        "off": not row["active"],
        "works here no longer": row["left"],
        "demo": row["demo"],
        "single sign-on": row["single_sign_on"],
    }
    return ", ".join(word for word, holds in states.items() if holds)


@command.command()
@click.option("--mfa", is_flag=True, help="Remove their second factors, too: a phone is lost.")
@changing
@click.pass_obj
def reset(session: Session, username: str, mfa: bool, by: str | None, json_: bool) -> None:
    """Take USERNAME's password away, end all sessions, and print a link to choose a new one."""
    app = opened(session)
    from laneflow.accounts import logins

    account, path = logins.reset(app, by=by_whom(app, by), username=username, second_factors=mfa)
    _tell_link(account, path, json_)


@command.command()
@changing
@click.pass_obj
def disable(session: Session, username: str, by: str | None, json_: bool) -> None:
    """Switch a login off; its sessions end at once."""
    app = opened(session)
    from laneflow.accounts import logins

    _tell(logins.disable(app, by=by_whom(app, by), username=username), json_)


@command.command()
@changing
@click.pass_obj
def enable(session: Session, username: str, by: str | None, json_: bool) -> None:
    """Switch a login on again, with the password it had."""
    app = opened(session)
    from laneflow.accounts import logins

    _tell(logins.enable(app, by=by_whom(app, by), username=username), json_)


@command.command()
@click.option("--person", metavar="ID", help='Who in practice.yaml they are; "" for nobody.')
@click.option("--single-sign-on", metavar="EMAIL",
              help='The address your identity provider knows them by; "" for none.')  # fmt: skip
@changing
@click.pass_obj
def link(
    session: Session,
    username: str,
    person: str | None,
    single_sign_on: str | None,
    by: str | None,
    json_: bool,
) -> None:
    """Link a login to a person of practice.yaml, or to an address of your identity provider."""
    if person is None and single_sign_on is None:
        raise click.UsageError("Say --person, --single-sign-on, or both.")
    app = opened(session)
    from laneflow.accounts import logins

    account = logins.link(
        app, by=by_whom(app, by), username=username, person=person, single_sign_on=single_sign_on
    )
    _tell(account, json_)


def _tell(account: Account, json_: bool, **more: Any) -> None:
    if json_:
        told = {name: getattr(account, name) for name in ("username", "name", "person", "roles")}
        show.json(told | {"active": account.is_active} | more)
        return
    linked = f", {account.single_sign_on}" if account.single_sign_on else ""
    state = "may log in" if account.is_active else "may not log in any more"
    click.echo(f"{account.name} ({account.username}{linked}) {state}: {', '.join(account.roles)}.")


def _tell_link(account: Account, path: str, json_: bool) -> None:
    from laneflow.work.links import URL, link

    address = link(path)
    _tell(account, json_, **({"link": address or path} if json_ else {}))
    if json_:
        return
    click.echo("To choose a password, good once, for three days:")
    click.echo(f"  {address or f'http://localhost:8000{path}'}")
    if not address:
        click.echo(f"Set {URL} to have your own address in it.")
