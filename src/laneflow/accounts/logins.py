"""Owns who may log in: logins added, switched off and on, reset, linked; all of it audited."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from laneflow.accounts import links
from laneflow.accounts.models import Account, Link
from laneflow.accounts.rights import EVERYWHERE, ROLES
from laneflow.errors import LaneflowError, Problem, did_you_mean, listing
from laneflow.practice.model import Person, Practice

if TYPE_CHECKING:
    from laneflow.work.app import App

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def roles_of(practice: Practice, person: Person) -> list[str]:
    """The roles that somebody's roles in practice.yaml suggest; coordinator where none do."""
    found = ["manager"] if practice.manager_role in person.roles else []
    told = " ".join(person.roles).casefold()
    found += [word for word in ("nurse", "provider") if word in told]
    return found or ["coordinator"]


def account_named(username: str) -> Account:
    """The account with this username. Raises LaneflowError naming the nearest."""
    account: Account | None = Account.objects.filter(username=username).first()
    if account is None:
        known = list(Account.objects.values_list("username", flat=True))
        hint = did_you_mean(username, known, "`laneflow user list` shows all.")
        raise _wrong("username", f'nobody logs in as "{username}"', hint)
    return account


def add(
    app: App,
    *,
    by: str,
    username: str,
    name: str = "",
    roles: Sequence[str] = (),
    locations: Sequence[str] | None = None,
    single_sign_on: str = "",
    demo: bool = False,
) -> tuple[Account, str]:
    """A new account without a password, and the path of the link to choose one with.

    ``username`` is a person's id in practice.yaml, or another name that comes with ``name`` and
    ``roles``. ``locations``: None for where the person works. Raises LaneflowError.
    """
    practice = app.loaded.practice
    person = practice.people.get(username)
    if person is None:
        _need_not_be_a_person(practice, username, name, roles)
    if Account.objects.filter(username__iexact=username).exists():
        hint = "`laneflow user reset` makes a new link for them."
        raise _wrong("username", f'"{username}" can log in already', hint)
    account = Account(
        username=username, name=name or (person.name if person else ""),
        person=person.id if person else "",
        roles=known_roles(roles) or (roles_of(practice, person) if person else []),
        locations=known_locations(practice, locations),
        single_sign_on=free_address(single_sign_on), demo=demo, created=app.clock.now(),
    )  # fmt: skip
    account.set_unusable_password()
    with app.store.transaction():
        account.save()
        told = {"roles": account.roles, "locations": account.locations}
        _record(app, by, account, "added", told)
        return account, links.make(account, app.clock.now())


def _need_not_be_a_person(
    practice: Practice, username: str, name: str, roles: Sequence[str]
) -> None:
    if not name or not roles:
        others = "Somebody else, such as an auditor, needs --name and --role."
        near = did_you_mean(username, practice.people, f"People are {listing(practice.people)}.")
        what = f'there is nobody called "{username}" in practice.yaml'
        raise _wrong("username", what, f"{near} {others}")
    if not USERNAME.fullmatch(username):
        hint = "Use small letters, digits, and . _ - between them."
        raise _wrong("username", f'"{username}" cannot be a username', hint)


def known_roles(roles: Iterable[str]) -> list[str]:
    """Roles as given, each once. Raises LaneflowError naming the nearest to one that is none."""
    wanted = list(dict.fromkeys(roles))
    for role in wanted:
        if role not in ROLES:
            hint = did_you_mean(role, ROLES, f"Roles are {listing(ROLES)}.")
            raise _wrong("role", f'"{role}" is not a role', hint)
    return wanted


def known_locations(practice: Practice, locations: Sequence[str] | None) -> list[str] | None:
    """Locations as given. Raises LaneflowError naming the nearest to one that is none."""
    for place in locations or ():
        if place != EVERYWHERE and place not in practice.locations:
            known = listing(practice.locations)
            hint = did_you_mean(place, practice.locations, f"Locations are {known}.")
            raise _wrong("location", f'there is no location "{place}"', hint)
    return None if locations is None else list(locations)


def free_address(address: str, account: Account | None = None) -> str:
    """An address as it is compared. Raises LaneflowError where another account has it."""
    address = address.strip().lower()
    if address and "@" not in address:
        raise _wrong("single-sign-on", f'"{address}" is not an e-mail address')
    others = Account.objects.exclude(pk=account.pk) if account else Account.objects
    if address and (other := others.filter(single_sign_on=address).first()):
        raise _wrong("single-sign-on", f"{address} is the address of {other.username} already")
    return address


def disable(app: App, *, by: str, username: str) -> Account:
    """Switch a login off; whoever is logged in with it is not from now on."""
    account = account_named(username)
    return _changed(app, by, account, "disabled", is_active=False)


def enable(app: App, *, by: str, username: str) -> Account:
    """Switch a login on again."""
    return _changed(app, by, account_named(username), "enabled", is_active=True)


def link(
    app: App, *, by: str, username: str, person: str | None = None,
    single_sign_on: str | None = None,
) -> Account:  # fmt: skip
    """Link an account to a person of practice.yaml, or to an identity provider's address.

    None leaves a link as it is, "" takes it away. Raises LaneflowError.
    """
    account = account_named(username)
    changed: dict[str, str] = {}
    if person is not None:
        if person and person not in app.loaded.practice.people:
            people = app.loaded.practice.people
            hint = did_you_mean(person, people, f"People are {listing(people)}.")
            raise _wrong("person", f'there is nobody called "{person}" in practice.yaml', hint)
        changed["person"] = person
    if single_sign_on is not None:
        changed["single_sign_on"] = free_address(single_sign_on, account)
    return _changed(app, by, account, "linked", **changed)


def reset(app: App, *, by: str, username: str, second_factors: bool = False) -> tuple[Account, str]:
    """Take the password away, end all sessions; the path of a link to choose a new one with.

    ``second_factors``: theirs are removed, too, as when a phone is lost.
    """
    from allauth.mfa.models import Authenticator

    account = account_named(username)
    with app.store.transaction():
        account.set_unusable_password()
        account.save(update_fields=["password"])
        end_sessions(account)
        if second_factors:
            Authenticator.objects.filter(user=account).delete()
        _record(app, by, account, "reset", {"second factors removed": second_factors})
        return account, links.make(account, app.clock.now())


def choose_password(app: App, link: Link, password: str) -> Account:
    """Give the account of a link its password; the link is spent, older sessions are over.

    Raises LaneflowError where the link was spent meanwhile.
    """
    account, now = link.account, app.clock.now()
    with app.store.transaction():
        if account is None or not links.spend(link, now):
            raise _wrong("link", "this link was used already", "Ask operations for a new one.")
        account.set_password(password)
        account.save(update_fields=["password"])
        end_sessions(account)
        by = account.person or f"login {account.username}"
        row = {"at": now, "by": by, "what": "password", "detail": {"did": "chosen by link"}}
        app.store.audit(row | {"object": f"login {account.username}"})
    return account


def end_sessions(account: Account) -> None:
    """Forget every session of an account, wherever it is logged in."""
    from allauth.usersessions.models import UserSession

    for session in UserSession.objects.filter(user=account):
        session.end()


def listed(app: App) -> list[dict[str, Any]]:
    """Everybody who may log in. Keys: username, name, person, roles, locations, active, left
    (their person works here no longer), demo, single_sign_on, last_login (ISO or None),
    second_factor.
    """
    from allauth.mfa.models import Authenticator

    from laneflow.accounts.sight import locations_of, works_here

    practice = app.loaded.practice
    factors = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN
    safe = set(Authenticator.objects.filter(type__in=factors).values_list("user_id", flat=True))
    return [
        {
            "username": account.username,
            "name": account.name,
            "person": account.person,
            "roles": account.roles,
            "locations": sorted(locations_of(account, practice)),
            "active": account.is_active,
            "left": not works_here(account, practice),
            "demo": account.demo,
            "single_sign_on": account.single_sign_on,
            "last_login": account.last_login and account.last_login.isoformat(timespec="seconds"),
            "second_factor": account.pk in safe,
        }
        for account in Account.objects.order_by("username")
    ]


def _changed(app: App, by: str, account: Account, did: str, **values: Any) -> Account:
    for name, value in values.items():
        setattr(account, name, value)
    with app.store.transaction():
        account.save(update_fields=list(values))
        if not account.is_active:
            end_sessions(account)
        _record(app, by, account, did, values)
    return account


def _record(app: App, by: str, account: Account, did: str, told: dict[str, Any]) -> None:
    row = {"at": app.clock.now(), "by": by, "what": "account", "detail": {"did": did, **told}}
    app.store.audit(row | {"object": f"login {account.username}"})


def _wrong(where: str, what: str, hint: str = "") -> LaneflowError:
    return LaneflowError(Problem(where, 0, 0, what, hint))
