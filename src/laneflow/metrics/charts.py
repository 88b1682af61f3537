"""Charts as SVG files: drawn by pygal, without scripts or fonts from elsewhere, told to those who
cannot see them.

pygal is imported on first use: it is slow to load.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from xml.etree import ElementTree as Xml

_SVG = "http://www.w3.org/2000/svg"
_COLORS = ("#1b6ca8", "#c8553d", "#588157", "#8d6a9f", "#b08900", "#4a4e69")
_GUIDE = "#dddddd"
_WIDE = ".line.reactive { stroke-width: 2.5 }"
_DARK_COLORS = ("#6db4e4", "#f0977f", "#8fc493", "#c3a2d4", "#d9b84a", "#a9aec6")
_DARK = (
    ".graph > .background, .plot > .background { fill: #1b2125 } "
    "text { fill: #e7ecee !important } .axis .line { stroke: #7d8c95 !important } "
    ".axis .guide.line { stroke: #364149 !important } "
    + " ".join(
        f".color-{n} {{ stroke: {color} !important; fill: {color} !important }}"
        for n, color in enumerate(_DARK_COLORS)
    )
    + " .nofill { fill: none !important }"
)
_FONT = "Helvetica, Arial, sans-serif"
_MOST_LABELS = 12

Dark = Literal["never", "automatic", "always"]
"""Light on dark; automatic: where whoever looks has said so to their browser."""


def lines(
    title: str,
    description: str,
    labels: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    *,
    headed: bool = False,
    dark: Dark = "never",
) -> bytes:
    """A line for each of ``series`` over ``labels``; a whole SVG document in UTF-8.

    ``headed``: it stands under a heading, so its title is told to those who cannot see it only.
    """
    import pygal

    chart = pygal.Line(**_settings(None if headed else title), include_x_axis=True, dots_size=3)
    chart.x_labels = list(labels)
    chart.show_minor_x_labels = False
    chart.x_labels_major = list(labels)[:: max(1, -(-len(labels) // _MOST_LABELS))]
    return _drawn(chart, title, description, series, dark)


def bars(
    title: str,
    description: str,
    labels: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    *,
    most: float | None = None,
) -> bytes:
    """Groups of bars lying on their side, one bar for each of ``series``; up to ``most``.

    The first label stands on top, where reading begins; pygal draws from the bottom up.
    """
    import pygal

    height = 140 + 26 * len(labels) * max(1, len(series))
    chart = pygal.HorizontalBar(**_settings(title, height), range=(0, most) if most else None)
    chart.x_labels = list(reversed(labels))
    upwards = {name: list(reversed(values)) for name, values in series.items()}
    return _drawn(chart, title, description, upwards)


def _settings(title: str | None, height: int = 480) -> dict[str, Any]:
    from pygal.style import Style

    style = Style(
        background="#ffffff", plot_background="#ffffff", colors=_COLORS, font_family=_FONT,
        title_font_size=16, label_font_size=11, major_label_font_size=11, legend_font_size=12,
        guide_stroke_color=_GUIDE, major_guide_stroke_color=_GUIDE, guide_stroke_dasharray="none",
        major_guide_stroke_dasharray="none", opacity=".9",
    )  # fmt: skip
    return {
        "title": title, "style": style, "js": (), "width": 960, "height": height,
        "explicit_size": True, "legend_at_bottom": True, "disable_xml_declaration": True,
        "no_prefix": True, "truncate_legend": -1, "truncate_label": -1,
    }  # fmt: skip


def _drawn(
    chart: Any,
    title: str,
    description: str,
    series: Mapping[str, Sequence[float | None]],
    dark: Dark = "never",
) -> bytes:
    for name, values in series.items():
        chart.add(name, list(values))
    return _readable(chart.render(), title, description, dark)


def _readable(svg: bytes, title: str, description: str, dark: Dark) -> bytes:
    """The drawing with a title and a description for screen readers, and without any script."""
    Xml.register_namespace("", _SVG)
    root = Xml.fromstring(svg)  # noqa: S314 - what pygal has just written
    for parent in list(root.iter()):
        for script in parent.findall(f"{{{_SVG}}}script"):
            parent.remove(script)
    for old in root.findall(f"{{{_SVG}}}title"):
        root.remove(old)
    style = Xml.SubElement(root, f"{{{_SVG}}}style")
    style.text = _WIDE
    if dark != "never":
        where = "screen" if dark == "always" else "screen and (prefers-color-scheme: dark)"
        style.text += f" @media {where} {{ {_DARK} }}"
    root.attrib.update({"role": "img", "aria-labelledby": "chart-title chart-description"})
    for tag, text in (("desc", description), ("title", title)):
        told = Xml.Element(
            f"{{{_SVG}}}{tag}", id=f"chart-{'title' if tag == 'title' else 'description'}"
        )
        told.text = text
        root.insert(0, told)
    written: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return written
