"""Spanish is whole: every text of a page, and every sentence laneflow makes below the pages."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.utils.translation import override

from laneflow.lanes.diagram import diagram
from laneflow.lanes.load import load_practice
from laneflow.metrics.lanes import sections
from laneflow.practice.model import LoadedPractice
from laneflow.starter import lay_out
from laneflow.web.own_words import OwnWords, phrases
from laneflow.web.said import TITLES, known, said, titled

sys.path.append(str(Path(__file__).parents[2] / "tools"))
import translations

FOLDER = translations.LOCALES / "es" / "LC_MESSAGES"


def test_nothing_is_untranslated_or_left_over() -> None:
    """`make translations` says what is missing, and drops what is no longer said."""
    catalog, _, _ = translations.written("es")
    assert translations.missing(catalog) == []
    with (FOLDER / "django.po").open("rb") as file:
        kept = {(message.context, message.id) for message in read_po(file) if message.id}
    assert kept == {(message.context, message.id) for message in catalog if message.id}


def test_what_pages_use_is_what_was_translated() -> None:
    with (FOLDER / "django.po").open("rb") as file:
        written = _strings(read_po(file))
    with (FOLDER / "django.mo").open("rb") as file:
        assert _strings(read_mo(file)) == written


def _strings(catalog: Catalog) -> dict[str, list[str]]:
    """What stands for what; a plural by its singular."""
    of = {
        str(m.id[0] if m.pluralizable else m.id): [m.string]
        if isinstance(m.string, str)
        else m.string
        for m in catalog
        if m.id
    }
    return {id_: [*told] for id_, told in of.items() if all(told)}


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("nothing says what happens next", "nada dice qué sigue"),
        ("Ana Torres has taken it already", "Ana Torres ya la tomó"),
        ("Ana Torres is on leave", "Ana Torres está de permiso"),
        ("the outcome is missing", "falta el resultado"),
        (
            "window first attempt Fri 18 Sep 2026 17:00 EDT: 5 business days after "
            "Fri 11 Sep 2026 10:00 EDT",
            "plazo del primer intento vie 18 sept 2026 17:00 EDT: 5 días hábiles después de "
            "vie 11 sept 2026 10:00 EDT",
        ),
        (
            "The checklist's task toward us is due Mon 14 Sep 2026 17:00 EDT: 1 business day after "
            "Fri 11 Sep 2026 10:00 EDT.",
            "La tarea de la lista para nosotros vence el lun 14 sept 2026 17:00 EDT: 1 día hábil "
            "después de vie 11 sept 2026 10:00 EDT.",
        ),
        (
            "owner Will Hayes: one of 2 who are referral coordinator at Maple Street; "
            "the case's number decides",
            "responsable Will Hayes: una de 2 personas con el papel de coordinación de referidos "
            "en Maple Street; decide el número del caso",
        ),
        (
            "Say understood, partly or not understood.",
            "Diga entendió, en parte o no entendió.",
        ),
        (
            'Now in status "booked". The owner is Will Hayes.',
            "Ahora en el estado «booked». La persona responsable es Will Hayes.",
        ),
        (
            "Next by phone: due Tue 15 Sep 2026 17:00 EDT.",
            "Sigue por teléfono: vence el mar 15 sept 2026 17:00 EDT.",
        ),
        (
            "it is 07:00 for the patient; contact hours are 08:00 to 21:00",
            "para el paciente son las 07:00; el horario de contacto es de 08:00 a 21:00",
        ),
        ("attempts is at least 3 (it was 3)", "attempts es al menos 3 (era 3)"),
    ],
)
def test_a_sentence_is_said_in_spanish(english: str, spanish: str) -> None:
    assert said(english, "es") == spanish
    assert said(english, "en") == english


@pytest.mark.parametrize(
    "text",
    [
        "Call Carmen, sent to us by Lakeside Clinic",
        "referral letter, records and insurance details",
        "She said her sister is very worried by now",
        "",
    ],
)
def test_what_people_wrote_stays_as_it_is(text: str) -> None:
    assert said(text, "es") == text


def test_a_practices_words_are_never_taken_apart() -> None:
    wrote = "Urgent referral without a date after a day"
    assert (known(wrote, "es"), known(wrote, "en")) == (wrote, wrote)
    assert known("A task is overdue", "es") == "Una tarea está vencida"


def test_what_people_wrote_stays_within_a_sentence() -> None:
    told = said("Rosa Delgado put a task off: the owner is busy", "es")
    assert told == "Rosa Delgado pospuso una tarea: the owner is busy"


def test_a_language_without_a_catalogue_is_english() -> None:
    assert said("the outcome is missing", "fr") == "the outcome is missing"


def test_a_page_is_in_the_language_that_was_chosen(client: Callable[..., Any]) -> None:
    browser = client("ana")
    assert 'lang="en"' in browser.get("/").content.decode()
    assert browser.post("/language", {"language": "es", "next": "/"}).status_code == 302
    page = browser.get("/").content.decode()
    assert 'lang="es"' in page
    assert "Mi cola" in page


def test_a_browser_that_prefers_spanish_logs_in_in_spanish(client: Callable[..., Any]) -> None:
    page = client().get("/account/login/", headers={"accept-language": "es-MX,es;q=0.9"})
    assert "Contraseña" in page.content.decode()


def test_plurals_are_spanish_too() -> None:
    from django.utils.translation import ngettext

    with override("es"):
        told = [
            ngettext("due in %(n)d business day", "due in %(n)d business days", n) % {"n": n}
            for n in (1, 2)
        ]
    assert told == ["vence en 1 día hábil", "vence en 2 días hábiles"]


# the practice's own words --------------------------------------------------------------------
ENGLISH = frozenset({
    "the", "of", "is", "when", "then", "until", "after", "before", "within", "by", "due", "and",
    "or", "with", "at", "on", "most", "again", "every", "owed", "for", "in", "to", "not", "from",
    "brought", "meanwhile", "attempts", "asked", "window", "day", "days", "hours", "waits",
    "starts",
})  # fmt: skip
"""Words no sentence of laneflow's can do without; in Spanish none of them may be left."""
NOT_WORDS = re.compile(r"\{\{.*?\}\}|[\w-]+(?:[./_][\w-]+)+|[^\W\d_]+(?=[')])")
"""Facts, events, scripts, slots: what the lane language itself is made of."""


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> LoadedPractice:
    folder = tmp_path_factory.mktemp("starter")
    lay_out(folder)
    loaded, _ = load_practice(folder)
    assert loaded is not None
    return loaded


@pytest.fixture(scope="module")
def own(starter: LoadedPractice) -> OwnWords:
    return OwnWords(phrases(starter))


def test_a_lane_is_read_in_spanish_but_for_what_the_practice_calls_things(
    starter: LoadedPractice, own: OwnWords
) -> None:
    rows = [
        row.text
        for lane in starter.lanes.values()
        for section in sections(lane, starter.practice)
        for row in section.rows
    ]
    drawn = [diagram(lane) for lane in starter.lanes.values()]
    rows += [label for picture in drawn for arrow in picture.arrows for label in arrow.labels]
    assert len(rows) > 600
    left = {}
    for text in rows:
        told = NOT_WORDS.sub("", own.hidden(said(text, "es", own)))
        if english := ENGLISH & set(re.findall(r"[a-z]+", told)):
            left[text] = english
    assert left == {}


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("The chart shows it is not due", "The chart shows it is not due"),
        (
            "The visit closed: “The visit is not needed any more”",
            "The visit closed: “The visit is not needed any more”",
        ),
        (
            "A task is overdue is open, with the front desk lead until Mon 23 Nov 2026 12:00 EST.",
            "Una tarea está vencida está abierta, con jefatura de recepción hasta lun 23 nov 2026 "
            "12:00 EST.",
        ),
        (
            "the checklist's task toward the specialist's office, by the nurse Mon 23 Nov 2026 "
            "17:00 EST: somebody chose it",
            "la tarea de la lista para el consultorio de especialidad, por enfermería "
            "lun 23 nov 2026 17:00 EST: alguien lo eligió",
        ),
        (
            "window first contact Mon 23 Nov 2026 17:00 EST: 1 business day after "
            "Fri 20 Nov 2026 09:24 EST (brought forward by the tier)",
            "plazo del primer contacto lun 23 nov 2026 17:00 EST: 1 día hábil después de "
            "vie 20 nov 2026 09:24 EST (adelantado por la prioridad)",
        ),
        (
            "It starts Fri 27 Nov 2026 12:00 EST: 7 days before appointment.start "
            "(Fri 4 Dec 2026 12:00 EST).",
            "Empieza el vie 27 nov 2026 12:00 EST: 7 días antes de appointment.start "
            "(vie 4 dic 2026 12:00 EST).",
        ),
        (
            "Nora Fitzgerald documented: reached, by phone, understanding: partly, next: Call "
            "again, by whom: Grace Kim",
            "Nora Fitzgerald documentó: se habló con el paciente, por teléfono, lo que entendió: "
            "en parte, sigue: Call again, por quién: Grace Kim",
        ),
        (
            "appointment.mode is in person (it was in person); appointment.type is one of "
            "procedure or imaging (it was imaging)",
            "appointment.mode es en persona (era en persona); appointment.type es uno de "
            "procedure o imaging (era imaging)",
        ),
    ],
)
def test_the_practices_words_stay_whole_within_a_sentence(
    own: OwnWords, english: str, spanish: str
) -> None:
    assert said(english, "es", own) == spanish


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("Ask the hospital for: discharge summary", "Pedir: discharge summary (el hospital)"),
        ("Ask the patient for: a way to get here", "Pedir al paciente: a way to get here"),
        ("Finish: referral letter and records", "Terminar: referral letter and records"),
        ("Was it kept? Call again", "¿Se cumplió? Call again"),
        (
            "Confirm closing as unsuccessful, with the reason",
            "Confirmar el cierre como sin éxito, con el motivo",
        ),
        ("Call Maria, the owner is busy", "Call Maria, the owner is busy"),
    ],
)
def test_titles_are_spanish_where_the_engine_gave_them(english: str, spanish: str) -> None:
    assert titled(english, "es") == spanish
    assert titled(english, "en") == english


def test_those_titles_are_what_the_engine_says() -> None:
    made = "".join(
        (translations.SOURCE / "engine" / name).read_text("utf-8")
        for name in ("closing.py", "taking.py", "tasks.py")
    )
    for title in TITLES:
        pieces = re.split(r"\{\d\}", title)
        assert re.search(r"\{+[^{}]+\}+".join(map(re.escape, pieces)), made), title


def test_what_stands_in_for_a_practices_words_shows_nowhere(own: OwnWords) -> None:
    told = said("Rosa wrote \U000f0001: the outcome is missing", "es", own)
    assert "\U000f0001" in told, "what somebody typed stays what it is"
