"""Owns how a replay is shown: side by side for people, whole as JSON and CSV."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from laneflow.cli.common import files, show
from laneflow.cli.common.show import counted
from laneflow.practice.words import iso, local
from laneflow.proofs.replay import Beside, Cases, Difference
from laneflow.proofs.tally import sheet

CANNOT_KNOW = (
    "It cannot know what patients and staff would have done: it takes what they did, when they "
    "did it. A new step nobody had to take then is taken by nobody here."
)
SHOWN = 10
"""Differences named on the screen; JSON has more."""

_DATES = ("first_attempt", "first_contact", "scheduled")


def tell(
    beside: Beside, since: int, until: int, zone: str, named: str, lane: str | None, *, files: bool
) -> None:
    """The replay for people: what was compared, the figures, what differs, what cannot be said."""
    click.echo(
        f"{_day(since, zone)} to {_day(until - 1, zone)}: {counted(beside.patients, 'patient')}, "
        f"{counted(beside.events, 'event')}, {counted(beside.acts, 'documented act')}; "
        f"the edited lanes beside {named}."
    )
    show.paragraph("Note", CANNOT_KNOW)
    _lanes(beside, named, lane)
    _calls(beside, named, lane)
    if lane is None:
        _load(beside, named)
    _cases(beside, named, lane, zone)
    _limits(beside, named, files)


def as_data(
    beside: Beside, since: int, until: int, zone: str, named: str, lane: str | None
) -> dict[str, Any]:
    """The replay for programs: a row a figure, instants as ISO with the practice's offset."""
    rows = [row for row in _rows(beside) if not lane or row.lane in ("", lane)]
    return {
        "from": iso(since, zone),
        "to": iso(until, zone),
        "before": named,
        "patients": beside.patients,
        "events": beside.events,
        "acts": beside.acts,
        "note": CANNOT_KNOW,
        "figures": [row._asdict() for row in rows],
        "fates": {"before": beside.before.fates, "after": beside.after.fates},
        "cases": {k: msgspec.structs.asdict(c) for k, c in sorted(_of(beside, lane).items())},
        "differences": [
            {"case": d.case, "lane": d.lane, "hours": d.hours, "before": _dated(d.before, zone),
             "after": _dated(d.after, zone)}
            for d in beside.biggest if lane in (None, d.lane)
        ],
        "acts_that_no_longer_fit": {k: v for k, v in beside.unfit.items() if lane in (None, k)},
        "late_decisions": beside.late,
        "decided_under_other_lanes": beside.elsewhere,
        "starts_without_their_cap": beside.uncapped,
    }  # fmt: skip


def write_csv(beside: Beside, path: Path) -> None:
    """Every figure, a row each, to a file."""
    files.write_csv(path, sheet.Row._fields, _rows(beside))


def _rows(beside: Beside) -> list[sheet.Row]:
    sides = beside.before, beside.after
    return [
        *sheet.of_lanes(*sides, tiers=True),
        *sheet.of_calls(*sides, tiers=True),
        *sheet.of_days(*sides),
    ]


# tables ------------------------------------------------------------------------------------------


def _lanes(beside: Beside, named: str, lane: str | None) -> None:
    rows = sheet.said(sheet.of_lanes(beside.before, beside.after, tiers=lane is not None))
    for name in sorted({row.lane for row in rows}):
        if lane in (None, name):
            show.title(name)
            mine = [row for row in rows if row.lane == name]
            columns = {"tier": "tier"} if lane else {}
            _table(mine, columns | {"figure": ""}, named)


def _calls(beside: Beside, named: str, lane: str | None) -> None:
    wanted = ("raised", "rungs climbed", "came to the last rung", "until taken: median")
    found = sheet.said(sheet.of_calls(beside.before, beside.after, tiers=False))
    rows = [row for row in found if row.figure in wanted and lane in (None, row.lane)]
    if rows:
        show.title("Calls for help, by rule")
        _table(rows, {"lane": "lane", "name": "escalation", "figure": ""}, named)


def _load(beside: Beside, named: str) -> None:
    rows = sheet.said(sheet.of_people(beside.before, beside.after))
    if rows:
        show.title("Load of a day, by person")
        _table(rows, {"name": "person", "figure": ""}, named)


def _table(rows: list[sheet.Row], columns: dict[str, str], named: str) -> None:
    shown: list[dict[str, Any]] = []
    last: dict[str, Any] = {}
    for row in rows:
        mine = row._asdict()
        # What the row above says already is not said again.
        same = {k: "" for k in columns if k != "figure" and mine[k] == last.get(k)}
        last = mine
        values = {k: _value(mine[k], row.unit) for k in ("before", "after")}
        shown.append(mine | same | values | {"change": _change(row)})
    show.table(shown, columns | {"before": named, "after": "edited", "change": ""}, "")


def _value(value: sheet.Value, unit: sheet.Unit) -> str:
    if value is None:
        return "-"
    if unit == "share":
        return f"{value * 100:.0f} %"
    if unit == "minutes":
        return _length(value)
    return f"{value:,}"


def _length(minutes: float) -> str:
    """Minutes as people say them: 45 min, 3 h 20 min, 2 days 4 h."""
    whole = round(minutes)
    if whole < 60:
        return f"{whole} min"
    if whole < 48 * 60:
        return f"{whole // 60} h {whole % 60} min" if whole % 60 else f"{whole // 60} h"
    days, hours = divmod(round(whole / 60), 24)
    return f"{days} days {hours} h" if hours else f"{days} days"


def _change(row: sheet.Row) -> str:
    if row.before is None or row.after is None or row.before == row.after:
        return ""
    apart = row.after - row.before
    sign = "+" if apart > 0 else "-"
    if row.unit == "share":
        return f"{sign}{abs(apart) * 100:.0f} points"
    if row.unit == "minutes":
        return f"{sign}{_length(abs(apart))}"
    return f"{sign}{round(abs(apart), 1):,}"


# cases -------------------------------------------------------------------------------------------


_SAID = {
    "only_before": "not opened any more",
    "only_after": "opened only under the edited lanes",
    "otherwise": "closed otherwise",
    "sooner": "reached sooner",
    "later": "reached later or not at all",
    "less": "less overdue",
    "more": "more overdue",
    "fewer": "fewer calls for help",
    "more_calls": "more calls for help",
}


def _of(beside: Beside, lane: str | None) -> dict[str, Cases]:
    return {k: cases for k, cases in beside.cases.items() if lane in (None, k)}


def _cases(beside: Beside, named: str, lane: str | None, zone: str) -> None:
    cases = Cases()
    for found in _of(beside, lane).values():
        cases.merge(found)
    said = [f"{getattr(cases, k):,} {words}" for k, words in _SAID.items() if getattr(cases, k)]
    show.title("Cases")
    click.echo(f"  {counted(cases.same, 'case')} went the same way" + (": " if not said else "; ")
               + ("every one." if not said else ", ".join(said) + "."))  # fmt: skip
    biggest = [d for d in beside.biggest if lane in (None, d.lane)][:SHOWN]
    if biggest:
        show.title(f"The {len(biggest)} largest differences, by hours of waiting and being overdue")
        rows = [_difference(d, zone) for d in biggest]
        columns = {"case": "case", "lane": "lane", "hours": "hours", "before": named,
                   "after": "edited"}  # fmt: skip
        show.table(rows, columns, "")


def _difference(found: Difference, zone: str) -> dict[str, Any]:
    before, after = _dated(found.before, zone), _dated(found.after, zone)
    names = [k for k in {**before, **after} if before.get(k) != after.get(k)]
    return {
        "case": found.case,
        "lane": found.lane,
        "hours": f"{found.hours:,}",
        "before": _short(before, names),
        "after": _short(after, names),
    }


def _short(side: dict[str, Any], names: list[str]) -> str:
    if not side:
        return "no such case"
    return ", ".join(f"{k.replace('_', ' ')} {_brief(side.get(k))}" for k in names if k != "open")


def _brief(value: Any) -> str:
    if value is None:
        return "-"
    return show.when(value) if isinstance(value, str) and "T" in value else str(value)


def _dated(side: dict[str, Any], zone: str) -> dict[str, Any]:
    return side | {k: iso(side[k], zone) for k in _DATES if k in side}


# what cannot be said ---------------------------------------------------------------------------


def _limits(beside: Beside, named: str, files: bool) -> None:
    unfit = sum(n for whys in beside.unfit.values() for n in whys.values())
    if unfit:
        show.title(f"{counted(unfit, 'documented act')} no longer fit and are left out")
        for lane, whys in sorted(beside.unfit.items()):
            for why, n in sorted(whys.items(), key=lambda found: (-found[1], found[0])):
                click.echo(f"  {lane + ':' if lane else '':<28}{n:>6,}  {why}")
    notes = []
    if files:
        notes.append(
            "Files of events hold no acts: on both sides nobody acts but what the events document."
        )
    if beside.late:
        notes.append(
            f"{counted(beside.late, 'decision')} of what happened came more than a minute late: "
            "laneflow stood still then. The replay decides each in time."
        )
    if beside.elsewhere:
        notes.append(
            f"{counted(beside.elsewhere, 'decision')} of what happened were made under other lanes "
            "than the live ones; --against live leaves those changes out."
        )
    if beside.uncapped:
        notes.append(
            "Starts that a lane caps (starts_at_most) are taken as wanted where none was booked: "
            "some days look fuller than they would be."
        )
    for note in notes:
        click.echo()
        show.paragraph("Note", note)


def _day(at: int, zone: str) -> str:
    return f"{local(at, zone):%a %Y-%m-%d}"
