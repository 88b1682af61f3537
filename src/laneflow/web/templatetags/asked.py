"""Owns how a Django form's field is asked: by its label, without the same words inside it."""

from __future__ import annotations

from django import template
from django.forms import BoundField, CheckboxInput

register = template.Library()


@register.filter
def asked(field: BoundField) -> BoundField:
    """The field without a placeholder, which vanishes when it is needed and is hard to read."""
    field.field.widget.attrs.pop("placeholder", None)
    return field


@register.filter
def is_check(field: BoundField) -> bool:
    """Whether it is a box to tick."""
    return isinstance(field.field.widget, CheckboxInput)
