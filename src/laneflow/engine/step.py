"""One decision in the making: the draft, what may be looked at, and what is said on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from laneflow.engine.compiled import CompiledLane, Found, Numbered
from laneflow.engine.facts import View
from laneflow.engine.fold import Draft
from laneflow.engine.instants import instant_of
from laneflow.engine.state import Act, Case, Event, Instant, Notice, PatientFile, Trace
from laneflow.lanes.model import Status

if TYPE_CHECKING:
    from laneflow.engine.live import Live


DOCUMENTED = "contact.documented"
"""The event that is a note: ``contact.outcome``, ``contact.told`` … are the note's fields."""


def note_of(event: Event, zone: str) -> dict[str, Any]:
    """A note from a feed, as a person's would be; ``by_when`` becomes an instant."""
    note = {
        name.removeprefix("contact."): value
        for name, value in event.data.items()
        if name.startswith("contact.")
    }
    note["time"] = event.time
    if "by_when" in note:
        note["by_when"] = instant_of(note["by_when"], zone)
    return note


class Step:
    """What one decision needs. ``event`` is what ``on`` rules see, ``act`` what a person did."""

    __slots__ = (
        "act", "at", "calendar", "case", "compiled", "draft", "event", "file", "followed_at",
        "found", "found_at", "kind", "lane", "live", "notices", "primary", "publish", "said",
        "trace", "view",
    )  # fmt: skip

    def __init__(
        self,
        live: Live,
        compiled: CompiledLane,
        case: Case,
        file: PatientFile,
        at: Instant,
        event: Event | None = None,
        act: Act | None = None,
        primary: bool = True,
        publish: bool = False,
    ) -> None:
        self.live, self.compiled, self.file, self.at = live, compiled, file, at
        self.lane = compiled.lane
        self.primary, self.publish = primary, publish
        self.draft = Draft(case)
        self.case = self.draft.case  # as it stands in this decision: the draft changes it in place
        self.calendar = live.calendar(case.location)
        self.event, self.act = event, act
        # What a person documented, here or in the record a feed comes from: its kind and fields.
        self.kind, self.said = ("", {}) if act is None else (act.kind, act.data)
        if event is not None and event.type == DOCUMENTED:
            self.kind, self.said = "note", note_of(event, self.calendar.location.time_zone)
        self.view = View(self.lane, self.case, file, self.calendar, at)
        self.trace: list[Trace] = []
        self.notices: list[Notice] = []
        self.found: Found | None = None
        self.found_at = -1
        self.followed_at = 0

    @property
    def status(self) -> Status:
        """The status the case stands in."""
        return self.lane.statuses[self.case.status]

    def look(self) -> Found:
        """The rules that hold now; asked again only after something changed."""
        if self.found is None or self.found_at != self.draft.news:
            self.found = self.compiled.look(self.view, self.case.status)
            self.found_at = self.draft.news
        return self.found

    def because(self, rule: Numbered[Any], did: str) -> None:
        """Keep why a rule acted."""
        self.trace.append(self.compiled.trace(rule, self.view, did))

    def say(self, rule: str, did: str) -> None:
        """Keep why something happened that no written rule of the lane asked for."""
        self.trace.append(Trace(rule, did=did))

    def notify(self, key: str, role: str, release: Instant, person: str = "") -> None:
        """Somebody must be told of an escalation; words are made when it is sent."""
        n = len(self.notices)
        self.notices.append(Notice(n, "escalation", key, role, release, person))
