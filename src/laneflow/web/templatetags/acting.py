"""Owns the small pieces of the forms that act on a case: what each carries, what is wrong where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from laneflow.web.templatetags.told import said
from laneflow.web.typed import Typed, new_number

register = template.Library()

CALLED: dict[str, Any] = {
    # what came of a contact
    "reached": _("Reached them"),
    "left message": _("Left a message"),
    "no answer": _("No answer"),
    "wrong number": _("Wrong number"),
    "busy": _("Busy"),
    "refused": _("Refused"),
    "not a good time": _("Not a good time"),
    "reached partner": _("Reached the other office"),
    # what was understood
    "understood": _("Understood"),
    "partly": _("Partly"),
    "not understood": _("Not understood"),
    # channels
    "phone": _("Phone"),
    "sms": _("Text message"),
    "portal": _("Portal message"),
    "letter": _("Letter"),
    "fax": _("Fax"),
    "in person": _("In person"),
    # whom
    "patient": _("The patient"),
    "caregiver": _("A caregiver"),
    "us": _("We, the practice"),
    # who a patient is
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "birth_date": _("Birth date"),
    # checklist
    "missing": _("Missing"),
    "partial": _("Partly here"),
    "received": _("Received"),
    "not needed": _("Not needed"),
    # parts of a script
    "identity": _("Confirm who they are"),
    "reason": _("Why we are in touch"),
    "next_step": _("The next step"),
    "understanding": _("Check that it was understood"),
    "questions": _("Invite questions"),
    "clinical_boundary": _("Clinical questions"),
    "help": _("Who can help"),
    # how a case ends
    "completed": _("Completed"),
    "unsuccessful": _("Unsuccessful"),
    "cancelled": _("Cancelled"),
    # languages of scripts
    "en": _("English"),
    "es": _("Spanish"),
}
"""The field's own words as forms show them."""


@register.filter
def called(word: str) -> Any:
    """One of the field's words as forms show it; what a practice named itself, as it is read."""
    known = CALLED.get(word)
    return known if known is not None else str(word).replace("_", " ").strip().capitalize()


@register.filter
def fact(name: str) -> str:
    """``patient.first_name`` as it is said: ``patient: first name``; a sentence stays one."""
    return name if " " in name else name.replace(".", ": ").replace("_", " ")


@register.filter
def at(known: Mapping[str, Any] | None, key: str) -> Any:
    """What a mapping holds under a key; "" where it holds nothing, or is none."""
    return known.get(key, "") if known else ""


@register.filter
def dialled(number: str) -> str:
    """A telephone number as a telephone wants it: digits, and a plus before them."""
    plus = "+" if number.lstrip().startswith("+") else ""
    return plus + "".join(sign for sign in number if sign in "0123456789*#,;")


@register.simple_tag(takes_context=True)
def carried(context: dict[str, Any], id: str = "") -> SafeString:
    """What every form carries: that it is ours, which version it looked at, a number of its own."""
    return _carried(context["csrf_token"], context["case"].seq, id)


@register.simple_tag(takes_context=True)
def carried_of(context: dict[str, Any], seq: int) -> SafeString:
    """The same where a list shows many cases: of the one at version ``seq``."""
    return _carried(context["csrf_token"], seq)


def _carried(token: str, seq: int, id: str = "") -> SafeString:
    return format_html(
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<input type="hidden" name="seen" value="{}"{}>'
        '<input type="hidden" name="id" value="{}">',
        token,
        seq,
        format_html(' id="{}"', id) if id else "",
        new_number(),
    )


@register.simple_tag
def number_of_form() -> SafeString:
    """The number of a form of its own: sent twice, it is done once."""
    return format_html('<input type="hidden" name="id" value="{}">', new_number())


@register.simple_tag
def flaw(typed: Typed | None, field: str, hint: str = "") -> SafeString:
    """The attributes of a field that is wrong; ``hint`` is the id of what explains it anyway."""
    wrong = typed is not None and field in typed.wrong
    about = " ".join(filter(None, [_flaws_id(typed, field) if wrong and typed else "", hint]))
    invalid = SafeString(' aria-invalid="true"' if wrong else "")
    return invalid + (format_html(' aria-describedby="{}"', about) if about else SafeString(""))


@register.simple_tag
def flaws(typed: Typed | None, field: str) -> SafeString:
    """What is wrong with a field, beside it."""
    found = typed.wrong.get(field, []) if typed is not None else []
    if typed is None or not found:
        return SafeString("")
    lines = format_html_join(" ", "{}", ((said(problem.said),) for problem in found))
    return format_html('<p class="problem" id="{}">{}</p>', _flaws_id(typed, field), lines)


def _flaws_id(typed: Typed, field: str) -> str:
    return f"{typed.kind}-{field.replace(' ', '-').replace(':', '-')}-wrong"
