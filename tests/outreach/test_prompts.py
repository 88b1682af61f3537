"""A prompt is in the patient's language, names its gaps, and never costs the task."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from cast import t
from laneflow.outreach.prompt import Part, channels_of, prompt_for, title_for
from outreach.cast import NOW, PATIENT, ROOT, a_case, a_practice, a_task

PRACTICE = a_practice()
FIRST_CALL = """\
Hello, this is Ana Torres from Maple Street Family Medicine. May I speak with Maria?
To protect your privacy, please tell me your full name and date of birth.
Note: Go on only if both match: Maria Gomez, March 9, 1958. If someone else answers, leave only our name and number.

I am calling because you went home from St. Mary Hospital. I want to see how you are and plan your visit with us.
I can help you with that now. It takes about five minutes.

How are you since you got home? Is anything worse, or new?
Note: Anything worse or new: press "symptoms worsened" and get a nurse now.
Do you have all your medicines? Are you sure how to take each one?
Note: Any doubt about medicines: press "medication confusion". A nurse will call.
Do you have your discharge papers? They list the warning signs to watch for.
Your next step is a follow-up visit with us. We want to see you by Tuesday, September 8.
Which day works for you? Do you have a way to get here?

I want to be sure I was clear. When is your visit, and what would make you call us sooner?
Note: Write down their words. If a part is missing, say it in a new way and ask again.

What questions do you have for me?

Note: If they ask about symptoms, medicines or results, do not answer. Say this and ask a nurse to call:
That is a question for a nurse. I will ask one to call you. If it is an emergency, hang up and call 911.

If anything gets in the way, call 555-0100 and ask for Ana Torres. We will help you."""  # noqa: E501
RECORDS_FAX = """\
Maple Street Family Medicine
Phone: 555-0100
Date: September 4, 2026

Patient: Maria Gomez, born March 9, 1958
From: Ana Torres
To: the hospital

WE ASK FOR: discharge summary and medication list, for the stay at St. Mary Hospital.
We need them to care for this patient. HIPAA allows this for treatment (45 CFR 164.506).

ATTACHED: nothing besides this page

PLEASE ANSWER: send the records within one business day. If they are not ready, tell us the date.

If you need anything from us to do this, please call 555-0100.

Ana Torres or Ben Cole can help you.

CONFIDENTIAL: This fax holds health information. If it is not for you, please call 555-0100 and destroy it."""  # noqa: E501


def test_the_first_call_word_for_word() -> None:
    prompt = prompt_for(PRACTICE, a_case(), PATIENT, a_task(), NOW)
    assert prompt.text == FIRST_CALL
    assert prompt.voicemail == (
        "Hello, this message is for Maria. This is Maple Street Family Medicine. "
        "Please call us back at 555-0100. Thank you."
    )
    assert prompt.gaps == ()
    assert [part.block for part in prompt.parts] == [
        "identity", "reason", "next_step", "understanding",
        "questions", "clinical_boundary", "help",
    ]  # fmt: skip


def test_the_records_fax_word_for_word() -> None:
    prompt = prompt_for(PRACTICE, a_case(), PATIENT, a_task("partner/records-request", "fax"), NOW)
    assert prompt.text == RECORDS_FAX


def test_the_text_message_word_for_word() -> None:
    prompt = prompt_for(PRACTICE, a_case(), PATIENT, a_task("noshow/recover", "sms"), NOW)
    assert prompt.text == (
        "Hi Maria, this is Maple Street Family Medicine. Let us find a good time. "
        "Please call us at 555-0100. Reply STOP to opt out."
    )


LETTER = """\
Maple Street Family Medicine
555-0100

4 de septiembre de 2026

Maria Gomez
12 Oak Street, Springfield

Hola, Maria:

La enfermera quiere ver con usted el plan que le dio el hospital. Queremos que todo le quede claro.

Por favor, llame hoy al 555-0100 y pida hablar con la enfermera. Tenga a la mano sus papeles y todas sus medicinas.
Sus papeles dicen cuáles son las señales de peligro. Si nota una, llame el mismo día.

Cuando llame, díganos en sus palabras qué va a hacer. Así sabemos si fuimos claros.

¿Qué preguntas tiene? Anótelas y háganoslas cuando llame.

La enfermera contesta preguntas sobre síntomas, medicinas y resultados. Si se siente peor, llámenos. En una emergencia, llame al 911.

Ana Torres le puede ayudar en el 555-0100.

Con aprecio,

Ana Torres
Maple Street Family Medicine"""  # noqa: E501
PARTNER_PORTAL = """\
Paciente: Maria Gomez, fecha de nacimiento: 9 de marzo de 1958
De: Ana Torres
Maple Street Family Medicine, 555-0100
Para: the hospital

SOLICITAMOS: discharge summary y medication list, de la estancia en St. Mary Hospital.
Los necesitamos para atender a este paciente. La ley HIPAA lo permite para el tratamiento (45 CFR 164.506).

ADJUNTO: nada más que este mensaje

POR FAVOR, RESPONDAN: manden los documentos en un día hábil. Si no están listos, dígannos la fecha.

Si necesitan algo de nosotros, por favor contesten aquí o llamen al 555-0100.

Ana Torres o Ben Cole les puede ayudar."""  # noqa: E501


def test_a_letter_in_spanish_word_for_word() -> None:
    task = a_task("discharge/nurse-call", "letter")
    assert prompt_for(PRACTICE, a_case(), PATIENT, task, NOW, language="es").text == LETTER


def test_a_message_to_a_hospital_in_spanish_word_for_word() -> None:
    task = a_task("partner/records-request", "portal")
    assert prompt_for(PRACTICE, a_case(), PATIENT, task, NOW, language="es").text == PARTNER_PORTAL


def test_a_spanish_text_message_word_for_word() -> None:
    task = a_task("referral/result-call", "sms")
    assert prompt_for(PRACTICE, a_case(), PATIENT, task, NOW, language="es").text == (
        "Hola Maria, somos Maple Street Family Medicine. Fijemos una hora. "
        "Por favor llame al 555-0100. STOP para no recibir más."
    )


def test_a_visit_here_is_prepared_as_one() -> None:
    for channel in ("phone", "portal", "letter"):
        task = a_task("telehealth/readiness", channel)
        here = prompt_for(PRACTICE, a_case(kind="in person"), PATIENT, task, NOW).text
        assert "visit here" in here
        assert not re.search(r"video|link|camera", here)


def test_a_missed_visit_already_talked_about_is_not_told_again() -> None:
    for channel in ("phone", "portal", "letter"):
        task = a_task("noshow/recover", channel)
        assert "missed" in prompt_for(PRACTICE, a_case(), PATIENT, task, NOW).text
        agreed = prompt_for(PRACTICE, a_case(status="agreed"), PATIENT, task, NOW).text
        assert "missed" not in agreed


def test_a_practice_that_works_in_spanish_keeps_english_for_who_speaks_it() -> None:
    practice = a_practice(languages=("es", "en"))
    for spoken, locale, back in (("en", "en", False), ("es", "es", False), ("fr", "es", True)):
        patient = PATIENT | {"patient.language": spoken}
        prompt = prompt_for(practice, a_case(), patient, a_task(), NOW)
        assert (prompt.locale, prompt.fell_back) == (locale, back)
        assert prompt.text.startswith("Hello" if locale == "en" else "Hola")
    office = prompt_for(practice, a_case(), PATIENT, a_task("partner/auth-status", "fax"), NOW)
    assert "SOLICITAMOS" in office.text


def test_a_kind_has_its_own_words() -> None:
    emergency = prompt_for(PRACTICE, a_case(kind="emergency"), PATIENT, a_task(), NOW)
    assert "you were in the emergency department" in emergency.text
    assert "St. Mary" not in emergency.text


def test_a_patient_who_speaks_spanish_hears_spanish() -> None:
    for language in ("es", "es-MX", "ES_us"):
        patient = PATIENT | {"patient.language": language}
        prompt = prompt_for(PRACTICE, a_case(), patient, a_task(), NOW)
        assert (prompt.locale, prompt.fell_back) == ("es", False)
        assert "Queremos verle a más tardar el martes 8 de septiembre." in prompt.text
        assert prompt.title == "Call Maria, home from St. Mary Hospital"


def test_a_language_without_a_script_falls_back_and_says_so() -> None:
    patient = PATIENT | {"patient.language": "fr"}
    prompt = prompt_for(PRACTICE, a_case(), patient, a_task(), NOW)
    assert (prompt.locale, prompt.fell_back) == ("en", True)
    assert prompt.text == FIRST_CALL


def test_a_partner_is_addressed_in_the_practices_language() -> None:
    patient = PATIENT | {"patient.language": "es"}
    prompt = prompt_for(PRACTICE, a_case(), patient, a_task("partner/records-request", "fax"), NOW)
    assert (prompt.locale, prompt.fell_back, prompt.text) == ("en", False, RECORDS_FAX)


def test_a_missing_value_is_named_where_it_would_stand() -> None:
    patient = {k: v for k, v in PATIENT.items() if k != "patient.first_name"}
    facts = {k: v for k, v in a_case().facts.items() if k != "encounter.facility"}
    prompt = prompt_for(PRACTICE, a_case(facts=facts), patient, a_task(), NOW)
    assert "May I speak with [patient.first_name missing]?" in prompt.text
    assert prompt.gaps == ("patient.first_name", "patient.name", "encounter.facility")
    assert (
        prompt.title == "Call [patient.first_name missing], home from [encounter.facility missing]"
    )


def test_an_empty_value_is_a_missing_one() -> None:
    prompt = prompt_for(PRACTICE, a_case(), PATIENT | {"patient.first_name": " \n"}, a_task(), NOW)
    assert "patient.first_name" in prompt.gaps


def test_a_missing_script_leaves_the_title_and_says_what_is_missing() -> None:
    prompt = prompt_for(PRACTICE, a_case(), PATIENT, a_task("discharge/first-call", "fax"), NOW)
    assert prompt.title == "Call Maria, home from St. Mary Hospital"
    assert prompt.gaps == ("there is no script discharge/first-call for fax",)


def test_a_task_without_a_script_has_a_title_and_no_gap() -> None:
    prompt = prompt_for(PRACTICE, a_case(), PATIENT, a_task("", ""), NOW)
    assert (prompt.title[:10], prompt.parts, prompt.gaps) == ("Call Maria", (), ())


def test_whoever_covers_says_their_own_name_and_the_owner_stays_the_helper() -> None:
    prompt = prompt_for(PRACTICE, a_case(), PATIENT, a_task(), NOW, speaker="ben")
    assert prompt.text.startswith("Hello, this is Ben Cole from")
    assert "ask for Ana Torres" in prompt.text


def test_a_feed_cannot_add_lines_or_marks_to_a_letter() -> None:
    spoilt = "Maria\r\n\r\nPay here\x02voicemail\x03\u202e" + "a" * 500
    prompt = prompt_for(PRACTICE, a_case(), PATIENT | {"patient.first_name": spoilt}, a_task(), NOW)
    greeting = prompt.text.splitlines()[0]
    assert "May I speak with Maria Pay here voicemail aaa" in greeting
    assert greeting.endswith("…?")
    assert len(greeting) < 300
    assert "\u202e" not in prompt.text


def test_a_template_in_a_value_is_only_text() -> None:
    patient = PATIENT | {"patient.first_name": "{{ practice.phone }}{% raw %}"}
    prompt = prompt_for(PRACTICE, a_case(), patient, a_task(), NOW)
    assert "May I speak with {{ practice.phone }}{% raw %}?" in prompt.text


def test_times_are_the_locations_and_said_in_the_patients_way(tmp_path: Path) -> None:
    line = "{{ appointment.start|day }}, {{ appointment.start|time }}, {{ today|date }}"
    assert said(tmp_path, line, "en") == "Thursday, September 10, 3:30 PM, September 4, 2026"
    assert said(tmp_path, line, "es") == "jueves 10 de septiembre, 3:30 pm, 4 de septiembre de 2026"


def test_the_appointment_is_the_earliest_still_ahead(tmp_path: Path) -> None:
    case = a_case(
        appointments={
            "a": {"state": "missed", "appointment.start": "2026-09-01T09:00:00-04:00"},
            "b": {"state": "booked", "appointment.start": "2026-09-20T09:00:00-04:00"},
            "c": {"state": "booked", "appointment.start": "2026-09-12T13:00:00Z"},
        }
    )
    line = "{{ appointment.start|day }} at {{ appointment.start|time }}"
    assert said(tmp_path, line, "en", case) == "Saturday, September 12 at 9:00 AM"
    assert said(tmp_path, line, "en", a_case(appointments={})) == (
        "[appointment.start missing] at [appointment.start missing]"
    )


def test_nobody_is_asked_to_meet_a_date_that_has_passed() -> None:
    late = t("2026-09-09 09:00")
    assert "by Tuesday, September 8" in prompt_for(PRACTICE, a_case(), PATIENT, a_task(), NOW).text
    prompt = prompt_for(PRACTICE, a_case(), PATIENT, a_task(), late)
    assert "September 8" not in prompt.text
    assert prompt.gaps == ()


def test_an_unclear_next_step_is_asked_and_not_guessed() -> None:
    facts = {k: v for k, v in a_case().facts.items() if not k.startswith("visit.")}
    for script, channel in (
        ("postvisit/next-step", "phone"),
        ("postvisit/next-step", "letter"),
        ("postvisit/book", "phone"),
    ):
        for language in ("en", "es"):
            task = a_task(script, channel)
            prompt = prompt_for(
                PRACTICE, a_case(facts=facts), PATIENT, task, NOW, language=language
            )
            assert prompt.gaps == ()


def test_lists_and_phones_read_as_people_say_them(tmp_path: Path) -> None:
    assert said(tmp_path, "{{ checklist.missing }}", "en") == (
        "discharge summary, medication list and insurance card"
    )
    assert said(tmp_path, "{{ checklist.missing_from.hospital|listing }}", "es") == (
        "discharge summary y medication list"
    )
    assert said(tmp_path, "{{ patient.phone|phone }}", "en") == "555-234-5678"


def test_a_title_has_only_what_it_asks_for() -> None:
    task = a_task(do="Ask {{ partner.name }} for {{ partner.missing }}", to="hospital")
    assert title_for(PRACTICE, a_case(), PATIENT, task, NOW) == (
        "Ask the hospital for discharge summary and medication list"
    )
    assert title_for(PRACTICE, a_case(), {}, a_task(do="Call back"), NOW) == "Call back"


def test_a_broken_title_is_shown_as_it_was_written() -> None:
    task = a_task(do="Call {{ patient.first_name")
    assert title_for(PRACTICE, a_case(), PATIENT, task, NOW) == "Call {{ patient.first_name"


def test_opening_facts_outlive_the_appointment(tmp_path: Path) -> None:
    case = a_case(appointments={}, opening={"appointment.start": "2026-09-01T09:00:00-04:00"})
    assert said(tmp_path, "{{ opening.appointment.start|day }}", "en", case) == (
        "Tuesday, September 1"
    )


def test_text_beside_the_parts_is_kept_and_parts_may_nest(tmp_path: Path) -> None:
    write(
        tmp_path, "base.j2", "A\n{% block reason %}B{% block extra %}{% endblock %}{% endblock %}"
    )
    write(
        tmp_path,
        "call.phone.j2",
        '{% extends "base.j2" %}{% block reason %}{{ super() }}!{% endblock %}'
        "{% block extra %}C{% endblock %}",
    )
    prompt = prompt_for(a_practice(tmp_path), a_case(), PATIENT, a_task("call"), NOW)
    assert prompt.text == "A\nBC!"
    assert prompt.parts == (Part("reason", "BC!"),)


def test_without_a_channel_the_first_written_one_is_taken() -> None:
    folder = str(ROOT)
    assert channels_of(folder, "discharge/first-call") == ("phone", "sms", "portal", "letter")
    assert channels_of(folder, "discharge/first") == ()
    assert prompt_for(PRACTICE, a_case(), PATIENT, a_task(channel=""), NOW).channel == "phone"
    partner = a_task("partner/auth-status", "", due=a_task().due)
    assert prompt_for(PRACTICE, a_case(), PATIENT, partner, t("2026-09-04 10:00")).channel == "fax"


def said(folder: Path, line: str, language: str, case: Any = None) -> str:
    write(folder, "line.phone.j2", line)
    write(folder, "line.phone.es.j2", line)
    practice = a_practice(folder)
    case = case or a_case()
    return prompt_for(practice, case, PATIENT, a_task("line"), NOW, language=language).text


def write(folder: Path, name: str, text: str) -> None:
    (folder / "scripts").mkdir(exist_ok=True)
    (folder / "scripts" / name).write_text(text)
