"""A lane as a picture's parts: its statuses, what leads from one to another, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from laneflow.lanes.circles import branches
from laneflow.lanes.model import ALWAYS, Close, Condition, Lane, Status
from laneflow.lanes.sense import could_hold_in
from laneflow.lanes.words import happens, plain

START, ANY = "start", "any"

Shape = Literal["start", "status", "any", "end"]


@dataclass(frozen=True, slots=True)
class Node:
    """One box: ``id`` is unique in its diagram, ``lines`` are its words, the first its name."""

    id: str
    shape: Shape
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arrow:
    """One way from ``start`` to ``end`` (node ids); ``labels`` are the rules that lead there."""

    start: str
    end: str
    labels: tuple[str, ...]


@dataclass(slots=True)
class Diagram:
    """A lane's picture before anybody draws it, in the order of the lane's file."""

    title: str
    nodes: list[Node] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)

    def told(self, say: Callable[[str], str]) -> Diagram:
        """The same in the words of ``say``, but for what the lane itself calls things."""
        nodes = [
            Node(n.id, n.shape, (*n.lines[: _own(n)], *map(say, n.lines[_own(n) :])))
            for n in self.nodes
        ]
        arrows = [Arrow(a.start, a.end, tuple(map(say, a.labels))) for a in self.arrows]
        return Diagram(self.title, nodes, arrows)


def _own(node: Node) -> int:
    """How many of its lines are the lane's own words: a status's name is."""
    return 1 if node.shape == "status" else 0


def diagram(lane: Lane) -> Diagram:
    """The statuses of ``lane`` with its triggers, moves and closes.

    A rule of the whole lane is drawn from the statuses it can hold in; from one box, "any status",
    where those are all but the status it leads to.
    """
    ways: dict[tuple[str, str], list[str]] = {}
    for start, end, label in _ways(lane):
        found = ways.setdefault((start, end), [])
        if label not in found:
            found.append(label)
    drawn = Diagram(lane.title)
    drawn.nodes.append(Node(START, "start", ("new case",)))
    drawn.nodes += [_status(status) for status in lane.statuses.values()]
    if any(start == ANY for start, _ in ways):
        drawn.nodes.append(Node(ANY, "any", ("any status",)))
    ends = dict.fromkeys(close.outcome for close in lane.closes)
    drawn.nodes += [Node(_end(outcome), "end", (outcome,)) for outcome in ends]
    drawn.arrows = [Arrow(*way, tuple(labels)) for way, labels in ways.items()]
    return drawn


def mermaid(drawn: Diagram) -> str:
    """The diagram as a Mermaid flowchart, as Markdown pages and wikis show it."""
    lines = ["flowchart TD"]
    lines += [f"    {_name(node.id)}{_box(node)}" for node in drawn.nodes]
    for arrow in drawn.arrows:
        label = "<br>".join(_quoted(text) for text in arrow.labels)
        words = f'|"{label}"|' if label else ""
        lines.append(f"    {_name(arrow.start)} -->{words} {_name(arrow.end)}")
    return "\n".join(lines) + "\n"


def _ways(lane: Lane) -> Iterator[tuple[str, str, str]]:
    """(from, to, why) of every way a case can go."""
    for opening in lane.opens:
        yield START, _of(lane.first_status), happens(opening.on, opening.when)
    for status in lane.statuses.values():
        here = _of(status.id)
        for move in status.moves:
            yield here, _of(move.to), happens(move.on, move.when)
        if status.task.after_last:
            yield here, _of(status.task.after_last), "after the last attempt"
    for move in lane.moves:
        rest = [s for s in lane.statuses.values() if s.id != move.to or move.again]
        for start in _from(rest, move.when):
            yield start, _of(move.to), happens(move.on, _elsewhere(move.when, start))
    for close in lane.closes:
        for start in _from(lane.statuses.values(), close.when):
            yield start, _end(close.outcome), _closing(close, start)


def _from(statuses: Iterable[Status], when: Condition) -> list[str]:
    """The boxes a rule of the whole lane starts from."""
    found = list(statuses)
    fitting = [status for status in found if could_hold_in(when, status)]
    return [ANY] if len(fitting) == len(found) else [_of(status.id) for status in fitting]


def _elsewhere(when: Condition, start: str) -> Condition:
    """The condition without its tests of the status, which the arrow's start already tells."""
    told = {"status", "queue"}
    if start == ANY or len(branches(when)) != 1:
        return when
    parts = tuple(part for part in when.parts if getattr(part, "fact", "") not in told)
    return type(when)(parts) if parts else ALWAYS


def _closing(close: Close, start: str) -> str:
    said = happens(close.on, _elsewhere(close.when, start))
    by = f"by hand ({', '.join(close.by_hand)})" if close.by_hand else ""
    asked = f"if the {close.confirm} agrees" if close.confirm else ""
    return ", ".join(filter(None, (by, said, asked))) or "at once"


def _status(status: Status) -> Node:
    return Node(_of(status.id), "status", (plain(status.id), status.queue))


def _of(status: str) -> str:
    return f"status {status}"


def _end(outcome: str) -> str:
    return f"end {outcome}"


def _name(node: str) -> str:
    """A node's name in Mermaid, where ``end`` alone is a word of the language."""
    return "n_" + "".join(c if c.isascii() and c.isalnum() else "_" for c in node)


def _box(node: Node) -> str:
    words = "<br>".join(_quoted(line) for line in node.lines)
    left, right = {"start": ("([", "])"), "status": ("[", "]"), "any": ("{{", "}}"),
                   "end": ("([", "])")}[node.shape]  # fmt: skip
    return f'{left}"{words}"{right}'


def _quoted(text: str) -> str:
    """Text inside Mermaid's quotes: its own escapes for what would end them or be markup."""
    escapes = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;"}
    return "".join(escapes.get(character, character) for character in text)
