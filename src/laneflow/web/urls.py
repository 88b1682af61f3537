"""Owns the site's map: every page's own addresses, under one roof."""

from __future__ import annotations

from laneflow.web.pages import (
    account,
    case,
    case_acts,
    emergency,
    link,
    login,
    note,
    preferences,
    queue,
)

urlpatterns = [
    *queue.urls,
    *case.urls,
    *note.urls,
    *case_acts.urls,
    *account.urls,
    *login.urls,
    *link.urls,
    *emergency.urls,
    *preferences.urls,
]

handler400 = "laneflow.web.failed.unreadable"
handler500 = "laneflow.web.failed.failed"
