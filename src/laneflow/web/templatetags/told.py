"""Owns how pages say instants: on the location's clock with its zone, and how far off they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from babel.dates import format_datetime
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from laneflow.practice import words
from laneflow.practice.zones import zone as zone_named

register = template.Library()

PATTERN = "EEE d MMM, HH:mm"


def instant_of(value: int | str) -> int:
    """An instant, also from ISO 8601 text with an offset."""
    return (
        value if isinstance(value, int) else round(datetime.fromisoformat(value).timestamp() * 1000)
    )


@register.simple_tag(takes_context=True)
def when(context: dict[str, Any], value: int | str | None, location: str = "") -> SafeString | str:
    """``Tue 8 Sep, 17:00 EDT``, in the location's zone (the practice's where none is named)."""
    if value in (None, ""):
        return ""
    at = instant_of(value)
    zone = words.zone_of(context["desk"].practice, location)
    local = words.local(at, zone)
    told = format_datetime(local, PATTERN, locale=get_language() or "en")
    name = zone_named(zone).moment(at).tzname()
    return format_html(
        '<time datetime="{}">{} {}</time>', local.isoformat(timespec="seconds"), told, name
    )
