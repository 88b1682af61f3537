"""Changes of who is here: a day called off, leave, hours, the most tasks, somebody who left.

Each is an edit of practice.yaml, as small as it can be: of the text that is live, which goes live
at once as a release of its own, and of the folder's file, whose other unpublished edits stay as
they are. So cover is worked out from this moment on, and nothing has to be remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from laneflow.errors import LaneflowError, Problem
from laneflow.lanes.edit import value_at, with_value
from laneflow.lanes.load import PRACTICE_FILE, load_lane, scripts_named
from laneflow.lanes.schema import check_shape
from laneflow.lanes.yaml import Path, read
from laneflow.practice.load import compile_practice
from laneflow.practice.model import Person
from laneflow.practice.week import parse_week
from laneflow.work import drafts, publishing, versions
from laneflow.work.planning import Edited

if TYPE_CHECKING:
    from laneflow.work.app import App

ORDER = ("name", "roles", "works", "lunch", "leave", "call_off", "languages", "most_open_tasks",
         "active", "notify")  # fmt: skip
"""The keys of a person in the order in which they are written."""

TRIES = 5
"""How often a change is made anew where somebody else publishes or saves in between."""

Meant = Callable[[Any], Any]
"""What an entry says -> what it is to say; None: nothing."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one person. ``why`` tells it in a sentence; ``at`` is its entry's path."""

    person: str
    at: Path
    meant: Meant
    why: str

    def edit(self, text: str) -> str:
        """The text of a practice.yaml with the change in it; LaneflowError where it cannot be."""
        path: Path = ("people", self.person, *self.at)
        if value_at(text, PRACTICE_FILE, path[:2]) is None:
            what = f'there is no "{self.person}" under people'
            raise LaneflowError(Problem(PRACTICE_FILE, 0, 0, what))
        now = value_at(text, PRACTICE_FILE, path)
        return with_value(text, PRACTICE_FILE, path, self.meant(now), ORDER)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a change: its release's number, and why the folder's file lacks it, or ""."""

    release: int
    left_out: str = ""


# what may be changed -----------------------------------------------------------------------------


def call_off(person: Person, day: date) -> Change:
    """They do not come on ``day``."""
    text = day.isoformat()
    return Change(person.id, ("call_off",), _with(text), f"{person.name} called off {text}")


def come_after_all(person: Person, day: date) -> Change:
    """They do come on ``day``, which was called off."""
    text = day.isoformat()
    why = f"{person.name} comes on {text} after all"
    return Change(person.id, ("call_off",), _without(text), why)


def leave(person: Person, first: date, last: date) -> Change:
    """They are away from ``first`` to ``last``, both included. LaneflowError: backwards."""
    if last < first:
        what, hint = "the last day is before the first", "Swap them."
        raise LaneflowError(Problem("people", 0, 0, what, hint, path="last"))
    span = {"from": first.isoformat(), "to": last.isoformat()}
    why = f"{person.name} is on leave {_days(first, last)}"
    return Change(person.id, ("leave",), _with(span), why)


def no_leave(person: Person, first: date, last: date) -> Change:
    """That leave is off."""
    span = {"from": first.isoformat(), "to": last.isoformat()}
    why = f"{person.name} is not on leave {_days(first, last)}"
    return Change(person.id, ("leave",), _without(span), why)


def most_tasks(person: Person, most: int | None) -> Change:
    """From how many open tasks on their work goes to others first; None: never."""
    if most is not None and not 1 <= most <= 100_000:
        what, hint = "this is not from 1 to 100,000", "Leave it empty where there is no maximum."
        raise LaneflowError(Problem("people", 0, 0, what, hint, path="most"))
    said = "no maximum" if most is None else f"{most}"
    why = f"{person.name} has at most {said} open tasks" if most else f"{person.name}: {said}"
    return Change(person.id, ("most_open_tasks",), lambda _: most, why)


def hours(person: Person, location: str, week: str) -> Change:
    """When they work at a location, as ``Mo-Fr 08:00-17:00``; "" where they do not."""
    week = " ".join(week.split())
    if week and parse_week(week) is None:
        hint = "Write for example Mo-Fr 08:00-17:00, or Mo-Th 08:00-17:00; Fr 08:00-12:00."
        raise LaneflowError(
            Problem("people", 0, 0, "these hours cannot be read", hint, path="hours")
        )
    why = f"{person.name} works at {location}: {week or 'not any more'}"
    return Change(person.id, ("works", location), lambda _: week or None, why)


def active(person: Person, here: bool) -> Change:
    """Whether they work here; the cases of somebody who does not get another owner."""
    why = f"{person.name} works here again" if here else f"{person.name} no longer works here"
    return Change(person.id, ("active",), lambda _: None if here else False, why)


def _with(item: Any) -> Meant:
    def meant(now: Any) -> Any:
        items = list(now or [])
        return items if item in items else sorted([*items, item], key=_first)

    return meant


def _without(item: Any) -> Meant:
    return lambda now: [one for one in now or [] if one != item] or None


def _first(item: Any) -> str:
    return str(item["from"] if isinstance(item, dict) else item)


def _days(first: date, last: date) -> str:
    return f"on {first}" if first == last else f"from {first} to {last}"


# making it so ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proposed:
    """What would go live, and the number of the release it was made from."""

    edited: Edited
    release: int


def proposed(app: App, change: Change) -> Proposed:
    """What is live with the change in it, compiled; nothing is written.

    Raises LaneflowError with everything that keeps it from going live, or where it changes nothing.
    """
    app.follow()
    release = app.release  # first of all: what others publish from here on refuses ours
    content = drafts.live_text(app, PRACTICE_FILE)
    if content is None:
        what = "the text of practice.yaml that is live is not kept"
        raise LaneflowError(
            Problem(PRACTICE_FILE, 0, 0, what, "Publish it once with this laneflow.")
        )
    text, ends = _plain(content)
    after = change.edit(text)
    if after == text:
        raise LaneflowError(Problem("people", 0, 0, "that is so already"))
    return Proposed(_compiled(app, after.replace("\n", ends).encode()), release)


def make(app: App, change: Change, *, by: str) -> Done:
    """Make a change live at once, and write it into the folder's file. Raises as ``proposed``."""
    for _ in range(TRIES):
        mine = proposed(app, change)
        release = publishing.publish_people(
            app, mine.edited, by=by, why=change.why, after=mine.release
        )
        if release is not None:
            left_out = _into_the_folder(app, change)
            app.look()
            return Done(release, left_out)
    what, hint = "others publish at this very moment", "Try again."
    raise LaneflowError(Problem("publish", 0, 0, what, hint))


def _compiled(app: App, practice: bytes) -> Edited:
    parts = app.store.live()
    kept = {name: hash_ for name, hash_ in parts.items() if name[0] in _TEXTS}
    texts = app.store.contents(kept) | {(versions.FILE, PRACTICE_FILE): practice}
    scripts = scripts_named(name for kind, name in parts if kind == versions.SCRIPT)
    document = read(practice, PRACTICE_FILE)
    if problems := check_shape(document, "practice"):
        raise LaneflowError(problems)
    compiled, problems = compile_practice(document, scripts)
    _refuse(problems)
    lanes = dict(app.loaded.lanes)
    for id_ in lanes:
        content = texts.get((versions.FILE, f"lanes/{id_}.yaml"))
        if content is not None:
            lane, problems = load_lane(
                content, f"lanes/{id_}.yaml", compiled, lanes=frozenset(lanes), scripts=scripts
            )
            _refuse(problems)
            assert lane is not None  # what has no error is compiled
            lanes[id_] = lane
    loaded = replace(app.loaded, practice=compiled, lanes=lanes)
    return Edited(loaded, versions.parts_of(loaded, texts))


_TEXTS = (versions.FILE, versions.SCRIPT)


def _refuse(problems: list[Problem]) -> None:
    if errors := [problem for problem in problems if problem.severity == "error"]:
        raise LaneflowError(errors)


def _into_the_folder(app: App, change: Change) -> str:
    """Edit the folder's file alike; why it could not be, or ""."""
    for left in reversed(range(TRIES)):
        try:
            draft = drafts.opened(app.folder, PRACTICE_FILE)
            edited = change.edit(draft.text)
            if edited != draft.text:
                drafts.save(app.folder, PRACTICE_FILE, edited, draft.digest)
            return ""
        except LaneflowError as error:
            if not left or error.problems[0].code != drafts.CHANGED:
                return str(error.problems[0])
    return ""


def _plain(content: bytes) -> tuple[str, str]:
    """A file's text, and how it ends its lines."""
    text = content.decode("utf-8-sig")
    return text.replace("\r\n", "\n"), "\r\n" if "\r\n" in text else "\n"
