"""Owns the site's map: every page's own addresses, under one roof."""

from __future__ import annotations

from laneflow.web.pages import (
    account,
    audit,
    by_hand,
    case,
    cases,
    emergencies,
    emergency,
    escalations,
    health,
    inbound,
    lanes,
    link,
    login,
    people,
    preferences,
    probes,
    quarantine,
    queue,
    today,
    unplaced,
)

urlpatterns = [
    *queue.urls,
    *lanes.urls,
    *today.urls,
    *cases.urls,
    *emergencies.urls,
    *people.urls,
    *case.urls,
    *escalations.urls,
    *unplaced.urls,
    *inbound.urls,
    *by_hand.urls,
    *account.urls,
    *login.urls,
    *link.urls,
    *emergency.urls,
    *preferences.urls,
    *probes.urls,
    *health.urls,
    *quarantine.urls,
    *audit.urls,
]

handler400 = "laneflow.web.failed.unreadable"
handler500 = "laneflow.web.failed.failed"
