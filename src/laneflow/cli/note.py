"""Owns ``laneflow note``: a contact documented, from options or by being asked field by field."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from laneflow.cli.common.doing import by_whom, do
from laneflow.cli.common.session import Session

OUTCOMES = (
    "reached", "left message", "no answer", "wrong number", "busy", "refused",
    "not a good time", "reached partner",
)  # fmt: skip
UNDERSTANDING = ("understood", "partly", "not understood")
CHANNELS = ("phone", "sms", "portal", "letter", "fax", "in person")


@click.command()
@click.argument("cases", nargs=-1, required=True, metavar="CASE…")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="What came of it.")
@click.option("--channel", type=click.Choice(CHANNELS), help="How.  [default: the task's channel]")
@click.option(
    "--with", "with_whom", metavar="WHOM", help="patient, caregiver, or a partner office."
)
@click.option("--barrier", help="What stands in the way, such as transportation.")
@click.option("--resolved", "barriers_resolved", multiple=True, metavar="BARRIER",
              help="A barrier that is out of the way; again for more.")  # fmt: skip
@click.option("--understanding", type=click.Choice(UNDERSTANDING), help="From the teach-back.")
@click.option("--told", metavar="TEXT", help="What the patient was told.")
@click.option("--next", "next_action", metavar="TEXT", help="The next promised action.")
@click.option("--by-whom", metavar="WHOM", help="Who does it.")
@click.option("--by-when", metavar="INSTANT", help="By when.")
@click.option("--escalate", is_flag=True, help="Ask for help, on the usual ladder.")
@click.option("--ladder", metavar="LADDER", help="Ask for help on this ladder.")
@click.option("--event", "events", multiple=True, metavar="TYPE",
              help="What came up, such as symptoms.worsened; again for more.")  # fmt: skip
@click.option(
    "--next-step-unclear", is_flag=True, help="They called since the next step was unclear."
)
@click.option("--task", metavar="KEY", help="The side task it was about.  [default: the main one]")
@click.option("--time", metavar="INSTANT", help="When the contact happened.  [default: now]")
@by_whom
@click.pass_obj
def command(
    session: Session, /, cases: tuple[str, ...], by: str, json_: bool, **fields: Any
) -> None:
    """Document a contact about CASE; several cases of one patient share one contact.

    On a terminal, leave out --outcome to be asked for each field.
    """
    given = dict(fields)
    if given["outcome"] is None:
        if not sys.stdin.isatty():
            raise click.UsageError("--outcome says what came of it; it is missing.")
        _ask(session, cases[0], given)
    do(session, by, "note", [session.case(case).id for case in cases], _data(session, given), json_)


def _data(session: Session, given: dict[str, Any]) -> dict[str, Any]:
    """The fields of the act: instants read, empty ones left out."""
    given["escalate"] = given.pop("ladder") or given["escalate"]
    for field in ("by_when", "time"):
        if given[field]:
            option = f"--{field.replace('_', '-')}"
            given[field] = session.instant(given[field], option, end=field == "by_when")
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in given.items()
        if value not in (None, "", (), False)
    }


def _ask(session: Session, case: str, given: dict[str, Any]) -> None:
    """Ask for each field in the order a contact goes; Enter leaves one out."""
    from laneflow.metrics.case.view import choices

    known = choices(session.app.loaded, session.case(case))
    questions: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        ("outcome", "What came of it", OUTCOMES),
        ("channel", "How", CHANNELS),
        ("with_whom", "With whom", ()),
        ("understanding", "What they understood", UNDERSTANDING),
        ("told", "What they were told", ()),
        ("barrier", "Barrier", known["barriers"]),
        ("events", "Came up", known["buttons"]),
        ("next_action", "Next promised action", ()),
        ("by_whom", "By whom", ()),
        ("by_when", "By when (2026-09-08 or 2026-09-08T17:00)", ()),
    )
    for field, question, words in questions:
        if not given[field] and (words or field not in ("barrier", "events")):
            answer = _answer(question, words, must=field == "outcome")
            given[field] = (answer,) if field == "events" and answer else answer
    given["escalate"] = given["escalate"] or click.confirm("Ask for help?", default=False)


def _answer(question: str, words: tuple[str, ...], *, must: bool) -> str:
    if words:
        click.echo(f"  {', '.join(words)}")
    check: Callable[[str], str] | None = _among(words, must) if words else None
    answer: str = click.prompt(
        question, default=None if must else "", show_default=False, value_proc=check
    )
    return answer


def _among(words: tuple[str, ...], must: bool) -> Callable[[str], str]:
    """Accept one of ``words`` or its beginning, and nothing at all where it need not be said."""

    def check(answer: str) -> str:
        fitting = [word for word in words if word == answer] or [
            word for word in words if answer and word.startswith(answer.lower())
        ]
        if len(fitting) == 1:
            return fitting[0]
        if not answer and not must:
            return ""
        raise click.UsageError(f"one of: {', '.join(words)}")

    return check
