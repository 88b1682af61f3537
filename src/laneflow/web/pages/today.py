"""Owns *Today*: the manager's figures of the day, each with the cases behind it one click away."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date
from django.http import HttpResponse
from django.urls import path
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from laneflow.accounts.emergency import emergencies
from laneflow.accounts.rights import OVERSEE
from laneflow.metrics import charts
from laneflow.metrics.cases import told
from laneflow.metrics.gaps import gaps
from laneflow.metrics.kept import FRESH, kept_for
from laneflow.metrics.today import OPEN_QUEUES
from laneflow.metrics.today import flow as by_day
from laneflow.metrics.today import today as figures
from laneflow.practice.words import local
from laneflow.web.desk import Desk, page
from laneflow.web.pages.cases import places_of
from laneflow.web.pages.preferences import theme_of

PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""A chart opened by itself runs nothing; the one style it brings is its own."""


@page(OVERSEE)
def today(desk: Desk) -> HttpResponse:
    """The day's figures of the desk's locations, or of one of them."""
    place, places = places_of(desk)
    found = figures(kept_for(desk.app).counted(desk.app, desk.at), desk.live, places)
    oldest = told(desk.store, desk.live, desk.at, found["oldest"])
    desk.shown("today", [row["id"] for row in oldest])
    zone = desk.practice.time_zone
    values = {
        "place": place,
        "places": sorted(desk.locations & desk.practice.locations.keys()),
        "queues": OPEN_QUEUES,
        "oldest": oldest,
        "gaps": gaps(desk.app.loaded, places, local(desk.at, zone).date()),
        "emergencies": sum(not one["seen_by"] for one in emergencies(places, desk.at)),
        "monday": local(found["week"][0], zone).date().isoformat(),
        "aged": desk.at - found["at"] >= 1000,
        "again": desk.at - found["at"] >= FRESH,
        "as_of": f"{local(found['at'], zone):%H:%M:%S}",
    }
    return desk.render("today.html", found | values)


@page(OVERSEE)
def flow(desk: Desk) -> HttpResponse:
    """Cases opened and closed, day by day over four weeks: the figures, each with its list."""
    place, places = places_of(desk)
    days = by_day(desk.store, desk.practice, places, desk.at)
    return desk.render("flow.html", {"place": place, "days": days[::-1]})


@page(OVERSEE)
def flow_chart(desk: Desk) -> HttpResponse:
    """The same as a picture."""
    days = by_day(desk.store, desk.practice, places_of(desk)[1], desk.at)
    opened, closed = _("opened"), _("closed")
    described = _("In four weeks %(opened)d cases were opened and %(closed)d closed.") % {
        "opened": sum(n for _day, n, _n in days), "closed": sum(n for _day, _n, n in days),
    }  # fmt: skip
    drawn = charts.lines(
        _("Cases opened and closed, day by day"),
        described,
        [_short(day) for day, _n, _m in days],
        {opened: [n for _day, n, _n in days], closed: [n for _day, _n, n in days]},
        headed=True,
        dark=_DARK[theme_of(desk.request)],
    )
    answer = HttpResponse(drawn, content_type="image/svg+xml")
    answer.headers["Content-Security-Policy"] = PICTURE_POLICY
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


_DARK: dict[str, charts.Dark] = {"": "automatic", "light": "never", "dark": "always"}


def _short(day: date) -> str:
    return format_date(day, "d MMM", locale=(get_language() or "en").replace("-", "_"))


urls = [
    path("today", today, name="today"),
    path("today/days", flow, name="today_days"),
    path("today/days.svg", flow_chart, name="today_chart"),
]
