"""Owns what is said for one task: its script by channel and language, and what to mind first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from laneflow.engine.doers import held_back, patients_zone
from laneflow.engine.state import Case, Instant, PatientFile, Task
from laneflow.outreach.prompt import NOTES, Prompt, channels_of, find, is_partner, prompt_for
from laneflow.practice import words
from laneflow.practice.contact import DISTURBING, courtesy

if TYPE_CHECKING:
    from laneflow.engine.live import Live


def script_row(prompt: Prompt) -> dict[str, Any]:
    """A prompt as JSON: script, channel, locale, parts (block, text), voicemail, gaps."""
    return {
        "script": prompt.script,
        "channel": prompt.channel,
        "locale": prompt.locale,
        "fell_back": prompt.fell_back,
        "parts": [{"block": part.block, "text": part.text} for part in prompt.parts],
        "text": prompt.text,
        "voicemail": prompt.voicemail,
        "gaps": list(prompt.gaps),
    }


def script_view(
    live: Live,
    file: PatientFile,
    case: Case,
    task: Task,
    at: Instant,
    *,
    channel: str = "",
    language: str = "",
    speaker: str = "",
) -> dict[str, Any] | None:
    """A task's script as ``script_row``; None where the task has none.

    Besides: ``channels`` and ``languages`` it is written for (the latter for this channel), and
    ``steps``: its parts, each with ``lines`` of (text, whether it is only for whoever speaks).
    ``channel`` and ``language`` ask for another than the attempt's and the patient's; ``speaker``
    is the person id of whoever will say it.
    """
    if not task.script:
        return None
    prompt = prompt_for(
        live.loaded, case, file.facts, task, at,
        channel=channel, language=language, speaker=speaker,
    )  # fmt: skip
    source, default = live.loaded.source, live.practice.languages[0]
    languages = dict.fromkeys([*live.practice.languages, prompt.locale])
    found = {
        locale: find(source, task.script, prompt.channel, locale, default) for locale in languages
    }
    return {
        **script_row(prompt),
        "channels": list(channels_of(source, task.script)),
        "languages": [locale for locale, one in found.items() if one and not one.fell_back],
        "steps": [{"block": part.block, "lines": _lines(part.text)} for part in prompt.parts],
    }


def _lines(text: str) -> list[tuple[str, bool]]:
    found = (line.strip() for line in text.splitlines())
    return [(line, line.startswith(NOTES)) for line in found if line]


def minded(
    live: Live,
    file: PatientFile,
    case: Case,
    task: Task,
    at: Instant,
    contacts: Sequence[Instant],
    channel: str = "",
) -> dict[str, Any] | None:
    """What to mind before contacting the patient by ``channel``; None toward a partner.

    ``clock`` and ``zone`` of the patient, ``awake`` (it is within contact hours), ``today`` and
    ``week`` (contacts), ``capped`` (as many as the practice allows), ``refuses`` (they asked not
    to be contacted so), ``deceased``, ``paused`` (until an escalation is answered), ``hold_until``
    (ISO, None where nothing holds it) and ``hold_why``. ``disturbs``: the channel reaches them at
    once, so that hours and the cap count.
    """
    if is_partner(task):
        return None
    by = channel or task.channel
    practice, zone = live.practice, patients_zone(live, file, case)
    stands = courtesy(practice, zone, contacts, at)
    waits = held_back(live, file, case, replace(task, channel=by), at, contacts)
    here = words.zone_of(practice, case.location)
    a_day, a_week = practice.contact_cap
    return {
        **stands._asdict(),
        "zone": zone,
        "hours": practice.contact_hours,
        "cap": practice.contact_cap,
        "capped": stands.today >= a_day or stands.week >= a_week,
        "disturbs": by in DISTURBING,
        "refuses": by in (file.facts.get("patient.refuses") or ()),
        "deceased": bool(file.facts.get("patient.deceased")),
        "paused": task.paused,
        "hold_until": words.iso(waits.until, here) if waits else None,
        "hold_why": waits.why if waits else "",
    }
