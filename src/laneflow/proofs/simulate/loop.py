"""One run: patients come, people work, the engine decides; in the order in which it happens.

Semantics of lanes are the engine's alone: every event, act and wake goes through ``engine.run``.
This module only moves the clock and says who does which work when. Assumptions: each arrival is a
patient of its own; whoever is free takes the next thing at once and finishes what they began;
other duties stretch every piece of work by the share of the day they take.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any

from laneflow.engine.doers import Falls, falls_to, held_back
from laneflow.engine.ladder import LAST_RESORT
from laneflow.engine.live import Live
from laneflow.engine.run import run
from laneflow.engine.state import OPEN_ITEM, Act, Case, Event, FileResult, Instant, PatientFile
from laneflow.practice.contact import DISTURBING, LOOK_BACK
from laneflow.practice.coverage import stand_ins
from laneflow.practice.zones import MINUTE
from laneflow.proofs.simulate.chance import Chance
from laneflow.proofs.simulate.model import Scenario
from laneflow.proofs.simulate.observing import Observer
from laneflow.proofs.simulate.outcomes import Outcome, Outcomes, kind_of, unasked
from laneflow.proofs.simulate.queues import CALL, ESCALATION, TASK, Key, Queues, Work
from laneflow.proofs.simulate.staffing import share_of
from laneflow.proofs.simulate.under_way import Patient, may_begin, overtaken, task_of, wanted
from laneflow.proofs.simulate.world import SOURCE, Comes, World

ARRIVES, COMES, WAKES, ENDS, STARTS, READY, EDGE, SAMPLE = range(8)
"""What may happen, in the order in which it does at one instant."""


class Run:
    """One run over [since, until); ``observer`` keeps what is to be known of it."""

    def __init__(
        self,
        live: Live,
        scenario: Scenario,
        key: str,
        since: Instant,
        until: Instant,
        observer: Observer,
    ) -> None:
        self.live, self.scenario, self.observer = live, scenario, observer
        self._since, self._until, self._now = since, until, since
        self._world = World(live, scenario, key)
        self._outcomes = Outcomes(live, scenario)
        self._duty = observer.duty
        self._queues = Queues(self._who)
        self._patients: dict[str, Patient] = {}
        self._free_at: dict[str, Instant] = {}
        self._load: dict[str, int] = {}
        self._look: dict[str, None] = {}
        self._heap: list[tuple[Instant, int, int, Any]] = []
        self._pushed = 0
        self._ranks = {tier: rank for rank, tier in enumerate(live.practice.tiers)}
        self._shares = {
            person.id: share_of(person, scenario.available)
            for person in live.practice.people.values()
        }

    def play(self) -> None:
        """From the first arrival to the end."""
        arrivals = sorted(
            self._world.arrivals(self._since, self._until), key=lambda a: (a[0].at, a[0].id)
        )
        for event, chance in arrivals:
            self._push(event.at, ARRIVES, (event, chance))
        for at in self._duty.edges():
            self._push(at, EDGE, None)
        for at in self.observer.samples():
            self._push(at, SAMPLE, None)
        while self._heap and self._heap[0][0] < self._until:
            self._now, kind, _, what = heappop(self._heap)
            self._happens(kind, what)
            self._look_for_work()
        self._now = self._until
        for patient in self._patients.values():
            self._run(patient, [], self._until - 1)
        self.observer.ends(patient.file for patient in self._patients.values())

    def _push(self, at: Instant, kind: int, what: Any) -> None:
        self._pushed += 1
        heappush(self._heap, (at, kind, self._pushed, what))

    def _happens(self, kind: int, what: Any) -> None:
        match kind:
            case 0:
                self._arrives(*what)
            case 1:
                self._comes(*what)
            case 2:
                self._wakes(what)
            case 3:
                self._done(*what)
            case 4:
                self._starts(*what)
            case 5:
                self._ready(what)
            case 6:
                self._queues.changed()
                self._look.update(dict.fromkeys(self.live.practice.people))
            case _:
                self.observer.sample(self._now, self._queues, self._load)

    # what comes from outside -------------------------------------------------------------------

    def _arrives(self, event: Event, chance: Chance) -> None:
        patient = Patient(PatientFile(patient=event.patient), chance)
        self._patients[event.patient] = patient
        self.observer.arrived(event.at)
        self._run(patient, [event], event.at)

    def _comes(self, patient: Patient, comes: Comes) -> None:
        busy = patient.busy.get(comes.case, set())
        busy.discard(comes.rule)
        case = patient.file.cases.get(comes.case)
        if case is None or case.closed is not None:
            return
        happens, following = True, None
        if comes.rule >= 0:
            happens, following = self._world.again(comes, case, patient.chance)
        if following is not None:
            self._expect(patient, following)
        if happens and not overtaken(case, comes):
            patient.made += 1
            id_ = f"{patient.file.patient}-{patient.made}"
            event = Event(
                id_, SOURCE, comes.type, self._now, patient.file.patient, comes.data, self._now
            )
            self._run(patient, [event], self._now)

    def _expect(self, patient: Patient, comes: Comes) -> None:
        if comes.rule >= 0:
            patient.busy.setdefault(comes.case, set()).add(comes.rule)
        self._push(max(comes.at, self._now), COMES, (patient, comes))

    def _wakes(self, patient: Patient) -> None:
        if patient.wakes == self._now:
            patient.wakes = None
            self._run(patient, [], self._now)

    # the engine decides ------------------------------------------------------------------------

    def _run(self, patient: Patient, inputs: list[Event | Act], at: Instant) -> None:
        result = run(self.live, patient.file, inputs, at)
        patient.file = result.file
        self.observer.decided(result)
        for case in result.touched.values():
            self._follow(patient, case)
        due = patient.file.wake_at
        if due is not None and due != patient.wakes:
            patient.wakes = max(due, at + 1)
            self._push(patient.wakes, WAKES, patient)
        self._sync(patient, result)

    def _follow(self, patient: Patient, case: Case) -> None:
        """What the world answers to events that have just reached a case."""
        counted = patient.counted.setdefault(case.id, {})
        if case.closed is not None:
            return
        busy = patient.busy.setdefault(case.id, set())
        for event, times in case.counts.items():
            if len(times) > counted.get(event, 0):
                counted[event] = len(times)
                for comes in self._world.follows(case, event, self._now, patient.chance, busy):
                    self._expect(patient, comes)
        if len(case.items) > 0:
            self._unasked(patient, case)

    def _unasked(self, patient: Patient, case: Case) -> None:
        for item in self.live.lanes[case.lane].lane.checklist:
            state = case.items.get(item.id)
            new = (case.id, item.id) not in patient.items
            if state is None or not new or state.state not in OPEN_ITEM or item.owed_by == "us":
                continue
            patient.items.add((case.id, item.id))
            comes = unasked(self._outcomes, case, item, self._now, patient.chance)
            if comes is not None:
                self._expect(patient, comes)

    # the queue ---------------------------------------------------------------------------------

    def _sync(self, patient: Patient, result: FileResult) -> None:
        """Bring what waits to be done in line with the cases that changed."""
        for case in result.touched.values():
            works = patient.works.setdefault(case.id, {})
            asked = {} if case.id not in patient.file.cases else wanted(case)
            for name in [n for n, work in works.items() if work.mark != asked.get(n)]:
                self._drop(works.pop(name))
            for name, mark in asked.items():
                if name not in works and (case.id, *name) not in patient.begun:
                    self._make(patient, case, name, mark)

    def _make(self, patient: Patient, case: Case, name: tuple[int, str], mark: object) -> None:
        kind, what = name
        rank = self._ranks.get(case.tier, len(self._ranks))
        id_ = patient.file.patient
        if kind == ESCALATION:
            held = case.escalations[what]
            work = Work(kind, id_, case.id, what, f"{case.id}/{what}", rank, held.opened)
            work.ready = max(held.release, self._now)
        else:
            task = task_of(case, what)
            assert task is not None
            work = Work(kind, id_, case.id, what, task.id, rank, task.due.at)
            work.ready = may_begin(self.live, case, task, self._now, self.scenario.ahead)
            holder = task.person or ("" if task.who else case.owner)
            if task.start is None or task.start.at <= self._now:
                self._starts(work, holder)
            else:
                self._push(task.start.at, STARTS, (work, holder))
        work.mark = mark
        patient.works[case.id][name] = work
        if work.ready > self._now:
            self._push(work.ready, READY, work)
        else:
            self._ready(work)

    def _drop(self, work: Work) -> None:
        work.alive = False
        if work.group is not None:
            work.group.leave(work)
        if work.kind == TASK:
            self._hold(work.holder, -1)

    def _starts(self, work: Work, holder: str) -> None:
        """From its start on, not while it sleeps, a task is one of its holder's open tasks."""
        if work.alive:
            work.holder = holder
            self._hold(holder, 1)

    def _hold(self, holder: str, n: int) -> None:
        """Keep count of what is in everybody's queue; past their most, work goes elsewhere."""
        if not holder:
            return
        before = self._load.get(holder, 0)
        self._load[holder] = before + n
        person = self.live.practice.people.get(holder)
        most = person.most_open_tasks if person else None
        if most is not None and (before >= most) != (before + n >= most):
            self._queues.changed()

    def _ready(self, work: Work) -> None:
        """Work may be begun: whoever may take it is to look."""
        if not work.alive or work.waiting:
            return
        patient = self._patients[work.patient]
        case = patient.file.cases.get(work.case)
        if case is None:
            return
        self._look.update(dict.fromkeys(self._queues.put(self._key(patient, case, work), work)))

    def _key(self, patient: Patient, case: Case, work: Work) -> Key:
        if work.kind == ESCALATION:
            return ESCALATION, case.location, Falls("", "", case.escalations[work.name].role, None)
        task = task_of(case, work.name) if work.kind == TASK else case.task
        if task is None:
            return work.kind, case.location, Falls(case.owner, case.backup, "", None)
        if task.person:
            return work.kind, case.location, Falls(task.person, "", task.who, None)
        return work.kind, case.location, falls_to(self.live, patient.file, case, task)

    def _who(self, key: Key) -> list[str]:
        """Who may take work at this instant: the practice's own rules of coverage."""
        kind, place, falls = key
        calendar, practice = self.live.calendar(place), self.live.practice
        if kind == ESCALATION:
            if falls.role == LAST_RESORT:
                named = dict.fromkeys((practice.last_resort, practice.on_call))
                return [person for person in named if self._duty.on_duty(person, self._now)]
            return calendar.on_duty(falls.role, self._now)
        owner, backup, role, _ = falls
        everywhere = self.live.calendars(place)
        return stand_ins(practice, everywhere, owner, backup, role, self._now, self._load)[1]

    # people ------------------------------------------------------------------------------------

    def _is_free(self, person: str) -> bool:
        free = self._free_at.get(person, 0) <= self._now
        return free and self._duty.on_duty(person, self._now)

    def _look_for_work(self) -> None:
        """Those who may have something new to do, in the order they were named, take it."""
        while self._look:
            person = next(iter(self._look))
            del self._look[person]
            if self._is_free(person):
                self._take(person)

    def _take(self, person: str) -> None:
        """Somebody who is free turns to the next thing; what is held back waits aside."""
        while (work := self._queues.next_for(person, self._now)) is not None:
            assert work.group is not None
            work.group.leave(work)
            patient = self._patients[work.patient]
            case = patient.file.cases.get(work.case)
            if case is None:
                work.alive = False
                continue
            until = self._held_until(patient, case, work)
            if until is not None:
                self._push(until, READY, work)
                continue
            self._begin(person, patient, case, work)
            return

    def _held_until(self, patient: Patient, case: Case, work: Work) -> Instant | None:
        task = task_of(case, work.name) if work.kind == TASK else None
        if task is None:
            return None
        held = held_back(self.live, patient.file, case, task, self._now, patient.contacts)
        return held.until if held is not None and held.until > self._now else None

    def _begin(self, person: str, patient: Patient, case: Case, work: Work) -> None:
        work.alive = False
        name = (work.kind, work.name)
        works = patient.works.setdefault(case.id, {})
        if works.get(name) is work:
            del works[name]
            if work.kind == TASK:
                self._hold(work.holder, -1)
        patient.begun.add((case.id, *name))
        minutes = self._takes(patient, case, work)
        end = self._now + max(1, round(minutes * MINUTE / self._shares[person]))
        self._free_at[person] = end
        self.observer.worked(person, self._now, end)
        self._push(end, ENDS, (person, patient, work))
        if work.kind == ESCALATION:
            act = Act(
                f"{case.id}-{case.seq}-take", "take", person, self._now,
                case.patient, case.id, {"escalation": work.name},
            )  # fmt: skip
            self._run(patient, [act], self._now)

    def _takes(self, patient: Patient, case: Case, work: Work) -> float:
        handling, lane = self.scenario.handling, self.live.lanes[case.lane].lane
        if work.kind == TASK:
            task = task_of(case, work.name)
            assert task is not None
            kind = kind_of(lane, case, task)
        else:
            kind = "escalation" if work.kind == ESCALATION else "patient calls"
        return patient.chance.minutes(f"handling:{kind}", handling[kind])

    def _done(self, person: str, patient: Patient, work: Work) -> None:
        """Somebody has finished: what came of it is documented, and they turn to the next thing."""
        patient.begun.discard((work.case, work.kind, work.name))
        case = patient.file.cases.get(work.case)
        if case is not None:
            outcome = self._outcomes.of_work(case, work, person, self._now, patient.chance)
            if outcome is not None:
                self._document(patient, case, outcome)
            else:
                self._run_again(patient, case)
        self._look[person] = None

    def _document(self, patient: Patient, case: Case, outcome: Outcome) -> None:
        for act in outcome.acts:
            self.observer.did(act)
            channel = act.data.get("channel")
            if act.kind == "note" and act.data.get("outcome") and channel in DISTURBING:
                patient.contacts = [t for t in patient.contacts if t > self._now - LOOK_BACK]
                patient.contacts.append(self._now)
        self._run(patient, list(outcome.acts), self._now)
        after = patient.file.cases.get(case.id)
        if after is None or after.closed is not None:
            return
        self._run_again(patient, after)
        busy = patient.busy.setdefault(case.id, set())
        for comes in outcome.comes:
            self._expect(patient, comes)
        for what in outcome.follows:
            for comes in self._world.follows(after, what, self._now, patient.chance, busy):
                self._expect(patient, comes)
        if outcome.calls is not None:
            self._called(patient, after, outcome.calls)

    def _run_again(self, patient: Patient, case: Case) -> None:
        """What was left aside while somebody worked on it waits again."""
        works = patient.works.setdefault(case.id, {})
        for name, mark in wanted(case).items():
            if name not in works and (case.id, *name) not in patient.begun:
                self._make(patient, case, name, mark)

    def _called(self, patient: Patient, case: Case, at: Instant) -> None:
        """The patient will call back: they want somebody at once."""
        patient.made += 1
        id_ = f"{case.id}/call-{patient.made}"
        rank = self._ranks.get(case.tier, len(self._ranks))
        work = Work(CALL, patient.file.patient, case.id, id_, id_, rank, at)
        self._expect(patient, Comes(at, case.id, "patient.called", {"case.id": case.id}))
        self._push(max(at, self._now), READY, work)
