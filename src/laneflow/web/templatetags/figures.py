"""Owns the addresses behind figures: the list of the cases that a number counts."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_date
from django import template
from django.urls import reverse
from django.utils.translation import get_language

from laneflow.lanes import words

register = template.Library()


@register.simple_tag(takes_context=True)
def cases(context: dict[str, Any], **narrowed: Any) -> str:
    """``{% cases lane=row.lane overdue=1 %}``: the list's address; the page's location goes along.

    What is empty narrows nothing and is left out.
    """
    asked = {"location": context.get("place", "")} | narrowed
    kept = {name: value for name, value in asked.items() if value not in ("", None)}
    return reverse("cases") + (f"?{urlencode(kept)}" if kept else "")


@register.simple_tag(takes_context=True)
def barrier(context: dict[str, Any], id: str) -> str:
    """A barrier's title; its id where the practice does not know it (any longer)."""
    known = context["desk"].practice.barriers.get(id)
    return known.title if known and known.title else id


@register.filter
def plain(status: str) -> str:
    """A status as it is said: ``first call``."""
    return words.plain(status)


@register.simple_tag
def day(date: date) -> str:
    """``Mon 14 Sep``, in the reader's language."""
    return format_date(date, "EEE d MMM", locale=(get_language() or "en").replace("-", "_"))
