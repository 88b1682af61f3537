"""Owns the site's map: every page's own addresses, under one roof."""

from __future__ import annotations

from laneflow.web.pages import (
    account,
    case,
    case_acts,
    editing,
    emergency,
    escalations,
    lanes,
    link,
    login,
    note,
    preferences,
    previewing,
    publishing,
    queue,
    trying,
    unplaced,
)

urlpatterns = [
    *queue.urls,
    *previewing.urls,
    *trying.urls,
    *lanes.urls,
    *editing.urls,
    *publishing.urls,
    *case.urls,
    *note.urls,
    *case_acts.urls,
    *escalations.urls,
    *unplaced.urls,
    *account.urls,
    *login.urls,
    *link.urls,
    *emergency.urls,
    *preferences.urls,
]

handler400 = "laneflow.web.failed.unreadable"
handler500 = "laneflow.web.failed.failed"
