"""One test of one fact, compiled: its truth now and the instant at which that truth would flip.

This is the single source for matching, for ``wake_at`` and for ``why-not``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from laneflow.engine.facts import (
    Getter,
    Times,
    View,
    anchor_of,
    getter,
    is_late,
    is_overdue,
    is_scalar,
    moment,
    times_of,
)
from laneflow.engine.instants import instant_of
from laneflow.engine.state import OPEN_ITEM, Instant
from laneflow.lanes.model import Atom, Duration, Lane

Truth = tuple[bool, Instant | None]
Test = Callable[[View], Truth]
See = Callable[[View], Any]

_REMEMBERED = 10_000
_UNKNOWN_HOLDS = frozenset({"is_not", "none_of", "lacks"})
_OPPOSITE = {
    "is_not": "is",
    "none_of": "one_of",
    "lacks": "contains",
    "less_than": "at_least",
    "at_most": "more_than",
}


def compile_atom(atom: Atom, lane: Lane) -> Test:
    """The test behind an atom: View -> (truth, next instant at which it may change or None)."""
    still = still_test(atom, lane)
    if still is not None:
        holds = still
        return lambda v: (holds(v), None)
    times = times_of(atom.fact)
    if times is not None:
        return _counted(atom, lane, times)
    if isinstance(atom.value, Duration):
        return _timed(atom, lane)
    if isinstance(atom.value, str) and atom.op in _ORDER:
        return _dated(atom, lane)
    truth, turn = _truth(atom, lane), _flip_of(atom, lane)
    assert turn is not None
    return lambda v: (truth(v), turn(v))


def still_test(atom: Atom, lane: Lane) -> Callable[[View], bool] | None:
    """The test of a fact that no passing of time changes: View -> truth; None for any other."""
    if times_of(atom.fact) is not None or isinstance(atom.value, Duration):
        return None
    if isinstance(atom.value, str) and atom.op in _ORDER:
        return None
    return _truth(atom, lane) if _flip_of(atom, lane) is None else None


def seen_by(atom: Atom, lane: Lane) -> See:
    """What a test looks at, as it is shown: a count, an instant, or the fact's value."""
    times = times_of(atom.fact)
    if times is not None:
        return lambda v: len(times(v))
    if isinstance(atom.value, Duration):
        return anchor_of(atom.fact, lane)
    get = getter(atom.fact, lane)

    def see(view: View) -> Any:
        value = get(view)
        return list(value) if isinstance(value, tuple) else value

    return see


def _truth(atom: Atom, lane: Lane) -> Callable[[View], bool]:
    get = getter(atom.fact, lane)
    if atom.op == "known":
        wanted = atom.value
        return lambda v: _known(get(v)) is wanted
    if atom.op == "same_as":
        other = _value_of(str(atom.value), lane)

        def same(view: View) -> bool:
            value = get(view)
            return value is not None and _folded(value) == _folded(other(view))

        return same
    if atom.op in _ORDER:
        return _number(get, atom)
    if is_scalar(atom.fact, lane) and atom.op in ("is", "is_not", "one_of", "none_of"):
        choices = atom.value if isinstance(atom.value, tuple) else (atom.value,)
        if atom.op in ("is", "one_of"):
            return lambda v: get(v) in choices  # unknown is None, and None is no choice
        return lambda v: get(v) not in choices
    holds = _comparison(atom)
    unknown = atom.op in _UNKNOWN_HOLDS

    def test(view: View) -> bool:
        value = get(view)
        return unknown if value is None else holds(value)

    return test


def _folded(value: Any) -> Any:
    """Feeds write "Cardiology" where others write "cardiology"."""
    return value.casefold() if isinstance(value, str) else value


def _known(value: Any) -> bool:
    return value is not None and value != () and value != []


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "at_least": lambda a, b: a >= b,
    "more_than": lambda a, b: a > b,
    "less_than": lambda a, b: a < b,
    "at_most": lambda a, b: a <= b,
}


def _comparison(atom: Atom) -> Callable[[Any], bool]:
    """A fact's value -> whether the test holds; a value of the wrong kind never does."""
    op, wanted = atom.op, atom.value
    if op in ("is", "is_not"):
        positive = op == "is"
        return lambda value: _among(value, (wanted,)) is positive
    if op in ("one_of", "none_of"):
        choices = wanted if isinstance(wanted, tuple) else (wanted,)
        positive = op == "one_of"
        return lambda value: _among(value, choices) is positive
    positive = op == "contains"
    return lambda value: _contains(value, wanted) is positive


_NUMBERS = (int, float)  # and not bool, which is an int only to Python


def _number(get: Getter, atom: Atom) -> Callable[[View], bool]:
    """A number against the one written in the lane; what is no number never holds."""
    op, wanted = atom.op, cast(float, atom.value)
    if op == "at_least":
        return lambda v: type(x := get(v)) in _NUMBERS and x >= wanted
    if op == "more_than":
        return lambda v: type(x := get(v)) in _NUMBERS and x > wanted
    if op == "less_than":
        return lambda v: type(x := get(v)) in _NUMBERS and x < wanted
    return lambda v: type(x := get(v)) in _NUMBERS and x <= wanted


def _among(value: Any, choices: Sequence[Any]) -> bool:
    """A scalar equals one of the choices; a list shares a member with them."""
    if isinstance(value, list | tuple):
        return any(member in choices for member in value)
    return value in choices


def _contains(value: Any, wanted: Any) -> bool:
    if isinstance(value, list | tuple):
        return wanted in value
    return isinstance(value, str) and str(wanted).casefold() in value.casefold()


def _dated(atom: Atom, lane: Lane) -> Test:
    """A date fact against a date written in the lane."""
    when = moment(atom.fact, lane)
    order = _ORDER[atom.op]

    def test(view: View) -> Truth:
        value, wanted = when(view), instant_of(atom.value, view.tz)
        return value is not None and wanted is not None and order(value, wanted), None

    return test


def _timed(atom: Atom, lane: Lane) -> Test:
    """``since.X`` turns true at X + D, ``until.X`` at X - D; their opposites turn false there."""
    assert isinstance(atom.value, Duration)
    span = atom.value
    anchor = anchor_of(atom.fact, lane)
    forward = atom.fact.startswith("since.")
    rises = atom.op in (("at_least", "more_than") if forward else ("at_most", "less_than"))
    turns: dict[tuple[Instant, str], Instant] = {}  # the same few instants are asked for again

    def test(view: View) -> Truth:
        start = anchor(view)
        if start is None:
            return False, None
        turn = turns.get((start, view.case.location))
        if turn is None:
            turn = (view.calendar.add if forward else view.calendar.subtract)(start, span)
            if len(turns) >= _REMEMBERED:
                turns.clear()
            turns[start, view.case.location] = turn
        passed = view.at >= turn
        return passed is rises, None if passed else turn

    return test


def _counted(atom: Atom, lane: Lane, times: Times) -> Test:
    """Counts only shrink with time: "at least k" ends as the k-th latest leaves the window."""
    distinct = atom.fact.startswith("days.")
    window = atom.in_last

    def at_least(view: View, k: float) -> Truth:
        if k <= 0:
            return True, None
        seen = times(view)
        kth = _kth_latest(view, seen, -int(-k // 1), distinct)
        if kth is None:
            return False, None
        if window is None:
            return True, None
        leaves = view.calendar.add(kth, window)
        return leaves > view.at, leaves if leaves > view.at else None

    if atom.op == "known":
        always = atom.value is True  # what never happened is counted, too: none of it
        return lambda v: (always, None)
    if atom.op == "same_as":
        other = _value_of(str(atom.value), lane)
        return _exactly(at_least, lambda v: (other(v),), True)
    return _by_threshold(atom, at_least)


def _value_of(name: str, lane: Lane) -> Getter:
    """The getter of any fact: of a count, how many."""
    times = times_of(name)
    if times is None:
        return getter(name, lane)
    days = name.startswith("days.")

    def count(view: View) -> int:
        seen = times(view)
        return len({view.calendar.local_date(t) for t in seen} if days else seen)

    return count


def _kth_latest(view: View, seen: Sequence[Instant], k: int, distinct: bool) -> Instant | None:
    """The k-th latest time (or the latest time of the k-th latest local date); None if fewer."""
    if len(seen) < k:
        return None
    if not distinct:
        return seen[-k]
    days = 0
    last = None
    for time in reversed(seen):
        day = view.calendar.local_date(time)
        if day != last:
            days, last = days + 1, day
            if days == k:
                return time
    return None


def _by_threshold(atom: Atom, at_least: Callable[[View, float], Truth]) -> Test:
    wanted = atom.value
    op = _OPPOSITE.get(atom.op, atom.op)
    positive = op == atom.op
    if op in ("at_least", "more_than"):
        assert isinstance(wanted, int | float)
        k = wanted if op == "at_least" else int(wanted // 1) + 1

        def threshold(view: View) -> Truth:
            truth, flip = at_least(view, k)
            return truth is positive, flip

        return threshold
    choices = wanted if isinstance(wanted, tuple) else (wanted,)
    return _exactly(at_least, lambda v: choices, positive)


def _exactly(
    at_least: Callable[[View, float], Truth], choices: Callable[[View], Sequence[Any]], wanted: bool
) -> Test:
    """Whether the count is one of these numbers, or none of them; what is no number never is."""

    def test(view: View) -> Truth:
        truth, flips = False, []
        for n in choices(view):
            if type(n) in _NUMBERS:
                low, high = at_least(view, n), at_least(view, n + 1)
                truth = truth or (low[0] and not high[0])
                flips += [f for f in (low[1], high[1]) if f is not None]
        return truth is wanted, min(flips, default=None)

    return test


def _flip_of(atom: Atom, lane: Lane) -> Callable[[View], Instant | None] | None:
    """When a fact that time alone changes would next change, for facts that are not durations."""
    name = atom.fact
    if name == "appointment.passed":
        start = moment("appointment.start", lane)
        return lambda v: _later(start(v), v.at)
    if name == "overdue":
        return lambda v: None if is_overdue(v) else _least_due(v)
    if name == "first_response_late":
        return lambda v: None if is_late(v) else _first_dates(v)
    if name.startswith("checklist.overdue_from."):
        return _item_dates
    head, _, rest = name.partition(".")
    if head in lane.periods and rest == "day":
        return lambda v: v.calendar.next_morning(v.at) if head in v.case.periods else None
    return None


def _later(moment_: Instant | None, at: Instant) -> Instant | None:
    return moment_ if moment_ is not None and moment_ > at else None


def _least_due(view: View) -> Instant | None:
    tasks = [*view.case.side.values()]
    if view.case.task is not None and not view.case.task.paused:
        tasks.append(view.case.task)
    return min((t.due.at for t in tasks if t.due.at > view.at), default=None)


def _first_dates(view: View) -> Instant | None:
    dates = (view.case.windows.get(name) for name in ("first_attempt", "first_contact"))
    return min((d.at for d in dates if d is not None and d.at > view.at), default=None)


def _item_dates(view: View) -> Instant | None:
    least: Instant | None = None
    for item in view.case.items.values():
        due = item.due
        if due is not None and due.at > view.at and item.state in OPEN_ITEM:
            least = due.at if least is None or due.at < least else least
    return least
