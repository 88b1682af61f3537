"""Messages to another office: what is requested, which records go with it, for whom, by when."""

from __future__ import annotations

import re
from collections.abc import Iterator

from laneflow.errors import Problem
from laneflow.outreach.lint.examples import PATIENT
from laneflow.outreach.lint.reading import Shelf
from laneflow.outreach.lint.samples import Sample
from laneflow.outreach.lint.telling import at_block, not_said

_ATTACHED = re.compile(r"\b(?:attach|enclos|adjunt|anex)\w*|\bincluimos\b|\binclu(?:ye|ido)", re.I)
_WHEN = re.compile(
    r"\btoday\b|\bnow\b|\bahora\b|\bby\b|\bwithin\b|\bday\b|\bdays\b|\bdate\b|\bwhen\b|\bhours?\b|\bhoy\b|\bdías?\b"
    r"|\bhoras?\b|\bplazo\b|\bfecha\b|\bcuándo\b|\bantes d",
    re.I,
)


def partner(sample: Sample, shelf: Shelf) -> Iterator[Problem]:
    """What one message to another office leaves out."""
    if not sample.to_partner:
        return
    if not sample.said("reason"):
        what = "it does not say what we ask for or tell"
        hint = "Say it in the block reason."
        yield not_said(shelf, sample.name, "reason", what, hint, "partner-without-request")
    if not sample.said("next_step"):
        what = "it does not say what answer we need"
        hint = "Say what they should send or confirm in the block next_step."
        yield not_said(shelf, sample.name, "next_step", what, hint, "partner-without-answer")
    elif not _WHEN.search(sample.said("next_step")):
        what = "it does not say by when we need the answer"
        hint = 'Name a day, such as "within one business day".'
        yield at_block(
            shelf, sample.name, "next_step", what, hint, "partner-without-day", "warning"
        )
    identity = sample.block("identity")
    birth = PATIENT["patient.birth_date"][:4]
    if PATIENT["patient.last_name"] not in identity or birth not in identity:
        what = "it does not say which patient, by name and date of birth"
        hint = "Write {{ patient.name }} and {{ patient.birth_date|date }} in the block identity."
        yield at_block(shelf, sample.name, "identity", what, hint, "partner-without-patient")
    if sample.channel != "phone" and not _ATTACHED.search(sample.text):
        what = "it does not say which records go with it"
        hint = 'Write "Attached:" and list them, or say that nothing is.'
        yield at_block(shelf, sample.name, "attached", what, hint, "partner-without-attachments")
