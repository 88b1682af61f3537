"""How pages say when: in the location's zone, in its open time, in the reader's language."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, Template
from django.utils.translation import override

from cast import t
from laneflow.work.app import App
from web_cast import MONDAY


class ADesk:
    """As much of a desk as the tags ask for."""

    def __init__(self, app: App) -> None:
        self.practice, self.live, self.at = app.loaded.practice, app.live, MONDAY


def shown(app: App, tag: str, language: str = "en", **values: Any) -> str:
    with override(language):
        template = Template("{% load told %}{% " + tag + " %}")
        return str(template.render(Context({"desk": ADesk(app), **values})))


@pytest.mark.parametrize(
    ("at", "english", "spanish"),
    [
        ("2026-09-14 10:00", "overdue", "vencido"),
        ("2026-09-14 10:30", "due in 30 min (business)", "vence en 30 min (hábiles)"),
        ("2026-09-14 12:00", "due in 2 h (business)", "vence en 2 h (hábiles)"),
        ("2026-09-14 17:00", "due in 7 h (business)", "vence en 7 h (hábiles)"),
        ("2026-09-15 09:00", "due in 8 h (business)", "vence en 8 h (hábiles)"),
        ("2026-09-15 17:00", "due in 1 business day", "vence en 1 día hábil"),
        ("2026-09-16 17:00", "due in 2 business days", "vence en 2 días hábiles"),
        ("2026-09-11 16:00", "overdue by 3 h (business)", "vencido hace 3 h (hábiles)"),
        ("2026-09-10 17:00", "overdue by 1 business day", "vencido hace 1 día hábil"),
        ("2026-09-14 09:59", "overdue by 1 min", "vencido hace 1 min"),
    ],
)
def test_how_far_off_in_business_time(app: App, at: str, english: str, spanish: str) -> None:
    """It is Monday at ten; Maple Street is open from 8 to 17, and closed at the weekend."""
    assert f">{english}<" in shown(app, "due at 'main'", at=t(at))
    assert f">{spanish}<" in shown(app, "due at 'main'", "es", at=t(at))


def test_overdue_is_said_in_words_and_marked(app: App) -> None:
    assert 'class="due overdue"' in shown(app, "due at 'main'", at=MONDAY - 1)
    assert 'class="due"' in shown(app, "due at 'main'", at=MONDAY + 1)


def test_an_instant_names_its_zone(app: App) -> None:
    assert "Tue 8 Sep, 17:00 EDT</time>" in shown(app, "when at 'main'", at=t("2026-09-08 17:00"))
    assert "mar 8 sept, 17:00 EDT</time>" in shown(
        app, "when at 'main'", "es", at=t("2026-09-08 17:00")
    )
    assert 'datetime="2026-09-08T17:00:00-04:00"' in shown(
        app, "when at 'main'", at="2026-09-08T17:00:00-04:00"
    )


def test_a_far_instant_names_its_year(app: App) -> None:
    assert "2025" in shown(app, "when at 'main'", at=t("2025-09-08 17:00"))


@pytest.mark.parametrize("tag", ["when at 'main'", "due at 'main'", "ago at", "tier at"])
def test_nothing_is_said_of_no_instant(app: App, tag: str) -> None:
    assert shown(app, tag, at=None) == ""


def test_how_long_ago(app: App) -> None:
    assert shown(app, "ago at", at=MONDAY - 3 * 3_600_000) == "3 hours ago"
    assert shown(app, "ago at", "es", at=MONDAY - 3 * 3_600_000) == "hace 3 horas"


def test_names(app: App) -> None:
    assert shown(app, "person 'ana'") == "Ana Torres"
    assert shown(app, "person 'gone'") == "gone"
    assert shown(app, "lane 'referral-follow-up'") == "Referral follow-up"
    assert shown(app, "location 'main'") == "Maple Street"
    assert shown(app, "queue_status 'sent'", "es") == "Enviado"


def test_a_tier_says_its_name_and_shows_its_rank(app: App) -> None:
    assert shown(app, "tier 'urgent'") == '<span class="badge tier-urgent">urgent</span>'
    assert shown(app, "tier 'routine'", "es") == (
        '<span class="badge tier-routine">de rutina</span>'
    )
    assert "tier-routine" in shown(app, "tier name", name="<b>gone")
    assert "<b>" not in shown(app, "tier name", name="<b>gone")


@pytest.mark.parametrize(
    ("at", "english", "spanish"),
    [
        (MONDAY, "now", "ahora"),
        (MONDAY + 59_000, "now", "ahora"),
        (MONDAY - 59_000, "just now", "hace un momento"),
        (MONDAY - 120_000, "2 minutes ago", "hace 2 minutos"),
        (MONDAY + 3 * 3_600_000, "in 3 hours", "dentro de 3 horas"),
    ],
)
def test_how_long_ago_by_the_clock(app: App, at: int, english: str, spanish: str) -> None:
    assert shown(app, "ago at", at=at) == english
    assert shown(app, "ago at", "es", at=at) == spanish
