"""Owns the site's map: every page's own addresses, under one roof."""

from __future__ import annotations

from django.urls import include, path
from django.views.i18n import set_language

from laneflow.web.pages import queue

urlpatterns = [
    *queue.urls,
    path("account/", include("allauth.urls")),
    path("language", set_language, name="language"),
]
