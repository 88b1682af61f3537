"""Owns what somebody asks the queue for: the tab and filters in the address, and their choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from dataclasses import replace as changed
from functools import cached_property
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from laneflow.metrics.queue.page import OPEN
from laneflow.metrics.queue.rows import Asking, Filter
from laneflow.practice.coverage import tongue
from laneflow.web.desk import Desk
from laneflow.web.templatetags.told import queue_status

EVERYBODY = "all"
"""``whose`` for all that is to be done at one's locations."""

Choice = tuple[str, str]
"""A value as it stands in the address, and what it is called."""


def slug(queue: str) -> str:
    """A queue status as it stands in the address."""
    return queue.replace(" ", "-")


TABS = {"": "", **{slug(queue): queue for queue in (*OPEN, "closed")}}
"""The tab's name in the address -> its queue status; "" for all that is open."""


@dataclass(frozen=True)
class Asked:
    """A tab and filters; "" narrows nothing. ``whose``: "" for one's own, else ``EVERYBODY`` or a
    person's id; ``due``: today, or overdue."""

    tab: str = ""
    lane: str = ""
    location: str = ""
    barrier: str = ""
    language: str = ""
    due: str = ""
    whose: str = ""

    def query(self, **other: str) -> str:
        """The address's end that asks for this, with other values; "" where nothing is asked."""
        asked = {k: v for k, v in (asdict(changed(self, **other))).items() if v}
        return "?" + urlencode(asked) if asked else ""

    @property
    def narrowed(self) -> int:
        """How many filters narrow the list, beside the tab and whose it is."""
        return sum(map(bool, (self.lane, self.location, self.barrier, self.language, self.due)))


class Choices:
    """What may be chosen on this desk; whatever else an address says is as good as nothing."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @cached_property
    def lane(self) -> list[Choice]:
        """The lanes that are live."""
        lanes = self._desk.live.loaded.lanes.values()
        return sorted(((lane.id, lane.title) for lane in lanes), key=lambda one: one[1])

    @cached_property
    def location(self) -> list[Choice]:
        """All locations: what one stands in for may be at any of them."""
        return [(place.id, place.name) for place in self._desk.practice.locations.values()]

    @cached_property
    def barrier(self) -> list[Choice]:
        """The practice's barriers and those of its lanes."""
        desk = self._desk
        known = [desk.practice.barriers, *(one.barriers for one in desk.live.loaded.lanes.values())]
        found = {barrier.id: barrier.title for each in known for barrier in each.values()}
        return sorted(found.items(), key=lambda one: one[1])

    @cached_property
    def language(self) -> list[Choice]:
        """The languages that are spoken here."""
        practice = self._desk.practice
        spoken = [
            *practice.languages,
            *(one for p in practice.people.values() for one in p.languages),
        ]
        return [(one, one) for one in dict.fromkeys(map(tongue, spoken))]

    @cached_property
    def due(self) -> list[Choice]:
        """How far ahead."""
        return [("today", _("Today, and overdue")), ("overdue", _("Overdue"))]

    @cached_property
    def whose(self) -> list[Choice]:
        """Mine, everybody's, a colleague's; colleagues are those who work at one's locations."""
        desk = self._desk
        mine = [("", _("Mine"))] if desk.person else []
        colleagues = [
            (person.id, person.name)
            for person in desk.practice.people.values()
            if person.active and person.id != desk.account.person
            and any(shift[1] in desk.locations for shift in person.shifts)
        ]  # fmt: skip
        everybody = (EVERYBODY, _("Everybody's at my locations"))
        return [*mine, everybody, *sorted(colleagues, key=lambda one: one[1])]

    def read(self, said: Mapping[str, str]) -> Asked:
        """What an address asks for, as far as it can be chosen here."""
        names = ("lane", "location", "barrier", "language", "due", "whose")
        known = {name: {value for value, _title in getattr(self, name)} for name in names}
        found = {name: said.get(name, "") for name in names}
        asked = {name: value for name, value in found.items() if value in known[name]}
        asked.setdefault("whose", self.whose[0][0])
        tab = said.get("tab", "")
        return Asked(tab=tab if tab in TABS else "", **asked)


def read_back(choices: Choices, text: str) -> Asked:
    """What was asked for where a form was shown; ``text`` is its address's end."""
    return choices.read(QueryDict(text.removeprefix("?")).dict())


def asking(desk: Desk, asked: Asked, at: int | None = None) -> Asking:
    """The queue asked for; ``at``: as of another instant than now."""
    return Asking(
        desk.store, desk.live, desk.at if at is None else at, _filter(desk, asked),
        desk.app.holding(desk.at),
    )  # fmt: skip


def _filter(desk: Desk, asked: Asked) -> Filter:
    person = desk.account.person if asked.whose == "" else asked.whose
    everybody = asked.whose == EVERYBODY
    queue = TABS[asked.tab]
    return Filter(
        lane=asked.lane,
        location=asked.location,
        barrier=asked.barrier,
        language=asked.language,
        queue="" if queue == "closed" else queue,
        person="" if everybody else person,
        locations=tuple(sorted(desk.locations)) if asked.whose else None,
        due_by=_end_of_today(desk) if asked.due == "today" else None,
        overdue=asked.due == "overdue",
    )


def _end_of_today(desk: Desk) -> int:
    here = next(iter(sorted(desk.locations)), desk.live.default_location)
    return desk.live.calendar(here).next_morning(desk.at) - 1


def tabs(asked: Asked, counts: Mapping[str, int]) -> list[dict[str, object]]:
    """The tabs: where each leads, what it is called, how many are in it, whether it is this one."""
    return [
        {
            "href": asked.query(tab=name) or "?",
            "called": queue_status(queue) if queue else _("All open"),
            "count": counts[queue],
            "here": name == asked.tab,
        }
        for name, queue in TABS.items()
    ]
