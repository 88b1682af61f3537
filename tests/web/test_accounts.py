"""Logins are made, reset and switched off by operations; links are good once; demo stays demo."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Laneflow
from laneflow.accounts import demo, links, logins
from laneflow.accounts.first import first_link
from laneflow.accounts.models import Account, Link
from laneflow.accounts.rights import ROLES
from laneflow.work.app import App
from laneflow.work.clock import DAY, HOUR, FixedClock
from web_cast import PASSWORD

Client = Callable[..., Any]
CHOSEN = "a long enough password"


def audited(app: App, what: str) -> list[dict[str, Any]]:
    return [row for row in app.store.audited() if row["what"] == what]


def choose(browser: Any, path: str, password: str = CHOSEN, **more: Any) -> Any:
    """Open a link and send its form."""
    answer = browser.get(path)
    assert answer.status_code == 302
    assert answer["Location"] == "/link"
    return browser.post("/link", {"password": password, "again": password, **more})


def can_log_in(browser: Any, username: str, password: str) -> bool:
    form = {"login": username, "password": password}
    return not browser.post("/account/login/", form)["Location"].startswith("/account/")


@pytest.fixture
def added(app: App) -> str:
    """The path of the link of pam, who was added just now."""
    return logins.add(app, by="lee", username="pam")[1]


# links ------------------------------------------------------------
def test_a_link_lets_somebody_choose_a_password_once(client: Client, added: str) -> None:
    browser = client()
    answer = choose(browser, added)
    assert answer["Location"] == "/account/login/"
    assert "Log in as pam" in browser.get(answer["Location"]).content.decode()
    assert can_log_in(browser, "pam", CHOSEN)
    assert choose(client(), added, "another long password").status_code == 410
    assert not Account.objects.get(username="pam").check_password("another long password")


def test_of_two_who_opened_the_same_link_one_is_refused(client: Client, added: str) -> None:
    first, second = client(), client()
    first.get(added)
    second.get(added)
    form = {"password": CHOSEN, "again": CHOSEN}
    assert [one.post("/link", form).status_code for one in (first, second)] == [302, 410]


def test_the_database_does_not_know_the_link(added: str) -> None:
    token = added.removeprefix("/link/")
    assert len(token) >= 43
    assert Link.objects.get().digest != token


@pytest.mark.parametrize(("later", "status"), [(3 * DAY - HOUR, 200), (3 * DAY, 410)])
def test_a_link_is_good_for_three_days(
    client: Client, added: str, clock: FixedClock, later: int, status: int
) -> None:
    clock.at += later
    browser = client()
    browser.get(added)
    assert browser.get("/link").status_code == status


def test_a_newer_link_ends_an_older_one(app: App, client: Client, added: str) -> None:
    newer = logins.reset(app, by="lee", username="pam")[1]
    assert choose(client(), added).status_code == 410
    assert choose(client(), newer).status_code == 302


def test_a_made_up_link_is_refused(client: Client, added: str) -> None:
    assert choose(client(), "/link/" + "x" * 43).status_code == 410
    assert client().get("/link").status_code == 410


@pytest.mark.parametrize(
    ("password", "again", "wrong"),
    [
        ("short", "short", "12 characters"),
        ("1q2w3e4r5t6y", "1q2w3e4r5t6y", "too common"),
        ("pam nguyen 1", "pam nguyen 1", "too similar"),
        (CHOSEN, CHOSEN + "!", "another password"),
        ("", "", "required"),
    ],
)
def test_a_weak_password_is_refused_beside_its_field(
    client: Client, added: str, password: str, again: str, wrong: str
) -> None:
    browser = client()
    browser.get(added)
    answer = browser.post("/link", {"password": password, "again": again})
    assert answer.status_code == 422
    assert wrong in answer.content.decode()
    assert 'aria-describedby="id_' in answer.content.decode()


def test_nothing_but_the_password_is_taken_from_the_form(client: Client, added: str) -> None:
    choose(client(), added, roles="manager", is_active="", username="lee", person="lee", demo="on")
    pam = Account.objects.get(person="pam")
    assert (pam.username, pam.roles, pam.is_active, pam.demo) == (
        "pam",
        ["coordinator"],
        True,
        False,
    )


# the first manager ------------------------------------------------------------
@pytest.fixture
def nobody_yet(app: App) -> None:
    Account.objects.all().delete()


@pytest.mark.usefixtures("nobody_yet")
def test_the_first_manager_comes_in_by_a_link(app: App, client: Client) -> None:
    path = first_link(app)
    assert path
    browser = client()
    browser.get(path)
    page = browser.get("/link").content.decode()
    assert '<option value="lee">' in page
    assert '<option value="ana">' not in page
    assert choose(browser, path, person="ana").status_code == 422
    assert choose(browser, path, person="lee").status_code == 302
    assert Account.objects.get().roles == ["manager"]
    assert can_log_in(browser, "lee", CHOSEN)
    assert first_link(app) is None
    assert choose(client(), path, person="dana").status_code == 410


@pytest.mark.usefixtures("nobody_yet")
def test_a_later_start_ends_the_first_managers_older_link(app: App, client: Client) -> None:
    older, newer = first_link(app), first_link(app)
    assert older
    assert newer
    assert choose(client(), older, person="lee").status_code == 410
    assert choose(client(), newer, person="lee").status_code == 302


@pytest.mark.usefixtures("nobody_yet")
def test_where_somebody_was_added_meanwhile_there_is_no_first_manager(
    app: App, client: Client
) -> None:
    path = first_link(app)
    assert path
    logins.add(app, by="operations", username="dana")
    assert choose(client(), path, person="lee").status_code in (400, 410)
    assert not Account.objects.filter(username="lee").exists()


# the demo ------------------------------------------------------------
def test_a_demo_login_is_refused_outside_the_demo(app: App, client: Client) -> None:
    inside = client("ana")
    assert inside.get("/").status_code == 200
    Account.objects.filter(username="ana").update(demo=True)
    assert inside.get("/").status_code == 302
    refused = client().post("/account/login/", {"login": "ana", "password": PASSWORD})
    assert refused["Location"] == "/account/inactive/"
    demo.mark(app.store, app.folder)
    assert can_log_in(client(), "ana", PASSWORD)


def test_a_demo_carried_elsewhere_is_no_demo(app: App, client: Client, tmp_path: Path) -> None:
    Account.objects.filter(username="ana").update(demo=True)
    demo.mark(app.store, app.folder)
    assert client("ana").get("/").status_code == 200
    app.folder = tmp_path / "elsewhere"
    assert client("ana").get("/").status_code == 302


# my account ------------------------------------------------------------
@pytest.mark.parametrize("username", ["ana", "lee", "olga", "aldo"])
def test_everybody_sees_who_they_are(client: Client, username: str) -> None:
    page = client(username).get("/account/").content.decode()
    assert username in page
    assert all(role in page for role in Account.objects.get(username=username).roles)


def test_changing_the_password_ends_the_other_sessions(app: App, client: Client) -> None:
    here, there = client("ana"), client("ana")
    form = {"oldpassword": PASSWORD, "password1": CHOSEN, "password2": CHOSEN}
    weak = here.post("/account/password/", form | {"password1": "short", "password2": "short"})
    assert weak.status_code == 200
    answer = here.post("/account/password/", form | {"username": "lee", "roles": "manager"})
    assert answer.status_code == 302
    assert here.get("/").status_code == 200
    assert there.get("/").status_code == 302
    ana = Account.objects.get(username="ana")
    assert (ana.username, ana.roles) == ("ana", ["coordinator"])
    assert audited(app, "password")[0]["by"] == "ana"


def test_who_has_no_password_does_not_change_one(client: Client) -> None:
    ana = Account.objects.get(username="ana")
    ana.set_unusable_password()
    ana.save()
    browser = client("ana")
    assert browser.get("/account/password/").status_code == 404
    assert "Change the password" not in browser.get("/account/").content.decode()


# laneflow user ------------------------------------------------------------
@pytest.fixture
def laneflow(app: App) -> Iterator[Laneflow]:
    """The command line in the practice whose pages are tested."""
    return Laneflow(app.folder)


def test_user_add_takes_a_person_of_the_practice(
    app: App, client: Client, laneflow: Laneflow
) -> None:
    said = laneflow.well("user", "add", "grace", "--json", LANEFLOW_URL="https://lanes.example/")
    assert said.json["name"] == "Grace Kim"
    path = said.json["link"].removeprefix("https://lanes.example")
    browser = client()
    assert choose(browser, path).status_code == 302
    assert can_log_in(browser, "grace", CHOSEN)
    (row,) = audited(app, "account")
    assert (row["by"], row["object"]) == ("operations at the console", "login grace")
    assert "link" not in json.loads(row["detail"])


@pytest.mark.parametrize(
    ("person", "roles"),
    [("pam", ["coordinator"]), ("ines", ["nurse"]), ("patel", ["provider"]), ("lee", ["manager"])],
)
def test_roles_follow_those_of_the_practice(app: App, person: str, roles: list[str]) -> None:
    practice = app.loaded.practice
    assert logins.roles_of(practice, practice.people[person]) == roles


def test_user_add_takes_somebody_else_with_a_name_and_a_role(laneflow: Laneflow) -> None:
    laneflow.well(
        "user", "add", "kit", "--name", "Kit Marsh", "--role", "auditor", "--role", "operations",
        "--all-locations", "--single-sign-on", "Kit@Example.org", "--by", "lee",
    )  # fmt: skip
    (kit,) = [
        row for row in laneflow.well("user", "list", "--json").json if row["name"] == "Kit Marsh"
    ]
    assert kit["roles"] == ["auditor", "operations"]
    assert kit["locations"] == ["main", "riverside"]
    assert kit["single_sign_on"] == "kit@example.org"
    assert "Kit Marsh" in laneflow.well("user", "list").out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["add", "gracie"], 'nobody called "gracie" in practice.yaml. Did you mean "grace"?'),
        (["add", "ana"], '"ana" can log in already.'),
        (["add", "grace", "--role", "nures"], '"nures" is not a role. Did you mean "nurse"?'),
        (["add", "grace", "--location", "man"], 'no location "man". Did you mean "main"?'),
        (["add", "Kit M", "--name", "Kit", "--role", "auditor"], '"Kit M" cannot be a username.'),
        (["add", "grace", "--single-sign-on", "grace"], '"grace" is not an e-mail address'),
        (["add", "grace", "--location", "main", "--all-locations"], "not both"),
        (["disable", "anna"], 'nobody logs in as "anna". Did you mean "ana"?'),
        (["reset", "ana", "--by", "nobody"], '--by: there is nobody called "nobody"'),
        (["link", "ana"], "Say --person"),
        (["link", "ana", "--person", "anna"], 'there is nobody called "anna" in practice.yaml.'),
    ],
)
def test_a_mistake_is_told_in_one_line(laneflow: Laneflow, args: list[str], said: str) -> None:
    answer = laneflow("user", *args)
    assert answer.code == 1
    assert said in answer.err
    assert answer.err.count("\n") == 1
    assert not Account.objects.filter(username__in=["grace", "gracie", "Kit M"]).exists()


def test_user_reset_ends_sessions_and_takes_the_password_away(
    client: Client, laneflow: Laneflow
) -> None:
    inside = client()
    can_log_in(inside, "ana", PASSWORD)
    path = laneflow.well("user", "reset", "ana", "--json").json["link"]
    assert inside.get("/").status_code == 302
    refused = client().post("/account/login/", {"login": "ana", "password": PASSWORD})
    assert refused.status_code == 200
    browser = client()
    choose(browser, path)
    assert can_log_in(browser, "ana", CHOSEN)


def test_user_disable_is_at_once_and_enable_undoes_it(
    app: App, client: Client, laneflow: Laneflow
) -> None:
    inside = client("ana")
    assert inside.get("/").status_code == 200
    laneflow.well("user", "disable", "ana", LANEFLOW_BY="lee")
    assert inside.get("/").status_code == 302
    laneflow.well("user", "enable", "ana")
    assert can_log_in(client(), "ana", PASSWORD)
    done = [(row["by"], json.loads(row["detail"])["did"]) for row in audited(app, "account")]
    assert done == [("lee", "disabled"), ("operations at the console", "enabled")]


def test_a_link_of_a_login_switched_off_is_no_good(app: App, client: Client, added: str) -> None:
    logins.disable(app, by="lee", username="pam")
    assert choose(client(), added).status_code == 410


def test_user_link_gives_a_login_its_person(laneflow: Laneflow) -> None:
    laneflow.well("user", "link", "olga", "--person", "lee", "--single-sign-on", "O@example.org")
    olga = Account.objects.get(username="olga")
    assert (olga.person, olga.single_sign_on) == ("lee", "o@example.org")
    taken = laneflow("user", "link", "ana", "--single-sign-on", "o@example.org")
    assert "is the address of olga already" in taken.err
    laneflow.well("user", "link", "olga", "--person", "", "--single-sign-on", "")
    olga.refresh_from_db()
    assert (olga.person, olga.single_sign_on) == ("", "")


def test_the_demos_logins_work_where_it_was_laid_out(app: App, client: Client) -> None:
    from laneflow.cli import demo as command

    Account.objects.all().delete()
    password = command._logins(app)
    assert {role for roles in command.LOGINS.values() for role in roles} == set(ROLES)
    for username, roles in command.LOGINS.items():
        assert can_log_in(client(), username, password)
        assert Account.objects.get(username=username).roles == list(roles)
    assert not Link.objects.exists()
    app.folder = app.folder / "elsewhere"
    refused = client().post("/account/login/", {"login": "ana", "password": password})
    assert refused["Location"] == "/account/inactive/"


def test_a_link_is_made_for_one_account_at_a_time(app: App, added: str) -> None:
    links.make(None, app.clock.now())
    assert Link.objects.filter(account=None).count() == 1
    assert Link.objects.exclude(account=None).count() == 1
