"""Owns ``laneflow why-not``: why a rule has not acted, which test failed, when it would act."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from laneflow.cli.common import show
from laneflow.cli.common.session import Session

if TYPE_CHECKING:
    from laneflow.metrics.why.then import Then
    from laneflow.work.app import App

COLUMNS = {
    "rule": "Rule",
    "state": "Now",
    "because": "Because",
    "next": "If nothing else happens",
    "place": "Written at",
}


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The rules of the case's lane that begin so; nothing where there is no practice or case."""
    from laneflow.engine.explain.naming import words_for

    session: Session | None = ctx.find_object(Session)
    if session is None:
        above = ctx.find_root().params
        session = Session(above["practice"], above["database"])
    try:
        found = session.case(ctx.params["case"])
        words = words_for(session.app.live.lanes[found.lane], found)
    except Exception:  # noqa: BLE001 - completion is silent: the command itself says what is wrong
        return []
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


@click.command("why-not")
@click.argument("case")
@click.argument("rule", required=False, shell_complete=_complete)
@click.option("--at", metavar="INSTANT", help="As it was at this instant; default now.")
@click.option("--full", is_flag=True, help="Every rule behind a name, however many there are.")
@show.as_json
@click.pass_obj
def command(
    session: Session, case: str, rule: str | None, at: str | None, full: bool, json_: bool
) -> None:
    """Explain why RULE has not acted in CASE: each test with its value, and when it would act.

    RULE is a name as the lane's file gives it (moves[2], closes[0], escalations.worse or just
    worse, a status, a tier, a checklist item), or FILE:LINE. Without RULE, all of them are listed.
    """
    from laneflow.metrics.why.then import case_then

    found = session.case(case)
    then = case_then(session.app, found.id, session.instant(at, "--at", end=True))
    if rule is None:
        _list(then, json_)
    else:
        _explain(session.app, then, rule, full, json_)
    if not json_:
        for unknown in then.unknown:
            click.echo(unknown, err=True)


def _list(then: Then, json_: bool) -> None:
    from laneflow.engine.explain.rules import explain_all
    from laneflow.metrics.why.telling import summary
    from laneflow.practice import words

    found = explain_all(then.live, then.case, then.file, then.at, then.trigger)
    if json_:
        show.json(found)
        return
    zone = words.zone_of(then.live.practice, then.case.location)
    show.table([summary(one, zone) for one in found], COLUMNS, "The lane has no rules.")


def _explain(app: App, then: Then, rule: str, full: bool, json_: bool) -> None:
    from laneflow.metrics.why.origins import Origins
    from laneflow.metrics.why.rule import why_not
    from laneflow.metrics.why.telling import tell, tell_judged
    from laneflow.practice import words

    found = why_not(app, then, rule)
    if json_:
        show.json(found)
        return
    practice, lane = then.live.practice, then.live.lanes[then.case.lane].lane
    zone = words.zone_of(practice, then.case.location)
    came = Origins(then.live.loaded, lane, then.steps, zone)
    for line in tell(found.now, zone, came, full=full):
        click.echo(line)
    if found.last is not None:
        click.echo(f"\nWhen {found.last.on} last came, {words.spoken(found.last.at, zone)}:")
        for line in tell_judged(found.last, zone):
            click.echo(line)
