"""Owns how a plan is told: what changes, what that does to open cases, what refuses it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from laneflow.cli.common import show

if TYPE_CHECKING:
    from laneflow.errors import Problem
    from laneflow.proofs.plan import Effect
    from laneflow.work.app import App
    from laneflow.work.planning import Group, Plan

MOST = 40
"""Lines of what changes that a person is shown; `--all` and `--json` have all of them."""


def tell(
    app: App,
    found: Plan,
    refusals: Sequence[Problem],
    *,
    most: int = MOST,
    refused: str = "Publishing would be refused",
) -> None:
    """The plan for people; ``refused`` stands over what refuses it."""
    click.echo(f"Beside release {found.release}, which is live, as of {_when(app, found.at)}.")
    if found.empty:
        click.echo("Nothing would change." if not refusals else "")
    _differences(found, most)
    if found.lanes:
        click.echo()
        click.echo(_summary(found))
    kind = ""
    from laneflow.proofs.plan import KINDS

    for group in found.groups:
        if group.kind != kind:
            kind = group.kind
            show.title(KINDS[kind])
        _group(app, group)
    if refusals:
        show.title(refused)
        for refusal in refusals:
            click.echo(f"  {refusal}")


def _summary(found: Plan) -> str:
    lanes = ", ".join(found.lanes)
    if not found.touched:
        return f"None of the {found.looked_at} open cases in {lanes} would be changed by it."
    return (
        f"{found.touched} of the {found.looked_at} open cases in {lanes} would be changed by it, "
        f"{found.escalated} of them escalated and {found.contacted} contacted at once."
    )


def _differences(found: Plan, most: int) -> None:
    if not found.differences:
        return
    show.title("What changes")
    for difference in found.differences[:most]:
        click.echo(f"  {difference}")
    if len(found.differences) > most:
        click.echo(f"  and {len(found.differences) - most} more; --json has all of them.")


def _group(app: App, group: Group) -> None:
    many = "1 case" if group.cases == 1 else f"{group.cases} cases"
    click.echo(f"  {group.lane}, {many}: {group.what}")
    for effect in group.examples:
        click.echo(f"      case {effect.case}{_dates(app, effect)}{_at(effect.case)}")
    if len(group.examples) < group.cases:
        click.echo(f"      and {group.cases - len(group.examples)} more")


def _at(case: str) -> str:
    """Where its page is, behind the rest of its line."""
    from laneflow.work.links import case_link

    return f"  {address}" if (address := case_link(case)) else ""


def _dates(app: App, effect: Effect) -> str:
    """From when to when, where the effect is about a date."""
    was, will = (_when(app, v) if isinstance(v, int) else "" for v in (effect.before, effect.after))
    if was and will:
        return f": {was} -> {will}"
    return f": {was or will}" if was or will else ""


def _when(app: App, at: int) -> str:
    from laneflow.practice.words import spoken

    return spoken(at, app.loaded.practice.time_zone)


_SIDES = ("before", "after")


class Stream:
    """The plan as JSON, each effect written as it is found: nothing grows with their number."""

    def __init__(self, zone: str) -> None:
        self._before = '{"effects": ['
        self._zone = zone

    def effect(self, effect: Effect) -> None:
        """Write one effect."""
        import msgspec

        from laneflow.practice.words import iso
        from laneflow.work.links import case_link

        row = msgspec.structs.asdict(effect) | {"url": case_link(effect.case)}
        dated = {key: iso(row[key], self._zone) for key in _SIDES if isinstance(row[key], int)}
        written = {key: value for key, value in (row | dated).items() if value not in (None, "")}
        click.echo(self._before + "\n" + msgspec.json.encode(written).decode(), nl=False)
        self._before = ","

    def end(self, found: Plan, refusals: Iterable[Problem]) -> None:
        """Write what is left: the differences, the counts, the refusals."""
        import msgspec

        rest = msgspec.json.encode(summary(found, refusals, self._zone)).decode()
        opening = self._before if self._before != "," else ""
        click.echo(f"{opening}\n],\n{rest[1:]}")


def summary(found: Plan, refusals: Iterable[Problem], zone: str) -> dict[str, Any]:
    """A plan's counts as a program wants them; instants as ISO with the practice's offset."""
    from laneflow.practice.words import iso

    return {
        "at": iso(found.at, zone),
        "release": found.release,
        "lanes": list(found.lanes),
        "open_cases": found.looked_at,
        "changed": found.touched,
        "escalated_at_once": found.escalated,
        "contacted_at_once": found.contacted,
        "groups": [
            {"lane": g.lane, "kind": g.kind, "what": g.what, "cases": g.cases} for g in found.groups
        ],
        "differences": [
            {"file": d.file, "line": d.line, "path": d.path, "before": d.before, "after": d.after}
            for d in found.differences
        ],
        "refusals": [str(refusal) for refusal in refusals],
    }


@contextmanager
def steps(app: App) -> Iterator[tuple[Callable[[str], object], Callable[[int], object]]]:
    """What is being done and how far it is, on a terminal's standard error."""
    total = len(app.store.followed(sorted(app.loaded.lanes)))
    terminal = sys.stderr.isatty()

    def say(step: str) -> None:
        if terminal:
            click.echo(f"{step} …", err=True)

    with show.progress("Looking at open cases", total) as advance:
        yield say, advance


def agreed(
    app: App,
    found: Plan,
    standing: Sequence[Problem],
    *,
    dry_run: bool,
    yes: bool,
    json_: bool,
) -> bool:
    """Show the plan; whether to go on: nothing refuses it and, on a terminal, a person says yes.

    Where refusals stand they have been shown; the caller ends with exit code 1.
    """
    if json_ and (dry_run or standing):
        show.json(summary(found, standing, app.loaded.practice.time_zone))
    elif not json_:
        refused = "Publishing would be refused" if dry_run else "Refused: nothing has changed"
        tell(app, found, standing, refused=refused)
        if not standing:
            click.echo()
    if dry_run or standing:
        return False
    if yes:
        return True
    if not sys.stdin.isatty():
        raise click.UsageError("Nobody is there to be asked: say --yes.")
    return click.confirm("Make this live?")


def done(number: int, json_: bool, words: str) -> None:
    """Say what is live now."""
    if json_:
        show.json({"release": number})
    else:
        click.echo(words)
