"""No clinical or visit detail reaches a voicemail or a text message, whatever the facts are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from laneflow.errors import Problem
from laneflow.outreach.lint.places import column_of
from laneflow.outreach.lint.taint import CIRCLE, Trees, flows
from laneflow.outreach.lint.values import Source

FOLDER = "scripts"
_HEARD = {"sms": ("", "a text message"), "phone": ("voicemail", "a voicemail")}
"""Channel -> the block anybody may hear or see ("" for all of it), and what people call it."""
_ONLY = "It may name the practice, its phone, the patient's first name and whom to ask for."


def leaks(
    name: str,
    channel: str,
    trees: Trees,
    source_of: Callable[[str], str],
    facts: Collection[str] = (),
) -> Iterator[Problem]:
    """Where the words of this script's voicemail or text message depend on a private fact.

    ``name``: the script under ``scripts/``; ``source_of``: a script's text by its name;
    ``facts``: first parts of the names of every fact there may be.
    """
    if channel not in _HEARD:
        return
    block, called = _HEARD[channel]
    found = flows(name, trees, block or None, facts)
    for source in sorted(_plainest(found)):
        yield Problem(
            f"{FOLDER}/{source.file}",
            source.line,
            column_of(source_of(source.file), source.line, source.fact),
            _what(source, called),
            _hint(source),
            code="private-detail",
        )


def _plainest(found: Collection[Source]) -> set[Source]:
    """Each place once: what is said outright hides that it also decides."""
    outright = {source[:3] for source in found if source.told}
    return {source for source in found if source.told or source[:3] not in outright}


def _what(source: Source, called: str) -> str:
    if source.fact == CIRCLE:
        return f"{called} is put together by a piece that leads back to itself"
    if source.told:
        return f'"{source.fact}" is said in {called}, which anybody may hear or see'
    return f'"{source.fact}" decides what {called} says, so its words give it away'


def _hint(source: Source) -> str:
    if source.fact == CIRCLE:
        return "Nobody can tell what it gives away. Write it without the circle."
    if source.told:
        return f"Leave it out. {_ONLY}"
    return "Say the same whatever it is."
