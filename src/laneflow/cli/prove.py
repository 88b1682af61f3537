"""Owns ``laneflow prove``: that no case can be silent, and the longest it can wait unseen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from laneflow.cli.common import given, show
from laneflow.cli.common.session import Session
from laneflow.errors import LaneflowError

if TYPE_CHECKING:
    from laneflow.errors import Problem
    from laneflow.practice.model import LoadedPractice, Practice
    from laneflow.proofs.prove import Failure, LaneProof, Silence

_OBLIGATIONS = {
    "a": "every date comes",
    "b": "moves come to an end",
    "c": "somebody is there to be called",
    "d": "owner and backup are two people",
}


@click.command()
@click.argument("lanes", nargs=-1, metavar="[LANE…]")
@click.option("--from", "start", metavar="DATE", help="The first day looked at.  [default: today]")
@click.option(
    "--days",
    type=click.IntRange(1, 3_660),
    default=366,
    show_default=True,
    help="How many days are looked at: openings, holidays, closures and leave.",
)
@show.as_json
@click.pass_obj
def command(
    session: Session, lanes: tuple[str, ...], start: str | None, days: int, json_: bool
) -> int:
    """Prove that no case can be forgotten, and say how long one can wait with nobody called.

    Without LANE every lane is proven; with one, each kind of wait is told. No database is needed.
    """
    from laneflow.proofs.prove import prove

    loaded, broken = _loaded(session, lanes)
    for lane in lanes:
        given.one_of(lane, [*loaded.lanes], "LANE", "lane")
    begin = _begin(loaded.practice, start)
    with show.progress("Proving", len(lanes) or len(loaded.lanes)) as advance:
        proofs = prove(
            loaded, begin, days=days, lanes=lanes or None, progress=lambda lane: advance(1)
        )
    if json_:
        show.json([_row(proof) for proof in proofs])
    else:
        _told(proofs, loaded.practice, detailed=bool(lanes))
    for problem in broken:
        click.echo(f"Not looked at: {problem}", err=True)
    return 0 if not broken and all(proof.holds for proof in proofs) else 1


def _loaded(session: Session, asked: Sequence[str]) -> tuple[LoadedPractice, list[Problem]]:
    """What can be proven, and the errors that keep other lanes from it.

    Raises LaneflowError where nothing that was asked for could be read.
    """
    loaded, problems = session.load()
    errors = [problem for problem in problems if problem.severity == "error"]
    files = {f"lanes/{lane}.yaml" for lane in asked}
    mine = [p for p in errors if not asked or p.file in files]
    if loaded is None or not loaded.lanes:
        raise LaneflowError(errors)
    if asked and mine:
        raise LaneflowError(mine)
    return loaded, mine


def _begin(practice: Practice, text: str | None) -> int:
    from laneflow.practice.zones import zone
    from laneflow.work.clock import Clock

    if text is not None:
        return given.instant(text, practice.time_zone, "--from")
    here = zone(practice.time_zone)
    now = Clock().now()
    return given.instant(here.date(now).isoformat(), practice.time_zone, "--from")


# for people -------------------------------------------------------------------------------------


def _told(proofs: Sequence[LaneProof], practice: Practice, *, detailed: bool) -> None:
    from laneflow.proofs.prove.words import because, how_long

    rows: list[dict[str, str]] = []
    for proof in proofs:
        for tier, worst in proof.worst.items():
            row = {
                "lane": proof.lane,
                "most": how_long(worst.lasts),
                "task": how_long(proof.kinds[tier]["task"].lasts),
                "why": because(worst, practice),
            }
            if rows and {**rows[-1], "tier": ""} == {**row, "tier": ""}:
                rows[-1]["tier"] += f", {tier}"  # what holds for several tiers is said once
            else:
                rows.append({**row, "tier": tier})
    columns = {
        "lane": "Lane",
        "tier": "Tier",
        "most": "Nobody called for",
        "task": "A missed task",
        "why": "Longest because",
    }
    show.table(rows, columns, "There is nothing to measure.")
    if detailed:
        _each_kind(proofs, practice)
    _asleep(proofs, practice)
    _failed(proofs)
    proven = sum(proof.holds for proof in proofs)
    click.echo()
    if proven == len(proofs):
        lanes = "lane: its cases" if proven == 1 else "lanes: no case of theirs"
        end = "cannot be forgotten." if proven == 1 else "can be forgotten."
        click.echo(f"Proven for {proven} {lanes} {end}")
    else:
        click.echo(f"{len(proofs) - proven} of {len(proofs)} lanes could not be proven.", err=True)


def _each_kind(proofs: Iterable[LaneProof], practice: Practice) -> None:
    from laneflow.proofs.prove.words import KINDS, because, how_long

    for proof in proofs:
        for tier, kinds in proof.kinds.items():
            show.title(f"{proof.lane}, {tier}")
            for kind, silence in kinds.items():
                click.echo(f"  {how_long(silence.lasts):<20} {KINDS[kind]}")
                click.echo(f"  {'':<20} {because(silence, practice)}")


def _asleep(proofs: Sequence[LaneProof], practice: Practice) -> None:
    """Planned sleep, apart: nobody is called while a case sleeps, but its end is known."""
    from laneflow.proofs.prove.words import how_long

    written = [f"{proof.lane} {sleep.where} sleeps {sleep.how}" for proof in proofs
               for sleep in proof.sleeps]  # fmt: skip
    longest: dict[str, Silence] = {}
    for kinds in (kinds for proof in proofs for kinds in proof.kinds.values()):
        for kind in ("promise", "snooze"):
            if kind not in longest or kinds[kind].lasts > longest[kind].lasts:
                longest[kind] = kinds[kind]
    if not written and not longest:
        return
    show.title("Planned sleep, on top of this")
    for line in written:
        click.echo(f"  {line}")
    for kind, what in (("promise", "a promised date"), ("snooze", "a task put off")):
        if kind in longest:
            held = longest[kind]
            click.echo(f"  {what}: {held.what}, then called within {how_long(held.lasts)} in all")


def _failed(proofs: Iterable[LaneProof]) -> None:
    """Each failure once, with the lanes it concerns and its story."""
    lanes: dict[tuple[str, str], list[str]] = {}
    first: dict[tuple[str, str], Failure] = {}
    for proof in proofs:
        for failure in proof.failures:
            key = failure.code, failure.what
            lanes.setdefault(key, []).append(proof.lane)
            first.setdefault(key, failure)
    for key, failure in first.items():
        show.title(f"Not proven: {', '.join(dict.fromkeys(lanes[key]))}")
        where = failure.where
        place = f"{where.file}:{where.line}: " if where and where.line else ""
        click.echo(f"  {place}{failure.what}. {failure.hint}")
        click.echo(f"  ({failure.obligation}) {_OBLIGATIONS[failure.obligation]}: not so here.")
        for line in failure.story:
            click.echo(f"    {show.when(line.at)}  {line.what}")
        if failure.outcome:
            click.echo(f"    {failure.outcome}")


# for programs -----------------------------------------------------------------------------------


def _row(proof: LaneProof) -> dict[str, Any]:
    return {
        "lane": proof.lane,
        "holds": proof.holds,
        "worst": {tier: _silence(held) for tier, held in proof.worst.items()},
        "kinds": {
            tier: {kind: _silence(held) for kind, held in kinds.items()}
            for tier, kinds in proof.kinds.items()
        },
        "sleeps": proof.sleeps,
        "failures": proof.failures,
    }


def _silence(held: Silence) -> dict[str, Any]:
    from laneflow.proofs.prove.words import iso

    return {
        "kind": held.kind,
        "minutes": -(-held.lasts // 60_000),
        "since": iso(held, held.since),
        "due": iso(held, held.due),
        "called": iso(held, held.called),
        "location": held.location,
        "where": held.where,
        "what": held.what,
    }
