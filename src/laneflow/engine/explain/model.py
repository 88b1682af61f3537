"""What an explanation is made of: tests with their values, what stands in the way, what comes next.

Plain values, ready for JSON; instants are milliseconds. ``metrics.why.telling`` says them in words.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from laneflow.engine.state import Instant

State = Literal["in force", "acts", "ready", "held back", "no", "over"]
"""How a rule stands.

``in force``: it has acted, and what it says is so now. ``acts``: the next decision makes it act.
``ready``: its tests hold; it waits for an event or a person. ``held back``: its tests hold, and
something else stands before it. ``no``: a test fails. ``over``: nothing can make it act any more.
"""


class Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    """One test: what was wanted, what was seen, whether it holds, and when that will change.

    ``turns``: the instant at which time alone will change its answer, None where it never does.
    ``turned_by``: what else could, in words.
    """

    fact: str
    op: str
    wanted: Any
    value: Any
    holds: bool
    in_last: str = ""
    turns: Instant | None = None
    turned_by: tuple[str, ...] = ()
    file: str = ""
    line: int = 0


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """A condition as it was written: a test, or several of which all, or any, must hold."""

    kind: Literal["test", "all", "any"]
    holds: bool
    test: Asked | None = None
    parts: tuple[Part, ...] = ()


class Note(msgspec.Struct, frozen=True, omit_defaults=True):
    """One plain clause; ``{at}`` in ``says`` stands for the instant ``at``.

    ``kind`` tells programs which it is: closed, status, event, person, earlier, same status,
    asked, in force, open, …
    """

    kind: str
    says: str
    at: Instant | None = None


class Explained(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Why a rule acts, or does not, in one case at one instant.

    ``holds``: its tests hold. ``next``: the first instant at which it acts if nothing happens but
    time; for a rule that waits for an event or a person, at which its tests hold. ``looked``: how
    far ahead that was looked for. ``ends``: when time ends what is in force. ``rules``: the rules
    behind a question about several of them.
    """

    name: str
    kind: str
    case: str
    lane: str
    at: Instant
    does: str
    state: State
    holds: bool
    file: str = ""
    line: int = 0
    on: str = ""
    condition: Part | None = None
    hindrances: tuple[Note, ...] = ()
    facts: tuple[Note, ...] = ()
    next: Instant | None = None
    looked: Instant | None = None
    ends: Instant | None = None
    rules: tuple[Explained, ...] = ()
