"""A lane's diagram as SVG: layers from the trigger down to the ends, every label in a place kept.

The layout is Sugiyama's (layers, fewest crossings, straight long ways), by the library grandalf. A
label takes part in it as a box of its own on its arrow, so that no two labels lie on each other.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any

from laneflow.lanes.diagram import Arrow, Diagram, Node

_LETTER, _LINE, _PAD = 6.6, 16.0, 10.0
_WRAP = {"label": 34, "box": 24}
_GAP_ACROSS, _GAP_DOWN, _MARGIN = 14, 26, 20.0
Point = tuple[float, float]


@dataclass(slots=True)
class _Box:
    """What is placed: words in a rectangle, its middle at ``xy``; sizes in pixels."""

    shape: str
    lines: list[str]
    w: float
    h: float
    xy: Point = (0.0, 0.0)


@dataclass(slots=True)
class _Way:
    """A line from box to box, through ``points``; ``tip``: it ends in an arrow's head."""

    points: list[Point]
    tip: bool


def svg(drawn: Diagram) -> str:
    """The diagram as one self-contained SVG document: no script, no font or style from elsewhere.

    Colours follow the reader's light or dark setting; the title and every label are text.
    """
    boxes, ways = _laid_out(drawn)
    left = min(box.xy[0] - box.w / 2 for box in boxes) - _MARGIN
    top = min(box.xy[1] - box.h / 2 for box in boxes) - _MARGIN
    right = max([box.xy[0] + box.w / 2 for box in boxes] + [x for w in ways for x, _ in w.points])
    low = max(box.xy[1] + box.h / 2 for box in boxes)
    left = min([left] + [x - _MARGIN for way in ways for x, _ in way.points])
    width, height = right - left + _MARGIN, low - top + _MARGIN
    title = escape(drawn.title)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{title}"'
        f' viewBox="{left:.0f} {top:.0f} {width:.0f} {height:.0f}"'
        f' width="{width:.0f}" height="{height:.0f}">',
        f"<title>{title}</title>",
        _STYLE,
        *(_line(way) for way in ways),
        *(_drawn(box) for box in boxes),
        "</svg>\n",
    ])  # fmt: skip


_STYLE = """<style>
text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: #1c2733; text-anchor: middle }
.name { font-weight: 600 }
rect { fill: #fff; stroke: #37618e; stroke-width: 1.5 }
.start, .end { fill: #e3eefa }
.any { fill: #f4f0e4; stroke: #8a7433; stroke-dasharray: 5 3 }
.label { fill: #fff; stroke: none; opacity: .9 }
.label + text { fill: #4a5765; font-size: 11px }
path { fill: none; stroke: #6b7a89; stroke-width: 1.3 }
.tip { fill: #6b7a89; stroke: none }
@media (prefers-color-scheme: dark) {
text { fill: #e8edf2 } rect { fill: #17202a; stroke: #86b3e2 } .start, .end { fill: #22344a }
.any { fill: #2e2a1c; stroke: #c9b061 } .label { fill: #10161d } .label + text { fill: #b4c0cc }
path { stroke: #93a1af } .tip { fill: #93a1af }
}
</style>"""


def _laid_out(drawn: Diagram) -> tuple[list[_Box], list[_Way]]:
    from grandalf.graphs import Edge, Graph, Vertex
    from grandalf.layouts import SugiyamaLayout
    from grandalf.routing import EdgeViewer

    vertices = {node.id: Vertex(node.id) for node in drawn.nodes}
    boxes = {node.id: _box_of(node) for node in drawn.nodes}
    edges = []
    for number, arrow in enumerate(drawn.arrows):
        label = f"label {number}"
        vertices[label], boxes[label] = Vertex(label), _label_of(arrow)
        edges.append((Edge(vertices[arrow.start], vertices[label]), arrow.start, label, False))
        edges.append((Edge(vertices[label], vertices[arrow.end]), label, arrow.end, True))
    for name, vertex in vertices.items():
        vertex.view = boxes[name]
    graph = Graph(list(vertices.values()), [edge for edge, *_ in edges])
    for edge, *_ in edges:
        edge.view = EdgeViewer()
    offset = 0.0
    for part in graph.C:
        offset = _place(SugiyamaLayout(part), offset)
    ways = [_Way(_points(edge, boxes[a], boxes[b]), tip) for edge, a, b, tip in edges]
    return list(boxes.values()), ways


def _place(layout: Any, offset: float) -> float:
    """Lay one connected part out, ``offset`` to the right; return where the next may begin."""
    layout.xspace, layout.yspace = _GAP_ACROSS, _GAP_DOWN
    layout.init_all()
    layout.draw(3)
    views = [vertex.view for vertex in layout.g.sV]
    shift = offset - min(view.xy[0] - view.w / 2 for view in views)
    for view in views:
        view.xy = (view.xy[0] + shift, view.xy[1])
    for edge in layout.g.sE:
        edge.view._pts = [(x + shift, y) for x, y in getattr(edge.view, "_pts", [])]
    return float(max(view.xy[0] + view.w / 2 for view in views) + 2 * _GAP_ACROSS)


def _points(edge: Any, start: _Box, end: _Box) -> list[Point]:
    """The way of an edge, from the rim of one box to the rim of the other."""
    inner = list(getattr(edge.view, "_pts", []))[1:-1]
    if inner and (inner[0][1] - inner[-1][1]) * (start.xy[1] - end.xy[1]) < 0:
        inner.reverse()
    return [_rim(start, (inner or [end.xy])[0]), *inner, _rim(end, (inner or [start.xy])[-1])]


def _rim(box: _Box, toward: Point) -> Point:
    """Where a line from the middle of ``box`` to ``toward`` leaves it."""
    (x, y), (tx, ty) = box.xy, toward
    dx, dy = tx - x, ty - y
    if not dx and not dy:
        return box.xy
    scale = min(box.w / 2 / abs(dx) if dx else 9e9, box.h / 2 / abs(dy) if dy else 9e9)
    return (x + dx * min(scale, 1), y + dy * min(scale, 1))


def _box_of(node: Node) -> _Box:
    return _sized(node.shape, [row for line in node.lines for row in _wrapped(line, "box")])


def _label_of(arrow: Arrow) -> _Box:
    bullet = "\N{BULLET} " if len(arrow.labels) > 1 else ""
    return _sized("label", [row for t in arrow.labels for row in _wrapped(bullet + t, "label")])


def _wrapped(text: str, kind: str) -> list[str]:
    return textwrap.wrap(text, _WRAP[kind], break_long_words=False) or [""]


def _sized(shape: str, lines: list[str]) -> _Box:
    pad = 4.0 if shape == "label" else _PAD
    width = max(map(len, lines)) * _LETTER + 2 * pad
    return _Box(shape, lines, width, len(lines) * _LINE + pad)


def _drawn(box: _Box) -> str:
    (x, y), round_ = box.xy, 14 if box.shape in ("start", "end") else 5
    first = y - (len(box.lines) - 1) * _LINE / 2 + 4
    names = ["" if box.shape == "label" else ' class="name"', *[""] * (len(box.lines) - 1)]
    rows = "".join(
        f'<tspan x="{x:.1f}" y="{first + n * _LINE:.1f}"{name}>{escape(line)}</tspan>'
        for n, (line, name) in enumerate(zip(box.lines, names, strict=True))
    )
    return (
        f'<rect class="{box.shape}" x="{x - box.w / 2:.1f}" y="{y - box.h / 2:.1f}"'
        f' width="{box.w:.1f}" height="{box.h:.1f}" rx="{round_}"/><text>{rows}</text>'
    )


def _line(way: _Way) -> str:
    """Straight pieces with rounded corners, and a head where the arrow ends."""
    points = way.points
    d = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for corner, after in pairwise(points[1:]):
        middle = ((corner[0] + after[0]) / 2, (corner[1] + after[1]) / 2)
        d += f" Q{corner[0]:.1f} {corner[1]:.1f} {middle[0]:.1f} {middle[1]:.1f}"
    d += f" L{points[-1][0]:.1f} {points[-1][1]:.1f}"
    return f'<path d="{d}"/>' + (_tip(points[-2], points[-1]) if way.tip else "")


def _tip(before: Point, end: Point) -> str:
    dx, dy = end[0] - before[0], end[1] - before[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    ux, uy = dx / length * 9, dy / length * 9
    left = (end[0] - ux - uy / 2, end[1] - uy + ux / 2)
    right = (end[0] - ux + uy / 2, end[1] - uy - ux / 2)
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in (end, left, right))
    return f'<polygon class="tip" points="{corners}"/>'
