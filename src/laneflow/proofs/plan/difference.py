"""What an edit means, line by line: ``windows.first_contact high: 2 business days -> 1``."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from laneflow.lanes.durations import in_words
from laneflow.lanes.model import AllOf, AnyOf, Atom, Due, Duration, Value, Where
from laneflow.lanes.words import condition, due
from laneflow.practice.model import LoadedPractice

UNSAID = frozenset({"where", "file", "hash", "id", "by_tier"})
"""Fields that are places or names of what they stand in, and lead on without a word."""

NAMES = ("id", "to", "on", "name", "outcome", "by", "role")
"""By which of its fields an entry of a list is told from the others, the first it has."""

NOTHING = "none"

_MOST = 120  # characters of a whole entry that came or went; the fields have all of it


class Difference(msgspec.Struct, frozen=True):
    """One thing that is not as it was. ``before`` or ``after`` is "" where it was not, or is gone.

    ``file`` and ``line`` are where the edited files say so; 0 where they no longer do.
    """

    file: str
    line: int
    path: str
    before: str
    after: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        if not self.before:
            return f"{place} {self.path}: new: {_short(self.after)}"
        if not self.after:
            return f"{place} {self.path}: no longer: {_short(self.before)}"
        return f"{place} {self.path}: {self.before} -> {self.after}"


def differences(before: LoadedPractice, after: LoadedPractice) -> list[Difference]:
    """What the edited practice means otherwise: practice.yaml, each lane by name, the scripts.

    What a lane has from practice.yaml is told once, there.
    """
    found = list(_of("practice.yaml", before.practice, after.practice))
    common = {(told.path, told.before, told.after) for told in found}
    for name in sorted(before.lanes.keys() | after.lanes.keys()):
        file = f"lanes/{name}.yaml"
        old, new = before.lanes.get(name), after.lanes.get(name)
        if old is None and new is not None:
            found.append(Difference(file, 1, "lane", "", new.title))
        elif new is None and old is not None:
            found.append(Difference(file, 0, "lane", old.title, ""))
        elif old is not None and new is not None and old.hash != new.hash:
            for told in _of(file, old, new):
                if told.file == file:
                    found.append(told)
                elif (told.path, told.before, told.after) not in common:
                    # The lane takes, or no longer takes, what practice.yaml still offers.
                    found.append(msgspec.structs.replace(told, file=file, line=0))
    return [*dict.fromkeys(found), *_scripts(before, after)]


def _scripts(before: LoadedPractice, after: LoadedPractice) -> Iterator[Difference]:
    old, new = before.scripts, after.scripts
    if old is None or new is None or old == new:
        return
    for name in sorted({*old, *new}):
        was, is_ = old.get(name), new.get(name)
        if was != is_:
            said = (
                f"{len(text.splitlines())} lines" if text is not None else "" for text in (was, is_)
            )
            yield Difference(f"scripts/{name}", 1 if is_ is not None else 0, "script", *said)


def _of(file: str, before: Value, after: Value) -> Iterator[Difference]:
    yield from _walk(before, after, "", Where(file, 1))


def _walk(before: Any, after: Any, path: str, where: Where) -> Iterator[Difference]:
    """Differences below one value; ``where`` is the nearest place known around it."""
    if before == after:
        return
    place = getattr(after, "where", None) or where
    if _leaf(before) or _leaf(after) or type(before) is not type(after):
        yield from _changed(before, after, path, place)
    elif isinstance(after, Value):
        for name in after.__struct_fields__:
            if name == "where" or name in ("hash", "file"):
                continue
            below = path if name in UNSAID else f"{path}.{name}".lstrip(".")
            yield from _walk(getattr(before, name), getattr(after, name), below, place)
    elif isinstance(after, Mapping):
        yield from _named(before, after, path, place)
    else:
        yield from _listed(before, after, path, place)


def _leaf(value: Any) -> bool:
    """Whether a value is said in one piece."""
    if isinstance(value, Duration | Due | AllOf | AnyOf | Atom):
        return True
    if isinstance(value, tuple):
        return not any(isinstance(part, Value) for part in value)
    return not isinstance(value, Value | Mapping)


def _changed(before: Any, after: Any, path: str, where: Where) -> Iterator[Difference]:
    """One thing said otherwise; what differs only in its place is no difference."""
    old, new = say(before), say(after)
    if old != new:
        yield Difference(where.file, where.line, path, old or NOTHING, new or NOTHING)


def _named(
    before: Mapping[str, Any], after: Mapping[str, Any], path: str, where: Where
) -> Iterator[Difference]:
    renamed = _renamed(before, after)
    gone = [name for name in before if name not in after and name not in renamed.values()]
    for name in [*after, *gone]:
        # A tier stands beside its window: "windows.first_contact high".
        below = f"{path} {name}" if isinstance(after.get(name), Duration) else f"{path}.{name}"
        if name in renamed:
            yield from _walk(before[renamed[name]], after[name], below, where)
        elif name not in before:
            place = getattr(after[name], "where", None) or where
            yield Difference(place.file, place.line, below, "", brief(after[name]))
        elif name not in after:
            place = getattr(before[name], "where", None) or where
            yield Difference(place.file, 0, below, brief(before[name]), "")
        else:
            yield from _walk(before[name], after[name], below, where)


def _renamed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """New name -> old, where ``was`` says so on either side: a way back reads it backwards."""
    found: dict[str, str] = {}
    gone = [name for name in before if name not in after]
    for new in (name for name in after if name not in before):
        for old in gone:
            if old in _former(after[new]) or new in _former(before[old]):
                found[new] = old
                gone.remove(old)
                break
    return found


def _former(entry: Any) -> tuple[str, ...]:
    """What a status was called before."""
    was: tuple[str, ...] = getattr(entry, "was", ())
    return was


def _short(text: str) -> str:
    return text if len(text) <= _MOST else f"{text[: _MOST - 1]}…"


def _listed(
    before: Sequence[Any], after: Sequence[Any], path: str, where: Where
) -> Iterator[Difference]:
    """A list of entries: those with the same name are the same one, in order."""
    old, new = [_name(e) for e in before], [_name(e) for e in after]
    steps = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for step, i, i_end, j, j_end in steps:
        if step == "equal":
            for was, is_ in zip(before[i:i_end], after[j:j_end], strict=True):
                below = f"{path}.{_name(is_)}" if _name(is_) else path
                yield from _walk(was, is_, below, where)
            continue
        for entry in before[i:i_end]:
            place = getattr(entry, "where", None) or where
            yield Difference(place.file, 0, path, brief(entry), "")
        for entry in after[j:j_end]:
            place = getattr(entry, "where", None) or where
            yield Difference(place.file, place.line, path, "", brief(entry))


def _name(entry: Any) -> str:
    named = (getattr(entry, name, None) for name in NAMES)
    return next((value for value in named if isinstance(value, str) and value), "")


def say(value: Any) -> str:
    """A value in the words of the lane language."""
    if isinstance(value, Duration):
        return "same day" if value.unit == "same day" else in_words(value)
    if isinstance(value, Due):
        return due(value)
    if isinstance(value, AllOf | AnyOf):
        return condition(value) or "always"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(say, value))
    return "" if value is None else str(value)


def brief(value: Any) -> str:
    """A whole entry in one line: what it says, without what it leaves to its defaults."""
    if _leaf(value):
        return say(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {brief(part)}" for name, part in value.items())
    if not isinstance(value, Value):
        return ", ".join(map(brief, value))
    said = []
    for name, usual in zip(value.__struct_fields__, _defaults(value), strict=True):
        part = getattr(value, name)
        if name not in ("where", "hash", "file") and part != usual:
            said.append(f"{name} {brief(part)}".removeprefix("id "))
    return ", ".join(said)


def _defaults(value: Value) -> tuple[Any, ...]:
    """The default of each field; a marker that equals nothing where there is none."""
    usual = value.__struct_defaults__
    none = (object(),) * (len(value.__struct_fields__) - len(usual))
    return (*none, *usual)
