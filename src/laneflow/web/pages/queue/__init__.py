"""Owns the queue's page and what is done from it."""

from __future__ import annotations

from laneflow.web.pages.queue import acts, page

urls = [*page.urls, *acts.urls]
