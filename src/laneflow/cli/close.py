"""Owns ``laneflow close``: a case closed by hand, with its reason, or a close confirmed."""

from __future__ import annotations

import click

from laneflow.cli.common.doing import by_whom, do
from laneflow.cli.common.session import Session
from laneflow.errors import LaneflowError, Problem

OUTCOMES = ("completed", "unsuccessful", "cancelled")


@click.command()
@click.argument("case")
@click.option("--as", "outcome", type=click.Choice(OUTCOMES), help="How it ends.")
@click.option("--confirm", type=click.Choice(["yes", "no"]), help="Answer the lane's own question.")
@click.option("--reason", help="Why.")
@by_whom
@click.pass_obj
def command(
    session: Session,
    case: str,
    outcome: str | None,
    confirm: str | None,
    reason: str | None,
    by: str,
    json_: bool,
) -> None:
    """Close CASE with a reason, or say yes or no where its lane asks whether to close it."""
    if (outcome is None) == (confirm is None):
        raise click.UsageError("Say either --as, how it ends, or --confirm, to answer the lane.")
    if outcome is not None:
        do(session, by, "close", case, {"outcome": outcome, "reason": reason}, json_)
        return
    index = _asked(session, case)
    data = {"close": index, "yes": confirm == "yes", "reason": reason}
    do(session, by, "confirm", case, data, json_)


def _asked(session: Session, case: str) -> int:
    """Which of the lane's closes waits for an answer: the first one that asks."""
    found = session.case(case)
    asking = [key for key in found.side if key.startswith("confirm:")]
    if not asking:
        hint = "`laneflow close --as` closes a case by hand."
        raise LaneflowError(Problem("close", 0, 0, "this case does not ask to be closed", hint))
    return int(asking[0].removeprefix("confirm:"))
