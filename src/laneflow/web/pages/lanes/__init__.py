"""Owns the pages of lanes and scripts: read, edited, tried, planned, published."""

from __future__ import annotations

from laneflow.web.pages.lanes import editing, page, previewing, publishing, trying

urls = [*previewing.urls, *trying.urls, *page.urls, *editing.urls, *publishing.urls]
