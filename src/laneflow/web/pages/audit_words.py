"""Owns the words the trail is read in: what was done, on which page, why they may, which fields."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from laneflow.lanes.words import plain

Words = Mapping[str, Any]

KINDS: Words = {
    "view": gettext_lazy("looked at"),
    "emergency": gettext_lazy("opened in an emergency"),
    "emergency seen": gettext_lazy("looked into an emergency access"),
    "note": gettext_lazy("wrote a note"),
    "done": gettext_lazy("finished a task"),
    "snooze": gettext_lazy("put a task off"),
    "assign": gettext_lazy("claimed or handed over"),
    "take": gettext_lazy("took an escalation"),
    "resolve": gettext_lazy("answered an escalation"),
    "hand_on": gettext_lazy("handed an escalation on"),
    "confirm": gettext_lazy("answered whether to close"),
    "close": gettext_lazy("closed"),
    "item": gettext_lazy("changed the checklist"),
    "promise": gettext_lazy("said whether a promise was kept"),
    "event": gettext_lazy("recorded what happened"),
    "place": gettext_lazy("placed an event"),
    "dismiss": gettext_lazy("dismissed an event"),
    "login": gettext_lazy("logged in"),
    "login refused": gettext_lazy("was refused at the login"),
    "logout": gettext_lazy("logged out"),
    "sessions ended": gettext_lazy("logged out elsewhere"),
    "password": gettext_lazy("password"),
    "second factor": gettext_lazy("second factor"),
    "account": gettext_lazy("changed an account"),
    "publish": gettext_lazy("published"),
    "rollback": gettext_lazy("rolled back"),
    "edit": gettext_lazy("edited a file"),
    "quarantine": gettext_lazy("dealt with a bad record"),
    "intake": gettext_lazy("uploaded a file"),
    "audit": gettext_lazy("read this trail"),
}
"""What a row says was done. Anything else is told as it stands."""

PAGES: Words = {
    "case": gettext_lazy("the case's page"),
    "script": gettext_lazy("the case's script"),
    "letter": gettext_lazy("the letter of the case"),
    "why": gettext_lazy("the page that explains the case"),
    "together": gettext_lazy("one call, several reasons"),
    "queue": gettext_lazy("the queue"),
    "escalations": gettext_lazy("the escalations"),
    "inbound call": gettext_lazy("an inbound call"),
    "unplaced": gettext_lazy("the unplaced events"),
    "today": gettext_lazy("Today"),
    "cases": gettext_lazy("the list of cases"),
    "cases.csv": gettext_lazy("the list of cases as a file"),
    "plan": gettext_lazy("the plan of a change"),
    "preview": gettext_lazy("the preview of a script"),
    "bad_record": gettext_lazy("a bad record"),
    "audit": gettext_lazy("this trail"),
    "audit.csv": gettext_lazy("this trail as a file"),
}

REASONS: Words = {
    "location": gettext_lazy("they work at the case's location"),
    "owner": gettext_lazy("the case is theirs"),
    "backup": gettext_lazy("they back the case up"),
    "has a task": gettext_lazy("they have a task in it"),
    "took the escalation": gettext_lazy("they took its escalation"),
    "was asked for help": gettext_lazy("they were asked for help with it"),
    "last resort": gettext_lazy("its escalation went to the last resort"),
    "on call": gettext_lazy("they are on call for its escalation"),
    "stands in": gettext_lazy("they stand in for whoever does it"),
    "emergency": gettext_lazy("they opened it in an emergency"),
    "list": gettext_lazy("it stood in a list they may see"),
    "download": gettext_lazy("it was in a list they downloaded"),
}

FIELDS: Words = {
    "again": gettext_lazy("not put off any more"),
    "answer": gettext_lazy("the answer"),
    "back": gettext_lazy("given back"),
    "backup": gettext_lazy("the backup"),
    "barrier": gettext_lazy("what stands in the way"),
    "barriers_resolved": gettext_lazy("what is no longer in the way"),
    "by_when": gettext_lazy("by when"),
    "by_whom": gettext_lazy("who does what comes next"),
    "channel": gettext_lazy("how they were reached"),
    "claim": gettext_lazy("claimed"),
    "close": gettext_lazy("which close"),
    "data": gettext_lazy("what is known of it"),
    "escalate": gettext_lazy("whether help was asked for"),
    "escalation": gettext_lazy("which escalation"),
    "event": gettext_lazy("the event"),
    "events": gettext_lazy("what came up"),
    "item": gettext_lazy("which material"),
    "kept": gettext_lazy("whether it was kept"),
    "lane": gettext_lazy("the lane"),
    "next_action": gettext_lazy("what comes next"),
    "next_step_unclear": gettext_lazy("whether the next step was unclear"),
    "next_task": gettext_lazy("the next task"),
    "note": gettext_lazy("a remark"),
    "outcome": gettext_lazy("what came of it"),
    "owner": gettext_lazy("the owner"),
    "person": gettext_lazy("who does it"),
    "promise": gettext_lazy("which promise"),
    "promised_event": gettext_lazy("what was promised"),
    "reason": gettext_lazy("the reason"),
    "state": gettext_lazy("how it stands"),
    "task": gettext_lazy("which task"),
    "time": gettext_lazy("when it happened"),
    "to": gettext_lazy("to whom"),
    "told": gettext_lazy("what they were told"),
    "type": gettext_lazy("what happened"),
    "understanding": gettext_lazy("what they understood"),
    "until": gettext_lazy("until when"),
    "with_whom": gettext_lazy("with whom"),
    "yes": gettext_lazy("yes or no"),
}
"""The fields of the forms people fill in, as the forms call them."""

LABELS: Words = {
    "page": gettext_lazy("page"),
    "why": gettext_lazy("because"),
    "because": gettext_lazy("because"),
    "reason": gettext_lazy("reason"),
    "fields": gettext_lazy("filled in"),
    "asked": gettext_lazy("looked for"),
    "how": gettext_lazy("how"),
    "from": gettext_lazy("from"),
    "did": gettext_lazy("did"),
    "count": gettext_lazy("how many"),
    "events": gettext_lazy("events"),
    "patients": gettext_lazy("patients"),
}

UNSAID = frozenset({"act", "digest"})
"""What only machines read; it stands in the exact row."""


def kind_in_words(what: str) -> str:
    """What was done."""
    return str(KINDS.get(what, what))


def object_in_words(about: str) -> str:
    """What a row is about, where that is no case."""
    kind, _space, id_ = about.partition(" ")
    if kind == "patient":
        return _("patient %(id)s") % {"id": id_}
    if kind == "quarantine":
        return _("bad record %(id)s") % {"id": id_[:12]}
    return about


def detail_in_words(detail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Label and value of everything told with a row that a person would read."""
    for name, value in detail.items():
        if name not in UNSAID and value not in ("", None):
            said = _VALUES.get(name, _plain)(value)
            yield str(LABELS.get(name, plain(name))), said


def _known(among: Words) -> Callable[[Any], str]:
    return lambda value: str(among.get(str(value), value))


def _fields(value: Any) -> str:
    return ", ".join(str(FIELDS.get(str(one), plain(str(one)))) for one in value)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{plain(name)} {_plain(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return value if isinstance(value, str) else json.dumps(value)


_VALUES: dict[str, Callable[[Any], str]] = {
    "page": _known(PAGES), "why": _known(REASONS), "fields": _fields,
}  # fmt: skip
