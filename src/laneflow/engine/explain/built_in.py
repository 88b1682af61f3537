"""What is no written condition, explained: built-in calls, ladders, rounds, barriers, promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from laneflow.engine.explain.ahead import acted
from laneflow.engine.explain.model import Asked, Explained, Note, Part
from laneflow.engine.explain.naming import side_task
from laneflow.engine.explain.question import Question, told
from laneflow.engine.state import Instant, Task
from laneflow.lanes.durations import in_words
from laneflow.lanes.model import Duration, TaskSpec
from laneflow.practice.words import name_of


def explain(question: Question, name: str) -> Explained:
    """What ``naming.full_names`` lists and is neither a numbered rule nor a status."""
    head, _, rest = name.partition(".")
    if head == "statuses":
        return _after_last(question, name, rest.partition(".")[0])
    if head == "escalations":
        return _ladder(question, name, rest.removesuffix(".ladder"))
    return _OTHERS[head](question, name, rest)


# built-in calls for help -------------------------------------------------------------------------


def built_in(question: Question, builtin: str) -> Part:
    """The dates a built-in call for help looks at, each as a test: has it passed."""
    dates = {"overdue": _due_dates, "first_response_late": _first_dates, "untouched": _untouched}
    parts = tuple(dates[builtin](question))
    if not parts:
        return Part("any", False)
    return parts[0] if len(parts) == 1 else Part("any", any(p.holds for p in parts), parts=parts)


def _passed(question: Question, what: str, at: Instant, *, off: bool = False, by: str = "") -> Part:
    holds = at <= question.at and not off
    turns = at if not (holds or off) else None
    asked = Asked(what, "passed", True, at, holds, turns=turns, turned_by=(by,) if by else ())
    return Part("test", holds, asked)


def _due_dates(question: Question) -> Iterator[Part]:
    case = question.case
    if case.task is not None:
        paused = " (held back while help is called for)" if case.task.paused else ""
        by = "a note or finishing the task"
        yield _passed(
            question, f"the main task's due date{paused}", case.task.due.at,
            off=case.task.paused, by=by,
        )  # fmt: skip
    for key, side in case.side.items():
        what = f"the due date of {side_task(question.live.practice, key)}"
        yield _passed(question, what, side.due.at, by="seeing to it")


def _first_dates(question: Question) -> Iterator[Part]:
    case = question.case
    made = {"first_attempt": case.first_attempt, "first_contact": case.first_contact}
    for name, done in made.items():
        window = case.windows.get(name)
        if window is not None:
            what = f"{name} (already made)" if done is not None else f"{name} (not made yet)"
            yield _passed(question, what, window.at, off=done is not None, by="a note of it")


def _untouched(question: Question) -> Iterator[Part]:
    held = question.case.untouched
    if held is not None:
        span = Duration(held.n, held.unit)  # type: ignore[arg-type]
        what = f"{in_words(span)} without anybody's note"
        yield _passed(question, what, held.at, by="any note or act of a person")


# ladders -----------------------------------------------------------------------------------------


def rungs(question: Question, rule: str) -> Iterator[Note]:
    """Where an open call for help stands, and when it goes on to whom."""
    held = question.case.escalations.get(rule)
    if held is None:
        return
    yield Note("opened", "it was opened on {at}", held.opened)
    if held.state == "taken":
        by = name_of(question.live.practice, held.taken_by)
        says = f"{by} has taken it and says by {{at}} what is to be done"
        yield Note("taken", says, held.until)
    elif held.asked:
        by = name_of(question.live.practice, held.asked)
        yield Note("asked", f"it was handed on to {by}, who was told on {{at}}", held.release)
    elif held.until is None:
        yield Note("last rung", f"it stands with the {held.role}, the last to be told, until taken")
    else:
        yield Note("rung", f"it stands with the {held.role}, who was told on {{at}}", held.release)


def _ladder(question: Question, name: str, rule: str) -> Explained:
    """When a ladder climbs, and to whom: the engine's own answer."""
    held = question.case.escalations[rule]
    found = (wake for wake in question.coming() if _climbed(rule, held.rung, wake.after))
    wake = next(found, None)
    facts = list(rungs(question, rule))
    if wake is not None:
        role = wake.after.escalations[rule].role
        facts.append(Note("next rung", f"not taken by then, the {role} is told on {{at}}", wake.at))
    place = question.compiled.by_name.get(f"escalations.{rule}")
    file, line = question.compiled.place(place) if place is not None else ("", 0)
    return told(
        question, name, "ladder", "tell the next of its ladder", holds=False,
        facts=tuple(facts), hit=lambda w: _climbed(rule, held.rung, w.after), file=file, line=line,
    )  # fmt: skip


def _climbed(rule: str, rung: int, case: object) -> bool:
    escalations = getattr(case, "escalations", {})
    return rule in escalations and escalations[rule].rung > rung


# tasks -------------------------------------------------------------------------------------------


def _after_last(question: Question, name: str, status: str) -> Explained:
    """What stands before the status that follows an exhausted round."""
    case, spec = question.case, question.lane.statuses[status].task
    hindrances: list[Note] = []
    if case.status != status:
        says = f'it belongs to status "{status}", and the case is in "{case.status}"'
        hindrances.append(Note("status", says))
    elif spec.every is not None:
        hindrances.append(Note("round", "`every` starts another round instead"))
    elif not spec.attempts:
        hindrances.append(Note("round", "the task has no `attempts` to run out"))
    else:
        hindrances.append(Note("person", _left(case.task, spec)))
    where = spec.where
    return told(
        question, name, "after_last", f'move the case to "{spec.after_last}"', holds=False,
        hindrances=hindrances, hit=acted(name), waits=True,
        file=where.file if where else "", line=where.line if where else 0,
    )  # fmt: skip


def _left(task: Task | None, spec: TaskSpec) -> str:
    at = task.attempt if task is not None else 0
    left = len(spec.attempts) - at
    made = f"attempt {at + 1} of {len(spec.attempts)} is the next"
    if left == 1:
        return f"{made}; it follows when that one is documented and the patient was not reached"
    return f"{made}; it follows when all of them are documented and the patient was not reached"


def _task(question: Question, name: str, rest: str) -> Explained:
    """The main task: when it is due, which attempt it is, what makes it overdue."""
    task = question.case.task
    assert task is not None
    spec = question.lane.statuses[question.case.status].task
    facts = [Note("due", "it is due on {at}", task.due.at)]
    if task.start is not None and task.start.at > question.at:
        facts.append(Note("asleep", "it sleeps until {at}", task.start.at))
    if task.snoozed is not None and task.snoozed > question.at:
        facts.append(Note("snoozed", "somebody put it off, or promised it, for {at}", task.snoozed))
    if task.paused:
        facts.append(Note("paused", "its attempts are held back while help is called for"))
    if spec.attempts:
        n = f"attempt {task.attempt + 1} of {len(spec.attempts)}"
        facts.append(Note("attempt", f"{n}, by {task.channel}" if task.channel else n))
    condition = _passed(question, "the main task's due date", task.due.at, off=task.paused)
    where = spec.where
    return told(
        question, name, "task", "be overdue", condition=condition,
        facts=tuple(facts), in_force=condition.holds,
        hit=lambda wake: (
            wake.after.task is not None
            and not wake.after.task.paused
            and wake.after.task.due.at <= wake.at
        ),
        file=where.file if where else "", line=where.line if where else 0,
    )  # fmt: skip


def _promise(question: Question, name: str, rest: str) -> Explained:
    """A promise: whether it is kept, and when the owner is asked."""
    promise = question.case.promises[rest]
    whose = {"patient": "the patient", "us": "we"}.get(promise.by_whom, promise.by_whom)
    facts = [Note("promised", f"{whose} promised it on {{at}}", promise.made)]
    facts.append(Note("by when", "it was promised for {at}", promise.by_when))
    if promise.kept is not None:
        facts.append(Note("kept", "it was kept" if promise.kept else "it was not kept"))
    elif promise.event:
        facts.append(Note("event", f"it counts as kept as soon as {promise.event} comes"))
    side = question.case.side.get(f"promise:{rest}")
    due = side.due.at if side is not None else promise.by_when
    condition = _passed(
        question, "the day to ask whether it was kept", due, off=promise.kept is not None
    )
    return told(
        question, name, "promise", "ask whether the promise was kept", condition=condition,
        facts=tuple(facts), in_force=condition.holds,
        hit=lambda wake: wake.at >= due and promise.kept is None,
    )  # fmt: skip


def _barrier(question: Question, name: str, rest: str) -> Explained:
    """A barrier's task: whether it stands, and why not."""
    spec, case = question.lane.barriers[rest], question.case
    key = f"barrier:{rest}"
    task, named = case.side.get(key), case.barriers.get(rest)
    hindrances: list[Note] = []
    facts: list[Note] = []
    if spec.task is None:
        hindrances.append(Note("no task", "this barrier calls for no task of its own"))
    if named is None:
        hindrances.append(Note("person", "no note names this barrier, or it was resolved"))
    else:
        facts.append(Note("named", "a note named it on {at}", named))
    if task is not None:
        facts.append(Note("due", "its task is due on {at}", task.due.at))
    elif named is not None and case.raised.get(key) == named:
        hindrances.append(Note("done", "its task was made for that note and is done"))
    where = spec.where
    return told(
        question, name, "barrier", f"give the task of the barrier {spec.title}",
        holds=named is not None and spec.task is not None, hindrances=hindrances,
        facts=tuple(facts), in_force=task is not None,
        file=where.file if where else "", line=where.line if where else 0,
    )  # fmt: skip


def _reopens(question: Question, name: str, rest: str) -> Explained:
    """Whether the case could come back, and until when."""
    spec, closed = question.lane.reopens, question.case.closed
    assert spec is not None
    where = spec.where
    on = " or ".join(spec.on)
    facts: list[Note] = []
    hindrances: list[Note] = []
    if closed is None:
        hindrances.append(Note("open", "the case is open; only a closed one is brought back"))
    else:
        until = question.view.calendar.add(closed.at, spec.within)
        facts.append(Note("until", f"{on} brings it back until {{at}}", until))
        if closed.outcome == "completed":
            says = "it was completed: only an event that names this case brings it back"
            hindrances.append(Note("completed", says))
        if until < question.at:
            hindrances.append(Note("too late", "that day has passed"))
    return told(
        question, name, "reopens", "bring the closed case back as a new one",
        holds=closed is not None and not hindrances, hindrances=hindrances, facts=tuple(facts),
        waits=True, lives_on=True,
        file=where.file if where else "", line=where.line if where else 0,
    )  # fmt: skip


def _again(question: Question, name: str, rest: str) -> Explained:
    """When the lane's next round opens after this case."""
    spec, closed = question.lane.again_after, question.case.closed
    assert spec is not None
    hindrances: list[Note] = []
    facts: list[Note] = []
    if closed is None:
        says = f"the case is open; the next round opens {in_words(spec)} after it is closed"
        hindrances.append(Note("open", says))
    else:
        again = question.view.calendar.add(closed.at, spec)
        says = "the next round opens on {at}, unless a case with its keys is open by then"
        facts.append(Note("again", says, again))
    return told(
        question, name, "again_after", "open the next round", holds=closed is not None,
        hindrances=hindrances, facts=tuple(facts), waits=True, lives_on=True,
    )  # fmt: skip


_OTHERS: dict[str, Callable[[Question, str, str], Explained]] = {
    "task": _task,
    "promises": _promise,
    "barriers": _barrier,
    "reopens": _reopens,
    "again_after": _again,
}
