"""Owns the site's map: every page's own addresses, under one roof."""

from __future__ import annotations

from laneflow.web.pages import (
    account,
    case,
    case_acts,
    cases,
    editing,
    emergencies,
    emergency,
    escalations,
    inbound,
    lanes,
    link,
    login,
    note,
    people,
    preferences,
    previewing,
    probes,
    publishing,
    queue,
    queue_acts,
    today,
    together,
    trying,
    unplaced,
)

urlpatterns = [
    *queue.urls,
    *queue_acts.urls,
    *previewing.urls,
    *trying.urls,
    *lanes.urls,
    *editing.urls,
    *publishing.urls,
    *today.urls,
    *cases.urls,
    *emergencies.urls,
    *people.urls,
    *case.urls,
    *note.urls,
    *case_acts.urls,
    *escalations.urls,
    *unplaced.urls,
    *together.urls,
    *inbound.urls,
    *account.urls,
    *login.urls,
    *link.urls,
    *emergency.urls,
    *preferences.urls,
    *probes.urls,
]

handler400 = "laneflow.web.failed.unreadable"
handler500 = "laneflow.web.failed.failed"
