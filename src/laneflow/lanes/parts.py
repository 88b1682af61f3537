"""The small parts of a lane compiled: windows, dates, tasks, moves, items, barriers, closes."""

from __future__ import annotations

from laneflow.errors import did_you_mean
from laneflow.lanes.conditions import condition
from laneflow.lanes.durations import in_words, parse_duration, usual_days
from laneflow.lanes.entry import Entry
from laneflow.lanes.facts import KIND_IN_WORDS
from laneflow.lanes.model import (
    Attempt,
    Barrier,
    Chase,
    Close,
    Due,
    Duration,
    Item,
    Move,
    Opening,
    Outcome,
    Period,
    Reopen,
    Status,
    TaskSpec,
    TierRule,
    Window,
)
from laneflow.lanes.scope import Scope


def spread(
    named: dict[str, Duration], tiers: tuple[str, ...], rest: Duration | None
) -> dict[str, Duration]:
    """A duration for every tier, strictest first.

    One that is not named takes ``rest`` where there is one, else the next stricter named tier's,
    else the strictest named one's.
    """
    first = next((named[t] for t in tiers if t in named), rest)
    by_tier: dict[str, Duration] = {}
    last = rest or first
    for tier in tiers:
        last = named.get(tier, rest or last)
        if last is not None:
            by_tier[tier] = last
    return by_tier


def by_tier(entry: Entry, scope: Scope, others: tuple[str, ...]) -> dict[str, Duration]:
    """The durations a map names by tier, spread over all tiers; ``others`` are its other keys."""
    named: dict[str, Duration] = {}
    for name, value in entry.named():
        if name in others:
            continue
        if name in scope.known.tiers:
            named[name] = scope.length(value)
        else:
            hint = did_you_mean(name, (*scope.known.tiers, *others))
            hint = hint or f"Tiers in practice.yaml: {', '.join(scope.known.tiers)}."
            scope.wrong(value, f'unknown tier "{name}"', hint, at_value=False, code="unknown-tier")
    return spread(named, scope.known.tiers, scope.duration(entry.get("within")))


def window(entry: Entry, scope: Scope) -> Window:
    """A response window."""
    if isinstance(entry.value, str):
        length = scope.length(entry)
        return Window(dict.fromkeys(scope.known.tiers, length), where=entry.where)
    lengths = by_tier(entry, scope, ("from", "norm", "within"))
    norm = entry.get("norm")
    if norm is not None and norm.value != "none" and norm.value not in scope.known.norms:
        hint = "Add it under norms in practice.yaml, or write norm: none."
        scope.unknown(norm, "norm", scope.known.norms, hint)
    if not lengths and scope.known.tiers:
        scope.wrong(
            entry,
            "no length of time is written here",
            "For example: within: 14 days.",
            code="nothing-written",
        )
    start = scope.event(entry.get("from"))
    return Window(lengths, start, entry.text("norm", "none"), entry.where)


def looser(window: Window, norm: dict[str, Duration]) -> str | None:
    """``urgent: 3 days is longer than 2 business days``: the first tier looser than its norm."""
    for tier, length in window.by_tier.items():
        limit = norm.get(tier)
        if limit is not None and usual_days(length) > usual_days(limit) + 1e-9:
            return f"{tier}: {in_words(length)} is longer than the {in_words(limit)} it allows"
    return None


def due(entry: Entry, scope: Scope) -> Due:
    """A due date or a start: a window, a length of time, or so long before or after a date."""
    if isinstance(entry.value, dict):
        side = "before" if "before" in entry else "after"
        anchor = entry[side]
        dates = scope.names.date_facts() | set(scope.names.windows)
        if anchor.value not in dates:
            _no_date(anchor, dates, scope)
        by = scope.length(entry["by"])
        return Due(anchor=str(anchor.value), by=by, side="before" if side == "before" else "after")
    if entry.value in scope.names.windows:
        return Due(window=str(entry.value))
    length = parse_duration(str(entry.value))
    if length is None or (length.n == 0 and length.unit != "same day"):
        hint = did_you_mean(str(entry.value), scope.names.windows)
        hint = hint or "Name a window, or write for example 2 business days."
        what = f'"{entry.value}" is neither a window nor a length of time'
        scope.wrong(entry, what, hint, code="not-a-date")
    return Due(duration=length)


def _no_date(anchor: Entry, dates: frozenset[str], scope: Scope) -> None:
    meaning = scope.names.meaning(str(anchor.value))
    if meaning is None:
        hint = did_you_mean(str(anchor.value), sorted(dates)) or scope.names.hint(str(anchor.value))
        scope.wrong(anchor, f'unknown date "{anchor.value}"', hint, code="unknown-date")
    else:
        what = f'"{anchor.value}" is {KIND_IN_WORDS[meaning.kind]}, not a date'
        scope.wrong(anchor, what, "Use a date fact or a window.", code="not-a-date")


def task(entry: Entry, scope: Scope) -> TaskSpec:
    """A status's main task, or a barrier's."""
    start, most, last = entry.get("start"), entry.get("starts_at_most"), entry.get("after_last")
    attempts = tuple(_attempts(entry, scope))
    if last is not None and not attempts:
        scope.wrong(
            last,
            "after_last needs attempts",
            "Add attempts, or leave it out.",
            code="attempts-missing",
        )
    if most is not None and start is None:
        scope.wrong(
            most, "starts_at_most needs start", "Add start, or leave it out.", code="start-missing"
        )
    return TaskSpec(
        do=str(entry["do"].value),
        due=due(entry["due"], scope),
        script=scope.script(entry.get("script")),
        who=scope.role(entry.get("who")),
        to=scope.party(entry.get("to")),
        start=due(start, scope) if start is not None else None,
        starts_at_most=int(str(most.value).partition(" ")[0]) if most is not None else None,
        attempts=attempts,
        every=scope.duration(entry.get("every")),
        after_last=scope.status(last) if last is not None else None,
        buttons=scope.events(entry, "buttons"),
        done=scope.event(entry.get("done")),
        where=entry.where,
    )


def _attempts(entry: Entry, scope: Scope) -> list[Attempt]:
    found: list[Attempt] = []
    channels = (scope.known.scripts or {}).get(entry.text("script"))
    for attempt in entry.each("attempts"):
        after, by = attempt.get("after"), attempt["by"]
        if after is None and found:
            hint = "Add for example after: 1 business day."
            scope.wrong(attempt, "when to try again is missing", hint, code="attempt-without-wait")
        if after is not None and not found:
            scope.wrong(
                after,
                "the first attempt has none before it",
                "Leave out after.",
                code="attempt-without-wait",
            )
        if channels and by.value not in channels:
            hint = f"Write scripts/{entry.text('script')}.{by.value}.j2."
            scope.warn(
                by,
                f'the script has nothing for "{by.value}"',
                hint,
                at_value=True,
                code="script-channel-missing",
            )
        found.append(Attempt(str(by.value), scope.duration(after)))
    return found


def move(entry: Entry, scope: Scope) -> Move:
    """A move to another status."""
    return Move(
        to=scope.status(entry["to"]),
        on=scope.event(entry.get("on")),
        when=condition(entry.get("when"), scope),
        again=bool(entry.value.get("again", False)),
        where=entry.where,
    )


def status(name: str, entry: Entry, scope: Scope) -> Status:
    """A status with its task and its own moves."""
    last = entry["task"].get("after_last")
    if last is not None and last.value == name:
        scope.wrong(
            last,
            "after_last leads back to the same status",
            "Use every to go on trying.",
            code="leads-back",
        )
    for old in entry.each("was"):
        if scope.statuses is not None and old.value in scope.statuses:
            scope.wrong(
                old,
                f'"{old.value}" is still a status of this lane',
                "Leave it out.",
                code="status-still-there",
            )
    return Status(
        id=name,
        queue=entry.text("queue"),
        task=task(entry["task"], scope),
        moves=tuple(move(e, scope) for e in entry.each("moves")),
        was=tuple(str(e.value) for e in entry.each("was")),
        where=entry.where,
    )


def item(entry: Entry, scope: Scope, items: list[str]) -> Item:
    """A checklist item; ``items`` are the ids of all of the lane's."""
    needs = []
    for needed in entry.each("needs"):
        if needed.value not in items:
            scope.unknown(needed, "checklist item", items)
        needs.append(str(needed.value))
    chase = entry.get("chase")
    return Item(
        id=entry.text("id"),
        label=entry.text("label"),
        owed_by=scope.party(entry["from"]) or "",
        due=due(entry["due"], scope),
        who=scope.role(entry.get("who")),
        needs=tuple(needs),
        when=condition(entry.get("when"), scope),
        done_by=scope.events(entry, "done_by"),
        chase=_chase(chase, scope) if chase is not None else None,
        where=entry.where,
    )


def _chase(entry: Entry, scope: Scope) -> Chase:
    return Chase(scope.length(entry["every"]), scope.script(entry.get("script")), entry.maybe("by"))


def barrier(name: str, entry: Entry, scope: Scope, common: Barrier | None) -> Barrier:
    """A barrier; what it does not say it takes from the practice's of the same id."""
    inherited = common.task if common else None
    own = entry.get("task")
    title = common.title if common else name.replace("_", " ")
    return Barrier(
        id=name,
        title=entry.text("title", title),
        task=task(own, scope) if own is not None else inherited,
        where=entry.where,
    )


def opening(entry: Entry, scope: Scope) -> Opening:
    """A trigger."""
    unless = []
    for lane in entry.each("unless_open"):
        if scope.known.lanes is not None and lane.value not in scope.known.lanes:
            scope.unknown(lane, "lane", scope.known.lanes)
        unless.append(str(lane.value))
    return Opening(
        on=scope.event(entry["on"]) or "",
        when=condition(entry.get("when"), scope, without_case=True),
        if_open="replace" if entry.text("if_open") == "replace" else "update",
        unless_open=tuple(unless),
        stale_after=scope.duration(entry.get("stale_after")) or Duration(30, "days"),
        where=entry.where,
    )


def tier_rules(parent: Entry, key: str, what: str, scope: Scope) -> tuple[TierRule, ...]:
    """``priority`` (what: tier) and ``classify`` (what: kind)."""
    rules: list[TierRule] = []
    for entry in parent.each(key):
        name = entry[what]
        if what == "tier" and name.value not in scope.known.tiers:
            scope.unknown(name, "tier", scope.known.tiers)
        rules.append(TierRule(str(name.value), condition(entry.get("when"), scope), entry.where))
    return tuple(rules)


def period(name: str, entry: Entry, scope: Scope) -> Period:
    """A counting period."""
    if isinstance(entry.value, str):
        return Period(name, where=entry.where)
    starts = scope.event(entry["starts"])
    return Period(name, scope.length(entry["every"]), starts, entry.where)


def close(entry: Entry, scope: Scope) -> Close:
    """One way a case ends."""
    if not {"on", "when", "by_hand"} & set(entry.value):
        hint = "Add on: an event, when: a condition, or by_hand: roles."
        scope.wrong(entry, "nothing says when this happens", hint, code="nothing-triggers")
    if "by_hand" in entry and ("on" in entry or "when" in entry):
        what = "a close by hand has neither on nor when"
        scope.wrong(
            entry["by_hand"], what, "Write two closes.", at_value=False, code="close-by-hand"
        )
    outcomes: dict[str, Outcome] = {"unsuccessful": "unsuccessful", "cancelled": "cancelled"}
    ask = entry.text("reason") == "ask"
    return Close(
        outcome=outcomes.get(entry.text("as"), "completed"),
        on=scope.event(entry.get("on")),
        when=condition(entry.get("when"), scope),
        by_hand=tuple(str(scope.role(e)) for e in entry.each("by_hand")),
        confirm=scope.role(entry.get("confirm")),
        reason=None if ask else entry.maybe("reason"),
        ask=ask,
        where=entry.where,
    )


def reopen(entry: Entry | None, scope: Scope) -> Reopen | None:
    """What brings a closed case back."""
    if entry is None:
        return None
    return Reopen(scope.events(entry, "on"), scope.length(entry["within"]), entry.where)
