"""Owns how the first manager comes in: by a link that is good once, never by a known password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from laneflow.accounts import links
from laneflow.accounts.logins import roles_of
from laneflow.accounts.models import Account, Link
from laneflow.errors import LaneflowError, Problem
from laneflow.practice.model import Person, Practice

if TYPE_CHECKING:
    from laneflow.work.app import App


def first_link(app: App) -> str | None:
    """The path of a link by which the first manager chooses a password; None where one can log in.

    Asked at every start of serving. A link from an earlier start is good no longer.
    """
    if Account.objects.exists():
        return None
    return links.make(None, app.clock.now())


def managers(practice: Practice) -> list[Person]:
    """Who may be the first: the people of practice.yaml who have the manager's role."""
    people = practice.people.values()
    return [one for one in people if one.active and practice.manager_role in one.roles]


def begin(app: App, link: Link, person: Person, password: str) -> Account:
    """The first manager's account, made with the link, which is then spent.

    Raises LaneflowError where the link is spent, or somebody can log in already.
    """
    now = app.clock.now()
    with app.store.transaction():
        if not links.spend(link, now) or Account.objects.exists():
            what, hint = "this link was used already", "Log in, or ask operations for a new one."
            raise LaneflowError(Problem("link", 0, 0, what, hint))
        account = Account(
            username=person.id, name=person.name, person=person.id,
            roles=roles_of(app.loaded.practice, person), created=now,
        )  # fmt: skip
        account.set_password(password)
        account.save()
        detail = {"did": "first manager", "roles": account.roles}
        row = {"at": now, "by": person.id, "what": "account", "detail": detail}
        app.store.audit(row | {"object": f"login {account.username}"})
    return account
