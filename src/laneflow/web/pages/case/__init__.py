"""Owns the case page and all that is done on it."""

from __future__ import annotations

from laneflow.web.pages.case import acts, note, page, together

urls = [*page.urls, *note.urls, *acts.urls, *together.urls]
