"""Owns what machines ask: alive (``/healthz``), ready (``/readyz``), figures (``/metrics``).

Nobody logs in for these, and none says anything about a patient.
"""

from __future__ import annotations

import ipaddress
import secrets
import threading
from collections.abc import Iterator
from time import monotonic
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, exposition
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from laneflow import __version__
from laneflow.metrics.health import Vitals, not_ready, vitals
from laneflow.web.site import practice_at_work
from laneflow.web.watched import REGISTRY

if TYPE_CHECKING:
    from prometheus_client import Metric

FRESH = 10.0
"""Seconds for which figures are not counted again, however often they are asked for."""

FORWARDED = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Forwarded",
             "Via")  # fmt: skip
"""Headers by which a request shows that it came through a proxy, from somewhere else."""


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether this process answers; nothing else is looked at."""
    return JsonResponse({"alive": True, "version": __version__})


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether people can work here: the database answers, its tables fit, a daemon is awake."""
    try:
        why = not_ready(practice_at_work())
    except DatabaseError:
        why = ["the database does not answer"]
    return JsonResponse({"ready": not why, "why": why}, status=503 if why else 200)


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures in prometheus' text format, for this machine or who holds the token."""
    if not _may_read(request):
        return HttpResponse("Only from this machine, or with the token.\n", status=403,
                            content_type="text/plain")  # fmt: skip
    write, kind = exposition.choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(write(REGISTRY) + write(_FIGURES), content_type=kind)


def _may_read(request: HttpRequest) -> bool:
    token = settings.LANEFLOW_METRICS_TOKEN
    given = request.headers.get("Authorization", "")
    if token and secrets.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    try:
        near = ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
    return near and not any(name in request.headers for name in FORWARDED)


class _Figures(Collector):
    """The store's figures, counted when they are asked for and no more often than FRESH allows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted: tuple[float, object, Vitals | None] = (-FRESH, None, None)

    def collect(self) -> Iterator[Metric]:
        """See Collector."""
        found = self._vitals()
        up = GaugeMetricFamily("laneflow_up", "Whether the database answers")
        up.add_metric([], float(found is not None))
        yield up
        yield from () if found is None else _told(found)

    def _vitals(self) -> Vitals | None:
        with self._lock:
            app, (at, of, found) = practice_at_work(), self._counted
            if monotonic() - at >= FRESH or of is not app:
                try:
                    found = vitals(app)
                except DatabaseError:
                    found = None
                self._counted = (monotonic(), app, found)
            return found


_GAUGES = {
    "overdue": ("laneflow_overdue_tasks", "Open tasks past their due date"),
    "unacknowledged": ("laneflow_unacknowledged_escalations", "Escalations nobody has taken"),
    "outbox_late": ("laneflow_outbox_waiting", "Notices that should have left"),
    "outbox_failing": ("laneflow_outbox_failing", "Notices that could not be sent so far"),
    "quarantined": ("laneflow_quarantined_records", "Bad records not dealt with"),
    "unplaced": ("laneflow_unplaced_events", "Events nobody has said where they belong"),
}


def _told(found: Vitals) -> Iterator[Metric]:
    cases = GaugeMetricFamily("laneflow_open_cases", "Open cases", labels=["lane"])
    for lane, count in sorted(found.open_cases.items()):
        cases.add_metric([lane], count)
    yield cases
    yield GaugeMetricFamily("laneflow_silent_cases", "Must be 0", value=found.silent)
    for key, (name, what) in _GAUGES.items():
        yield GaugeMetricFamily(name, what, value=found.waiting[key])
    yield GaugeMetricFamily(
        "laneflow_lag_seconds", "How long the oldest due work has waited", value=found.lag / 1000
    )
    yield GaugeMetricFamily("laneflow_daemon_awake", "1 is well", value=float(found.awake))
    if found.beat is not None:
        yield GaugeMetricFamily(
            "laneflow_daemon_beat_age_seconds", "Time since the daemon's last sign of life",
            value=max(0, found.at - found.beat) / 1000,
        )  # fmt: skip


_FIGURES = CollectorRegistry(auto_describe=False)
_FIGURES.register(_Figures())

urls = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
