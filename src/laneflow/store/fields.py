"""Owns ``InstantField``: milliseconds in the database, an aware datetime in Python."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.dateparse import parse_datetime

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class InstantField(models.Field):  # type: ignore[type-arg]
    """An instant. The column is the engine's own integer, so raw writes and the ORM agree.

    Takes an aware datetime or the integer itself, in values and in lookups; always gives an aware
    datetime in UTC. A naive datetime is refused: it names no instant.
    """

    description = "Instant (milliseconds since 1970-01-01T00:00Z)"

    def get_internal_type(self) -> str:
        """The column's type on every database."""
        return "BigIntegerField"

    def from_db_value(self, value: int | None, *_: Any) -> datetime | None:
        """Milliseconds as the database holds them -> datetime."""
        return None if value is None else EPOCH + timedelta(milliseconds=value)

    def to_python(self, value: Any) -> datetime | None:
        """Whatever a form or fixture says -> datetime; ValidationError where it is no instant."""
        if isinstance(value, str):
            value = parse_datetime(value) or value
        if value is None or (isinstance(value, datetime) and value.tzinfo is not None):
            return value
        if isinstance(value, int):
            return EPOCH + timedelta(milliseconds=value)
        raise ValidationError("%(value)s names no instant: it needs a UTC offset.", "invalid",
                              {"value": value})  # fmt: skip

    def get_prep_value(self, value: Any) -> int | None:
        """Datetime or milliseconds -> milliseconds, rounded down."""
        value = super().get_prep_value(value)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise ValueError(f"{self.name} takes an aware datetime or milliseconds, not {value!r}")
        return (value - EPOCH) // _MILLISECOND

    def value_to_string(self, obj: models.Model) -> str:
        """The instant as ISO 8601 text, for serializers."""
        value = self.to_python(self.value_from_object(obj))
        return "" if value is None else value.isoformat()
