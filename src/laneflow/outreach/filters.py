"""How values read aloud: dates in the location's zone and the patient's language, phones, lists.

Every filter hands a missing value on, so that the gap is named where it is printed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from laneflow.outreach.rendering import Gap, current

_REGION = {"en": "en_US", "es": "es_US"}
"""Clocks and dates as said in the United States; any other language goes by its own custom."""
_DAY = {"en": "EEEE, MMMM d", "es": "EEEE d 'de' MMMM"}
_YES = {"es": "sí", "fr": "oui", "pt": "sim", "de": "ja"}
_PHONE = re.compile(r"^(?:\+?1[\s.-]*)?\(?(\d{3})\)?[\s.-]*(\d{3})[\s.-]*(\d{4})$")


def as_date(value: Any) -> date | None:
    """The local date of a date, a date and time, or ISO text; None where it is not one."""
    moment = as_moment(value)
    if moment is not None:
        return moment.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def as_moment(value: Any) -> datetime | None:
    """A date and time in the location's zone, from itself or ISO text; None where it is not one."""
    if isinstance(value, str) and len(value) > 10:
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    zone = current().zone
    return value.replace(tzinfo=zone) if value.tzinfo is None else value.astimezone(zone)


def day(value: Any) -> Any:
    """``Tuesday, September 8``; text that is no date is handed on as it is."""
    when = None if isinstance(value, Gap) else as_date(value)
    if when is None:
        return value
    from babel.dates import format_date, format_skeleton

    language = current().locale
    if language in _DAY:
        return _plain(format_date(when, _DAY[language], locale=_locale()))
    return _plain(format_skeleton("MMMMEEEEd", when, locale=_locale()))


def full_date(value: Any) -> Any:
    """``September 8, 2026``."""
    when = None if isinstance(value, Gap) else as_date(value)
    if when is None:
        return value
    from babel.dates import format_date

    return _plain(format_date(when, "long", locale=_locale()))


def clock(value: Any) -> Any:
    """``2:30 PM`` in the location's zone; without the dots of "p.m.", which end a sentence."""
    moment = None if isinstance(value, Gap) else as_moment(value)
    if moment is None:
        return value
    from babel.dates import format_time

    return _plain(format_time(moment, "short", locale=_locale())).replace(".m.", "m")


def phone(value: Any) -> Any:
    """``555-123-4567`` for a number of the North American plan; others as they are."""
    if isinstance(value, Gap):
        return value
    match = _PHONE.match(str(value).strip())
    return "-".join(match.groups()) if match else str(value)


def join(values: Any, by: str = ", ") -> Any:
    """The values one after the other, ``by`` between them."""
    if isinstance(values, Gap):
        return values
    return by.join(printed(value) for value in _few(values))


def listing(values: Any, last: str | None = None) -> Any:
    """``a, b and c`` in the patient's language; ``last`` may say another word than its "and"."""
    if isinstance(values, Gap):
        return values
    words = [printed(value) for value in _few(values)]
    if last is not None and len(words) > 1:
        return f"{', '.join(words[:-1])} {last} {words[-1]}"
    from babel.lists import format_list

    return format_list(words, locale=_locale()).replace(", and ", " and ") if words else ""


def printed(value: Any) -> str:
    """A value as it is read in a sentence; raises TypeError for what is not one value."""
    if isinstance(value, str):
        return value
    if isinstance(value, Gap):
        return str(value)
    if isinstance(value, bool):
        return _YES.get(current().locale, "yes") if value else "no"
    if isinstance(value, int | float):
        return f"{value:.10g}"
    if isinstance(value, date):
        return str(day(value))
    if isinstance(value, tuple | list):
        return str(listing(value))
    raise TypeError("this is not one value that can be read aloud")


def _text(change: Callable[[str], str]) -> Callable[[Any], Any]:
    def apply(value: Any) -> Any:
        return value if isinstance(value, Gap) else change(printed(value))

    return apply


def _few(values: Any) -> Sequence[Any]:
    if not isinstance(values, tuple | list):
        return [values]
    if any(isinstance(value, tuple | list) for value in values):
        raise TypeError("a list inside a list cannot be read aloud")
    return values


@lru_cache
def _known(language: str) -> str:
    from babel import Locale, UnknownLocaleError

    region = _REGION.get(language, language)
    try:
        Locale.parse(region.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return "en_US"
    return region.replace("-", "_")


def _locale() -> str:
    return _known(current().locale)


def _plain(text: str) -> str:
    # Babel puts narrow no-break spaces before "PM"; one would turn a text message into UCS-2.
    return text.replace("\u202f", " ").replace("\xa0", " ")


def default(value: Any, other: Any = "", even_if_empty: bool = False) -> Any:
    """``other`` where the value is missing (or empty, if so asked)."""
    return other if isinstance(value, Gap) or (even_if_empty and not value) else value


def _first(values: Any) -> Any:
    return values[0] if values else Gap(name="the first of an empty list")


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


FILTERS: dict[str, Callable[..., Any]] = {
    "day": day,
    "date": full_date,
    "time": clock,
    "phone": phone,
    "join": join,
    "listing": listing,
    "default": default,
    "lower": _text(str.lower),
    "upper": _text(str.upper),
    "capitalize": _text(_capitalized),
    "trim": _text(str.strip),
    "first": _first,
    "length": len,
}
"""Everything a script may write after ``|``."""


def ahead(value: Any) -> bool:
    """Whether a date is known and not before today: only then can anybody be asked to meet it."""
    when = None if isinstance(value, Gap) else as_date(value)
    return when is not None and when >= current().today
