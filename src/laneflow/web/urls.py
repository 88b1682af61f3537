"""Owns the site's map: every page's own addresses, under one roof."""

from __future__ import annotations

from django.urls import include, path

from laneflow.web.pages import preferences, queue

urlpatterns = [
    *queue.urls,
    path("account/", include("allauth.urls")),
    *preferences.urls,
]
