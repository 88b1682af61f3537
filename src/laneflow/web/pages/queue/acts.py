"""Owns what is done from the queue: claim, put off, hand over, and taking each of them back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django_htmx.http import trigger_client_event

from laneflow.accounts.rights import LOOK, WORK
from laneflow.engine.state import Case, Task
from laneflow.errors import LaneflowError
from laneflow.lanes.durations import in_words
from laneflow.metrics.case.choices import offered
from laneflow.metrics.queue.page import look_at, row
from laneflow.metrics.queue.rows import task_of
from laneflow.practice import words
from laneflow.web.desk import Desk, OutOfSightError, page
from laneflow.web.pages.queue.asked import Choices, asking, read_back
from laneflow.web.pages.queue.page import shown
from laneflow.web.pages.queue.sentences import with_sentences
from laneflow.web.templatetags.told import said
from laneflow.web.typed import Typed, chosen, field_of, fields_of, id_of, instant_of, seen_of

Read = Callable[[Desk, Case, Task | None, Mapping[str, str]], dict[str, Any]]
"""Whoever asks, the case, its task and the form -> the data of the act."""


@page(WORK, "POST")
def claim(desk: Desk, id: str) -> HttpResponse:
    """The task is theirs from now on, unless somebody has it already."""
    data = {"person": desk.account.person, "claim": True}
    return _act(desk, id, "assign", lambda *_: data, _("You have claimed it."))


@page(WORK, "POST")
def back(desk: Desk, id: str) -> HttpResponse:
    """What they claimed is anybody's again."""
    return _act(desk, id, "assign", lambda *_: {"back": True}, _("You have given it back."))


@page(WORK, "GET", "POST")
def snooze(desk: Desk, id: str) -> HttpResponse:
    """Put a task off, with a reason and a date."""
    if desk.request.method != "POST":
        return _form(desk, id, "snooze")
    return _act(desk, id, "snooze", _snoozed, _("It is put off."))


@page(WORK, "POST")
def again(desk: Desk, id: str) -> HttpResponse:
    """Take what was put off up again, at the date it had."""
    return _act(desk, id, "snooze", lambda *_: {"again": True}, _("It has its earlier date again."))


@page(WORK, "GET", "POST")
def hand_over(desk: Desk, id: str) -> HttpResponse:
    """Give the task, or the whole case, to somebody else."""
    if desk.request.method != "POST":
        return _form(desk, id, "assign")
    to = words.name_of(desk.practice, desk.request.POST.get("person", ""))
    told = _("It is handed over to %(name)s.") % {"name": to}
    return _act(desk, id, "assign", _handed_over, told)


@page(LOOK)
def one(desk: Desk, id: str) -> HttpResponse:
    """One row as it is now, as after a form in it was left."""
    return _row(desk, desk.case(id, "queue"), _key(desk))


# the forms ---------------------------------------------------------------------------------------


def _snoozed(desk: Desk, case: Case, task: Task | None, form: Mapping[str, str]) -> dict[str, Any]:
    zone = words.zone_of(desk.practice, case.location)
    until = instant_of("snooze", "until", form.get("until", ""), zone)
    return {**chosen(form, ("reason",)), "until": until}


def _handed_over(
    desk: Desk, case: Case, task: Task | None, form: Mapping[str, str]
) -> dict[str, Any]:
    data = chosen(form, ("person", "backup"))
    person = data.pop("person", "")
    if form.get("what") != "case":
        return {"person": person}
    held = task is not None and bool(task.person)  # it goes along with its case
    return {"owner": person, **data, **({"person": person} if held else {})}


def _form(desk: Desk, id: str, kind: str) -> HttpResponse:
    typed = Typed(kind, {})
    return _row(desk, desk.case(id, "queue"), _key(desk), typed=typed)


def _key(desk: Desk) -> str:
    said = desk.request.POST if desk.request.method == "POST" else desk.request.GET
    return said.get("task", "") or "main"


# answering ---------------------------------------------------------------------------------------


def _act(desk: Desk, id: str, kind: str, read: Read, told: str) -> HttpResponse:
    form, key = desk.request.POST, _key(desk)
    before = desk.store.case(id)
    if before is None:
        raise Http404("there is no such case")
    try:
        data = read(desk, before, task_of(before, key), form)
        desk.act(kind, id, {"task": key, **data}, seen=seen_of(form), id=id_of(form))
    except LaneflowError as error:
        return _refused(desk, id, key, Typed(kind, fields_of(form), error.problems))
    if not desk.partial:
        messages.success(desk.request, told)
        query = read_back(Choices(desk), form.get("back", "")).query()
        return HttpResponseRedirect(reverse("queue") + query, status=303)
    try:
        answer = _row(desk, desk.case(id, "queue"), key, told=told)
    except OutOfSightError:
        answer = desk.render("queue/gone.html", {"told": told})
    return trigger_client_event(answer, "announce", {"text": told})


def _refused(desk: Desk, id: str, key: str, typed: Typed) -> HttpResponse:
    """The row as it is now, with what was typed and what keeps it from being done."""
    case = desk.case(id, "queue")
    told = _meanwhile(desk, case, key) if typed.changed else ""
    return _row(desk, case, key, typed=typed, meanwhile=told, status=409 if told else 422)


def _meanwhile(desk: Desk, case: Case, key: str) -> str:
    """What somebody did before one could: who has it now, or that it is done."""
    task = task_of(case, key)
    if task is None:
        return _("Somebody has done it meanwhile.")
    if task.person and task.person != desk.account.person:
        name = words.name_of(desk.practice, task.person)
        return _("%(name)s has it already.") % {"name": name}
    return _("Somebody has worked on this case meanwhile. This is how it stands now.")


def _row(
    desk: Desk,
    case: Case,
    key: str,
    *,
    typed: Typed | None = None,
    told: str = "",
    meanwhile: str = "",
    status: int = 200,
) -> HttpResponse:
    """One row, alone for htmx, else on a page of its own."""
    given = desk.request.POST if desk.request.method == "POST" else desk.request.GET
    asked = read_back(Choices(desk), given.get("back", ""))
    task = task_of(case, key)
    whole = "" if desk.partial else "_page"
    about = {"told": told or meanwhile, "back": asked.query()}
    if task is None:
        return desk.render(f"queue/gone{whole}.html", about, status)
    wanted = asking(desk, asked)
    (item,) = with_sentences(desk, [row(wanted, look_at(wanted, case, task))], asked.query())
    wrong = [said(problem.said) for problem in typed.problems] if typed else []
    values = shown(desk, asked) | {
        "item": item,
        "case": case,
        "typed": typed,
        "wrong": [] if meanwhile or (typed and typed.kind == "snooze") else wrong,
        "told": about["told"],
        "refused": bool(meanwhile),
        **(_choices(desk, case, key) if typed and not meanwhile else {}),
    }
    return desk.render(f"queue/row{whole}.html", values, status)


def _choices(desk: Desk, case: Case, key: str) -> dict[str, Any]:
    """What the forms in a row offer: dates, and people."""
    zone = words.zone_of(desk.practice, case.location)
    calendar = desk.live.calendar(case.location)
    longest = desk.practice.longest_snooze
    latest = calendar.add(desk.at, longest)
    morning = calendar.next_open(calendar.next_morning(desk.at))
    return {
        "people": offered(desk.live, case, desk.person, key)["people"],
        "latest": latest,
        "longest": said(in_words(longest)),
        "first": field_of(min(morning, latest), zone),
        "last": field_of(latest, zone),
        "zone": words.local(desk.at, zone).tzname(),
    }


urls = [
    path("queue/<str:id>", one, name="queue_row"),
    path("queue/<str:id>/claim", claim, name="queue_claim"),
    path("queue/<str:id>/back", back, name="queue_back"),
    path("queue/<str:id>/snooze", snooze, name="queue_snooze"),
    path("queue/<str:id>/again", again, name="queue_again"),
    path("queue/<str:id>/hand-over", hand_over, name="queue_hand_over"),
]
