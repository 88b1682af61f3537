"""Owns how pages say instants, people, lanes, tiers: in the location's zone, in the language."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from babel.dates import format_date, format_datetime, format_timedelta, get_timezone_name
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext, pgettext

from laneflow.practice import words
from laneflow.practice.zones import zone as zone_named
from laneflow.web.own_words import own_words
from laneflow.web.said import known as in_their_words
from laneflow.web.said import said as in_their_language
from laneflow.web.said import titled as title_in_their_language

if TYPE_CHECKING:
    from laneflow.engine.calendar import Calendar

register = template.Library()

PATTERN = "EEE d MMM, HH:mm"
FAR_PATTERN = "EEE d MMM y, HH:mm"
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
FAR = 180 * DAY
"""From so far off on, an instant is told with its year."""

RANKS = ("urgent", "high", "routine")
"""How tiers look, strictest first; a practice may name its own, and more of them."""


def instant_of(value: int | str) -> int:
    """An instant, also from ISO 8601 text with an offset."""
    return (
        value if isinstance(value, int) else round(datetime.fromisoformat(value).timestamp() * 1000)
    )


def _language() -> str:
    return (get_language() or "en").replace("-", "_")


@register.simple_tag(takes_context=True)
def when(context: dict[str, Any], value: int | str | None, location: str = "") -> SafeString | str:
    """``Tue 8 Sep, 17:00 EDT``, in the location's zone (the practice's where none is named)."""
    if value in (None, ""):
        return ""
    desk, at = context["desk"], instant_of(value)
    zone = words.zone_of(desk.practice, location)
    local = words.local(at, zone)
    pattern = FAR_PATTERN if abs(at - desk.at) > FAR else PATTERN
    told = format_datetime(local, pattern, locale=_language())
    name = zone_named(zone).moment(at).tzname()
    return format_html(
        '<time datetime="{}">{} {}</time>', local.isoformat(timespec="seconds"), told, name
    )


@register.simple_tag(takes_context=True)
def due(context: dict[str, Any], value: int | str | None, location: str = "") -> SafeString | str:
    """``due in 2 h (business)`` or ``overdue by 1 business day``, in the location's open time."""
    if value in (None, ""):
        return ""
    desk, at = context["desk"], instant_of(value)
    late = at <= desk.at
    text = due_in_words(desk.live.calendar(location), desk.at, at)
    return format_html('<span class="{}">{}</span>', "due overdue" if late else "due", text)


def due_in_words(calendar: Calendar, now: int, at: int) -> str:
    """How far off ``at`` is in open time; a business day is as long as the day of ``at``."""
    late = at <= now
    left = abs(calendar.open_ms(now, at))
    midnight = calendar.next_morning(at)
    day = calendar.open_ms(midnight - DAY, midnight) or 8 * HOUR
    if left < MINUTE:
        return pgettext("a task", "overdue") if late else gettext("due now")
    # Minutes up to an hour, hours up to a day: what is nearly the next unit is told as that.
    if (minutes := round(left / MINUTE)) < 60:
        said = (
            ngettext("overdue by %(n)d min", "overdue by %(n)d min", minutes)
            if late
            else ngettext("due in %(n)d min (business)", "due in %(n)d min (business)", minutes)
        )
        return said % {"n": minutes}
    if (hours := round(left / HOUR)) < round(day / HOUR):
        said = (
            ngettext("overdue by %(n)d h (business)", "overdue by %(n)d h (business)", hours)
            if late
            else ngettext("due in %(n)d h (business)", "due in %(n)d h (business)", hours)
        )
        return said % {"n": hours}
    # What is due on the next business day is due in one, at whatever hour of today one looks.
    days = max(1, round(left / day) if late else (left - 1) // day)
    said = (
        ngettext("overdue by %(n)d business day", "overdue by %(n)d business days", days)
        if late
        else ngettext("due in %(n)d business day", "due in %(n)d business days", days)
    )
    return said % {"n": days}


@register.simple_tag(takes_context=True)
def ago(context: dict[str, Any], value: int | str | None) -> str:
    """``3 hours ago``; ``in 3 hours`` for what is to come; ``now`` within a minute.

    By the clock, not in open time.
    """
    if value in (None, ""):
        return ""
    passed = timedelta(milliseconds=instant_of(value) - context["desk"].at)
    if abs(passed) < timedelta(minutes=1):
        return gettext("just now") if passed < timedelta() else gettext("now")
    return format_timedelta(passed, threshold=1.5, add_direction=True, locale=_language())


@register.filter
def long_date(value: date | str | None) -> str:
    """``12 April 1961``; what is no date stays as it came."""
    try:
        found = date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return str(value)
    if found is None:
        return ""
    language = _language()
    return format_date(found, "d MMMM y" if language == "en" else "long", locale=language)


@register.filter
def zone_name(zone: str) -> str:
    """``Eastern Time`` for ``America/New_York``, as people there say it."""
    return get_timezone_name(zone, width="long", locale=_language())


@register.simple_tag(takes_context=True)
def person(context: dict[str, Any], id: str) -> str:
    """A person's name; their id where practice.yaml does not know them (any longer)."""
    return words.name_of(context["desk"].practice, id)


@register.simple_tag(takes_context=True)
def lane(context: dict[str, Any], id: str) -> str:
    """A lane's title; its id where it is not live (any longer)."""
    found = context["desk"].live.lanes.get(id)
    return found.lane.title if found else id


@register.simple_tag(takes_context=True)
def location(context: dict[str, Any], id: str) -> str:
    """A location's name; its id where practice.yaml does not know it (any longer)."""
    return words.place_of(context["desk"].practice, id)


@register.simple_tag(takes_context=True)
def tier(context: dict[str, Any], name: str) -> SafeString | str:
    """A tier as a badge: its name, and how strict it is by its look."""
    if not name:
        return ""
    tiers = context["desk"].practice.tiers
    rank = tiers.index(name) if name in tiers else len(RANKS)
    look = RANKS[-1] if rank == len(tiers) - 1 else RANKS[min(rank, len(RANKS) - 1)]
    return format_html('<span class="badge tier-{}">{}</span>', look, said_tier(name))


def said_tier(name: str) -> str:
    """A tier's name in the reader's language; one the practice named itself stays as it is."""
    known = {
        "urgent": pgettext("tier", "urgent"),
        "high": pgettext("tier", "high"),
        "routine": pgettext("tier", "routine"),
    }
    return known.get(name, name)


@register.simple_tag
def queue_status(name: str) -> str:
    """A standard queue status in the reader's language."""
    known = {
        "new": pgettext("queue", "New"),
        "waiting on information": pgettext("queue", "Waiting on information"),
        "sent": pgettext("queue", "Sent"),
        "needs patient action": pgettext("queue", "Needs patient action"),
        "scheduled": pgettext("queue", "Scheduled"),
        "closed": pgettext("queue", "Closed"),
    }
    return known.get(name, name)


@register.filter
def said(text: str) -> str:
    """A sentence that laneflow made, in the reader's language; what is not known stays."""
    return in_their_language(str(text or ""), own=own_words())


@register.filter
def known(text: str) -> str:
    """A text that is laneflow's or the practice's: the practice's stays as it was written."""
    return in_their_words(str(text or ""))


@register.filter
def titled(text: str) -> str:
    """A task's title; the practice's own stay as they were written."""
    return title_in_their_language(str(text or ""))
