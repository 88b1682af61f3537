"""Owns how lines of a diff are told apart on pages."""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from laneflow.work.drafts import editable

register = template.Library()

_KINDS = {"+": "added", "-": "gone", "@": "place"}


@register.filter
def told_diff(lines: Iterable[str]) -> list[tuple[str, str]]:
    """(``added``, ``gone``, ``place``, ``file`` or ``same``; the line) of a unified diff."""
    return [(_kind(line), line) for line in lines]


def _kind(line: str) -> str:
    return "file" if line.startswith(("+++", "---")) else _KINDS.get(line[:1], "same")


@register.filter
def is_instant(value: object) -> bool:
    """Whether a side of an effect is an instant."""
    return isinstance(value, int) and not isinstance(value, bool)


@register.filter
def may_edit(file: str) -> bool:
    """Whether a file is one that is edited on these pages."""
    return editable(file)
