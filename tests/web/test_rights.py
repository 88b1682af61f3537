"""Every address × every role × own and other location: what a GET and a POST are answered with.

The table below is the law. It is written out by hand and knows nothing of the code's own rights;
an address that is not in it fails a test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

import site_map
from laneflow.accounts.models import Account
from laneflow.engine.state import Case, Event
from laneflow.web import jobs
from laneflow.work.actions import act
from laneflow.work.app import App
from laneflow.work.clock import HOUR, FixedClock
from laneflow.work.take_in import take_in
from laneflow.work.upload import taken_from

from .case_scenes import discharged

Client = Callable[..., Any]

MAY = {
    "look": ("coordinator", "nurse", "provider", "manager", "auditor"),
    "work": ("coordinator", "nurse", "provider", "manager"),
    "place": ("coordinator", "manager"),
    "oversee": ("manager",),
    "edit": ("manager",),
    "operate": ("operations",),
    "audit": ("auditor",),
    "login": ("coordinator", "nurse", "provider", "manager", "operations", "auditor"),
    "all": ("coordinator", "nurse", "provider", "manager", "operations", "auditor"),
}
"""Who may do what. ``login``: whoever is logged in; ``all``: anybody at all."""

TABLE = """
# address                      who     GET POST   elsewhere GET POST
queue                          look    200 405
queue_news                     look    405 200
queue_row                      look    200 405    403 405
queue_claim                    work    405 409    405 403
queue_back                     work    405 409    405 403
queue_snooze                   work    200 409    403 403
queue_again                    work    405 409    405 403
queue_hand_over                work    200 409    403 403
case                           look    200 405    403 405
case_script                    look    200 405    403 405
case_why                       look    200 405    403 405
case_letter                    look    200 405    403 405
case_note                      work    405 409    405 403
case_done                      work    405 409    405 403
case_snooze                    work    405 409    405 403
case_assign                    work    405 409    405 403
case_item                      work    405 409    405 403
case_event                     work    405 409    405 403
case_promise                   work    405 409    405 403
case_close                     work    405 409    405 403
case_confirm                   work    405 409    405 403
escalations                    work    200 405
escalation_clocks              work    200 405
escalation_take                work    405 422    405 403
escalation_answer              work    405 409    405 403
escalation_hand_on             work    405 409    405 403
together                       work    200 422    403 403
emergency                      look    405 303    405 422
inbound                        work    200 200
inbound_call                   work    405 404
inbound_open                   place   405 404
unplaced                       place   200 405
unplaced_attach                place   405 422
unplaced_open                  place   405 422
unplaced_dismiss               place   405 422
cases                          look    200 405
cases_csv                      oversee 200 405
today                          oversee 200 405
today_days                     oversee 200 405
today_chart                    oversee 200 405
emergencies                    oversee 200 303
people                         oversee 200 405
person                         oversee 200 405    200 405
person_change                  oversee 405 422    405 403
lanes                          look    200 405
lane                           look    200 405
lane_diagram                   look    200 405
lane_new                       edit    405 422
lane_try                       edit    200 302
lane_preview                   edit    200 200
lane_check                     edit    405 404
lane_words                     edit    405 404
lane_discard                   edit    405 404
practice_edit                  edit    200 409
lane_edit                      edit    200 409
script_edit                    edit    200 409
file_edit                      edit    302 405
plan                           edit    200 302
publish                        edit    405 302
history                        edit    200 405
release                        edit    200 405
rollback                       edit    405 302
release_file                   edit    200 405
health                         operate 200 405
intake                         operate 405 422
quarantine                     operate 200 405
quarantine_retry               operate 405 303
bad_record                     operate 200 422
audit                          audit   200 200
audit_verify                   audit   405 200
audit_csv                      audit   405 200
account                        login   200 405
account_reauthenticate         login   200 200
account_change_password        login   200 200
usersessions_list              login   200 302
end_session                    login   405 404
mfa_index                      login   200 405
mfa_reauthenticate             login   302 302
mfa_activate_totp              login   302 302
mfa_deactivate_totp            login   404 404
mfa_view_recovery_codes        login   404 405
mfa_generate_recovery_codes    login   302 302
mfa_download_recovery_codes    login   404 404
mfa_list_webauthn              login   200 405
mfa_add_webauthn               login   302 302
mfa_reauthenticate_webauthn    login   302 302
mfa_remove_webauthn            login   302 302
mfa_edit_webauthn              login   302 302
stay                           login   405 204
account_login                  all     302 302
account_inactive               all     200 405
mfa_authenticate               all     302 302
socialaccount_login_cancelled  all     200 405
socialaccount_login_error      all     401 405
openid_connect_login           all     404 404
openid_connect_callback        all     404 404
link                           all     302 302
link_choose                    all     410 410
language                       all     405 302
theme                          all     405 303
healthz                        all     200 405
readyz                         all     503 405
metrics                        all     200 405
account_logout                 all     200 302
"""
"""What those who may are answered; POST: an empty form with nothing but ``do=stop``. Elsewhere:
the same people of another location, where the address is of a case or of a person. All others
get 403; whoever is not logged in or is switched off is sent to the login page (302)."""

NOBODY = {
    "account_login": (200, 200), "account_logout": (302, 302), "mfa_authenticate": (302, 302),
}  # fmt: skip
"""Where somebody who is not logged in is answered otherwise than ``all``."""


class Rule(NamedTuple):
    """A line of the table; ``there`` as ``here`` where the address is of no case or person."""

    name: str
    who: str
    here: tuple[int, int]
    there: tuple[int, int]
    placed: bool


def rules() -> Iterator[Rule]:
    for line in TABLE.strip().splitlines():
        if not line.startswith("#"):
            name, who, *said = line.split()
            status = [int(n) for n in said]
            here, there = (status[0], status[1]), (status[-2], status[-1])
            yield Rule(name, who, here, there, len(status) == 4)


RULES = {rule.name: rule for rule in rules()}

PERSON = {
    "coordinator": ("ana", "ben"), "nurse": ("nora", "ines"), "provider": ("patel", "ines"),
    "manager": ("lee", "dana"), "operations": ("", ""), "auditor": ("", ""),
}  # fmt: skip
HERE, THERE = "main", "riverside"


class Scene(NamedTuple):
    """A case at Maple Street, and the parts of every address about it."""

    case: Case
    address: Callable[[str], str]


@pytest.fixture
def scene(app: App) -> Scene:
    from django.urls import reverse

    case = discharged(app)
    now = app.clock.now()
    take_in(app, [Event("ack", "ehr", "referral.acknowledged", now, "p1", {}, now)])
    taken_from(app, b'{"id": "x"}\n', "olga")
    claim = {"task": "main", "person": "will", "claim": True}
    act(app, by="will", kind="assign", case=case.id, data=claim)
    for role, people in PERSON.items():
        for place, person in zip((HERE, THERE), people, strict=True):
            Account.objects.create(
                username=f"{role} {place}", name=role, roles=[role], locations=[place],
                person=person,
            )  # fmt: skip
    parts = {
        "id": case.id, "lane": "discharge-outreach", "who": "will", "release": 1, "pk": 1,
        "digest": app.store.bad_records(1)[0]["digest"], "what": "leave", "token": "x" * 43,
        "script": "discharge/first-call", "file": "practice.yaml", "provider_id": "sso",
        "number": 1,
    }  # fmt: skip

    def address(name: str) -> str:
        named = re.findall(r"[:P]<?(\w+)>", _routes()[name])
        given = {part: parts[part] for part in named}
        if name == "script_edit":
            given["script"] = "discharge/first-call.phone.j2"
        return reverse(name, kwargs=given)

    return Scene(case, address)


def _routes() -> dict[str, str]:
    from django.urls import get_resolver

    return {name: route for route, name, _view in site_map._routes(get_resolver())}


def ask(browser: Any, address: str) -> tuple[int, int]:
    """What a GET and an empty POST are answered with."""
    get, post = browser.get(address), browser.post(address, {"do": "stop"})
    return get.status_code, post.status_code


def ask_again(browser: Any, address: str, before: tuple[int, int]) -> tuple[int, int]:
    """As ``ask``, for another role: a method that nobody may use is not tried twice."""
    get = before[0] if before[0] == 405 else browser.get(address).status_code
    post = before[1] if before[1] == 405 else browser.post(address, {"do": "stop"}).status_code
    return get, post


def test_the_table_has_every_address_and_no_other(app: App) -> None:
    assert set(_routes()) == set(RULES)


def test_each_address_answers_each_role_as_the_table_says(scene: Scene, client: Client) -> None:
    wrong = []
    for role in PERSON:
        here, there = client(f"{role} {HERE}"), client(f"{role} {THERE}")
        for rule in RULES.values():
            address, may = scene.address(rule.name), role in MAY[rule.who]
            wrong += compared(rule, role, rule.here if may else refused(rule), here, address)
            if rule.placed:
                expected = rule.there if may else refused(rule)
                wrong += compared(rule, f"{role} elsewhere", expected, there, address)
        jobs.forget_all()
    assert not wrong, "\n".join(wrong)


def compared(
    rule: Rule, who: str, expected: tuple[int, int], browser: Any, address: str
) -> Iterator[str]:
    first = who.split()[0] in ("coordinator", "nobody")
    found = ask(browser, address) if first else ask_again(browser, address, expected)
    if found != expected:
        yield f"{rule.name}: {who} is answered {found}, not {expected}"


def refused(rule: Rule) -> tuple[int, int]:
    """Whoever has not the right: 403 by each method that the address knows."""
    return tuple(405 if status == 405 else 403 for status in rule.here)  # type: ignore[return-value]


def test_whoever_is_not_logged_in_or_is_switched_off_is_sent_to_log_in(
    scene: Scene, client: Client
) -> None:
    off = client("lee")
    Account.objects.filter(username="lee").update(is_active=False)
    wrong = []
    for who, browser in (("nobody", client()), ("switched off", off)):
        for rule in RULES.values():
            address = scene.address(rule.name)
            expected = NOBODY.get(rule.name, rule.here) if rule.who == "all" else (302, 302)
            wrong += compared(rule, who, expected, browser, address)
            if rule.who != "all":
                answer = browser.get(address)
                assert answer["Location"].startswith("/account/login/"), rule.name
    assert not wrong, "\n".join(wrong)


# in an emergency ---------------------------------------------------------------------------------

WHY = "Covering for Maple Street tonight, she is on the line"


@pytest.mark.parametrize("role", ["coordinator", "nurse", "provider", "manager", "auditor"])
def test_emergency_access_opens_that_case_to_that_login_for_an_hour(
    app: App, scene: Scene, client: Client, clock: FixedClock, role: str
) -> None:
    other = discharged(app, "p2", patient__first_name="Otto")
    mine, colleague = client(f"{role} {THERE}"), client("dana" if role != "manager" else "ines")
    about = [rule for rule in RULES.values() if rule.placed and role in MAY[rule.who]]
    about = [rule for rule in about if ":id>" in _routes()[rule.name]]

    def answered(browser: Any) -> dict[str, tuple[int, int]]:
        return {rule.name: ask(browser, scene.address(rule.name)) for rule in about}

    closed = {rule.name: rule.there for rule in about}
    assert answered(mine) == closed
    mine.post(scene.address("emergency"), {"reason": WHY})
    assert answered(mine) == {rule.name: rule.here for rule in about}
    assert mine.get(f"/cases/{other.id}").status_code == 403
    assert colleague.get(scene.address("case")).status_code == 403
    clock.at += HOUR
    assert answered(client(f"{role} {THERE}")) == closed  # logged in anew, after the hour
