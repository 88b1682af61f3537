"""What comes of a piece of work: the acts it is documented with, and what it sets going."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from laneflow.engine.live import Live
from laneflow.engine.state import OPEN_ITEM, Act, Case, Instant, Task
from laneflow.lanes.model import Item, Lane, TaskSpec
from laneflow.proofs.simulate.amounts import later
from laneflow.proofs.simulate.chance import Chance
from laneflow.proofs.simulate.model import OTHERS, REACHED, UNDERSTOOD, Scenario
from laneflow.proofs.simulate.queues import CALL, ESCALATION, Work
from laneflow.proofs.simulate.world import Comes

_PATIENTS = "needs patient action"
_NOT_BY_CHANCE = ("patient.declined", "patient.called")
_FAILED = ("left message", "no answer", "wrong number", "busy")


@dataclass(slots=True)
class Outcome:
    """``acts`` in order; ``comes`` by itself later; ``calls``: when the patient calls back."""

    acts: list[Act] = field(default_factory=list)
    comes: list[Comes] = field(default_factory=list)
    follows: list[str] = field(default_factory=list)
    calls: Instant | None = None


def kind_of(lane: Lane, case: Case, task: Task) -> str:
    """Which handling time a task takes, by its name in a scenario."""
    head, _, rest = task.key.partition(":")
    if head == "items":
        party = rest.partition(":")[0]
        if party == "us":
            return task.channel or "checklist"
        return task.channel or ("phone" if party == "patient" else "partner")
    if head != "main":
        return head if head in ("barrier", "confirm") else "inside"
    if task.to:
        return "partner"
    return task.channel or ("phone" if _wants_patient(lane, case) else "inside")


def _wants_patient(lane: Lane, case: Case) -> bool:
    """Whether a task without a channel is still about reaching the patient, by some other way."""
    return lane.statuses[case.status].queue == _PATIENTS


class Outcomes:
    """What comes of the work of one run."""

    def __init__(self, live: Live, scenario: Scenario) -> None:
        self._live, self._scenario = live, scenario
        self._alarms = {
            lane.id: {rule.on for rule in lane.escalations if rule.on}
            for lane in live.loaded.lanes.values()
        }

    def of_work(
        self, case: Case, work: Work, by: str, at: Instant, chance: Chance
    ) -> Outcome | None:
        """What comes of work somebody has finished; None where the case went on without it."""
        if work.kind == ESCALATION:
            held = work.name in case.escalations
            return self.of_escalation(case, work.name, by, at, chance) if held else None
        if case.closed is not None:
            return None
        if work.kind == CALL:
            return self.of_call(case, by, at, chance)
        task = case.task if work.name == "main" else case.side.get(work.name)
        if task is None or task.id != work.id or (task.start and task.start.at > at):
            return None
        return self.of_task(case, task, by, at, chance)

    def of_task(self, case: Case, task: Task, by: str, at: Instant, chance: Chance) -> Outcome:
        """What comes of a task that somebody has worked on until ``at``."""
        work = _Work(self, case, by, at, chance)
        head, _, rest = task.key.partition(":")
        if head == "items":
            work.items(rest, task)
        elif head == "barrier":
            work.side(task)
        elif head == "confirm":
            work.act("confirm", close=int(rest), yes=True, reason="Agreed")
        elif head == "promise":
            work.act("promise", promise=rest, kept=chance.happens("kept", 0.8))
        elif head != "main":
            work.act("done", task=task.key)
        elif kind_of(work.lane, case, task) in self._scenario.contact:
            work.contact(task)
        else:
            work.inside(task)
        return work.outcome

    def of_call(self, case: Case, by: str, at: Instant, chance: Chance) -> Outcome:
        """What comes of a patient's own call: they are reached."""
        work = _Work(self, case, by, at, chance)
        work.reached("phone", "main")
        return work.outcome

    def of_escalation(self, case: Case, rule: str, by: str, at: Instant, chance: Chance) -> Outcome:
        """An escalation that was taken is answered."""
        work = _Work(self, case, by, at, chance)
        work.act("resolve", escalation=rule, answer="Looked into")
        return work.outcome

    @property
    def live(self) -> Live:
        """The practice it happens in."""
        return self._live

    @property
    def scenario(self) -> Scenario:
        """What is likely."""
        return self._scenario

    def calls_for_help(self, lane: str, events: Sequence[str]) -> list[str]:
        """Those of a task's buttons that raise an escalation."""
        return [event for event in events if event in self._alarms[lane]]


class _Work:
    """One piece of work that was done on a case."""

    __slots__ = ("_all", "at", "by", "case", "chance", "lane", "outcome", "scenario")

    def __init__(self, all_: Outcomes, case: Case, by: str, at: Instant, chance: Chance) -> None:
        self._all, self.scenario = all_, all_.scenario
        self.case, self.by, self.at, self.chance = case, by, at, chance
        self.lane = all_.live.lanes[case.lane].lane
        self.outcome = Outcome()

    def act(self, kind: str, role: str = "", **data: Any) -> None:
        """Document something."""
        id_ = f"{self.case.id}-{self.case.seq}-{len(self.outcome.acts)}"
        act = Act(id_, kind, self.by, self.at, self.case.patient, self.case.id, data, role)
        self.outcome.acts.append(act)

    # toward the patient ------------------------------------------------------------------------

    def contact(self, task: Task) -> None:
        """One try to reach the patient."""
        channel = task.channel or "phone"
        outcome = self._tried(channel)
        if outcome == REACHED:
            self.reached(channel, task.key)
            return
        self.act("note", outcome=outcome, channel=channel, task=task.key)
        if outcome == "left message":
            self._may_call_back()
        if outcome in _FAILED and self.case.failed_attempts + 1 >= self.scenario.gives_up:
            self._give_up()

    def _tried(self, channel: str) -> str:
        tries = self.scenario.contact[channel]
        shares = tries[min(self.case.failed_attempts, len(tries) - 1)]
        return self.chance.one_of("contact", shares, "no answer")

    def reached(self, channel: str, key: str) -> None:
        """The patient was spoken with: what they understood, and what stands in the way."""
        note: dict[str, Any] = {
            "outcome": REACHED, "channel": channel, "task": key, "with_whom": "patient",
            "told": "The next step", "understanding": self._understanding(),
        }  # fmt: skip
        events: list[Any] = []
        if self.chance.happens("declines", self.scenario.declines):
            events.append({"type": "patient.declined", "data": {"reason": "Declined"}})
        alarms = self._alarm_buttons()
        if alarms and self.chance.happens("alarm", self.scenario.alarms):
            events.append(self.chance.among("alarm:which", alarms, [1.0] * len(alarms)))
        barrier = self._barrier()
        if barrier:
            note["barrier"] = [barrier]
        if events:
            note["events"] = events
        self.act("note", **note)
        if not events:
            self.outcome.follows.append(REACHED)
            if note["understanding"] == UNDERSTOOD:
                self.outcome.follows.append(UNDERSTOOD)

    def _understanding(self) -> str:
        shares = self.scenario.understanding
        return self.chance.one_of("understanding", shares, shares[-1][0])

    def _alarm_buttons(self) -> list[str]:
        spec = self.lane.statuses[self.case.status].task
        return self._all.calls_for_help(self.lane.id, spec.buttons)

    def _barrier(self) -> str:
        share, which = self.scenario.barriers
        happens = self.chance.happens("barrier", share)
        if which:
            named = self.chance.one_of("barrier:which", which)
        else:
            known = list(self.lane.barriers)
            named = self.chance.among("barrier:which", known, [1.0] * len(known)) if known else ""
        return named if happens and named in self.lane.barriers else ""

    def _may_call_back(self) -> None:
        share, length = self.scenario.calls_back
        happens, u = self.chance.happens("calls", share), self.chance.draw("calls:when")
        if happens:
            calendar = self._all.live.calendar(self.case.location)
            self.outcome.calls = calendar.next_open(later(calendar, self.at, length, u))

    def _give_up(self) -> None:
        for close in self.lane.closes:
            if close.by_hand and close.outcome == "unsuccessful":
                self.act(
                    "close", close.by_hand[0], outcome=close.outcome, reason="Cannot be reached"
                )
                return

    # inside and toward partners ----------------------------------------------------------------

    def inside(self, task: Task) -> None:
        """Work that is not a call: finished, its result recorded; or not yet."""
        spec = self.lane.statuses[self.case.status].task
        to_partner = {"outcome": "reached partner"} if task.to else {}
        buttons = self._buttons(spec)
        if task.to and not spec.done and buttons:
            self.act("note", task="main", **to_partner)
            self._partner_answers(task, buttons)
        elif not self.chance.happens("finished", self.scenario.finished):
            self.act("note", task="main", **to_partner)
        elif spec.done or not buttons:
            self.act("done", task="main")
        else:
            self.act("event", type=self._pressed(buttons), data={"reason": "As recorded"})

    def _buttons(self, spec: TaskSpec) -> list[str]:
        alarms = self._all.calls_for_help(self.lane.id, spec.buttons)
        return [b for b in spec.buttons if b not in alarms and b not in _NOT_BY_CHANCE]

    def _pressed(self, buttons: Sequence[str]) -> str:
        weights = [self.scenario.buttons.get(button, 1.0) for button in buttons]
        return self.chance.among("button", buttons, weights)

    def _partner_answers(self, task: Task, buttons: Sequence[str]) -> None:
        partner = self.scenario.partners.get(task.to) or self.scenario.partners[OTHERS]
        answers, u = self.chance.happens("partner", partner.answers), self.chance.draw("partner:in")
        event = self._pressed(buttons)
        if answers:
            calendar = self._all.live.calendar(self.case.location)
            when = later(calendar, self.at, partner.takes, u)
            data = {"case.id": self.case.id, "reason": "As answered"}
            self.outcome.comes.append(Comes(when, self.case.id, event, data))

    # side tasks --------------------------------------------------------------------------------

    def items(self, group: str, task: Task) -> None:
        """A party is asked for what it owes; what is ours is done."""
        party = group.partition(":")[0]
        wanted = [item for item in self._open_items() if _group(item) == group]
        if party == "us":
            self._ours(task, wanted)
            return
        outcome = self._tried("phone") if party == "patient" else "reached partner"
        note: dict[str, Any] = {"outcome": outcome, "task": task.key}
        if outcome == REACHED:
            note["understanding"] = UNDERSTOOD
        self.act("note", channel=task.channel or "phone", **note)
        if outcome in (REACHED, "reached partner"):
            self.outcome.comes += [
                come for item in wanted if (come := self.arrives(item, "asked")) is not None
            ]

    def _ours(self, task: Task, wanted: Sequence[Item]) -> None:
        """What is ours to do; where it goes by a channel it is word to the patient."""
        if task.channel:
            outcome = self._tried(task.channel)
            said = {"understanding": UNDERSTOOD} if outcome == REACHED else {}
            self.act("note", outcome=outcome, channel=task.channel, task=task.key, **said)
            if outcome not in (REACHED, "left message"):
                return
        for item in wanted:
            self.act("item", item=item.id, state="received")

    def arrives(self, item: Item, how: str) -> Comes | None:
        """An item on its way: ``asked`` for, or ``unasked``."""
        partner = self.scenario.partners.get(item.owed_by) or self.scenario.partners[OTHERS]
        share = partner.answers if how == "asked" else partner.unasked
        happens, u = self.chance.happens(how, share), self.chance.draw(f"{how}:in")
        if not happens:
            return None
        calendar = self._all.live.calendar(self.case.location)
        when = later(calendar, self.at, partner.takes, u)
        data = {"item.id": item.id, "case.id": self.case.id}
        return Comes(when, self.case.id, "item.received", data)

    def side(self, task: Task) -> None:
        """A side task is done, or takes another try."""
        if self.chance.happens("finished", self.scenario.finished):
            self.act("done", task=task.key)
        else:
            self.act("note", task=task.key)

    def _open_items(self) -> list[Item]:
        items = self.case.items
        return [
            item
            for item in self.lane.checklist
            if item.id in items
            and items[item.id].state in OPEN_ITEM
            and all(items[n].state in ("received", "not needed") for n in item.needs if n in items)
        ]


def unasked(
    outcomes: Outcomes, case: Case, item: Item, at: Instant, chance: Chance
) -> Comes | None:
    """Something that is missing and comes without being asked for, if it does."""
    return _Work(outcomes, case, "", at, chance).arrives(item, "unasked")


def _group(item: Item) -> str:
    return item.owed_by + (f":{item.who}" if item.who else "")
