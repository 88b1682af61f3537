"""Owns what is noted of every request: a line in the log and its time, by the page's name.

Never its path: whoever types an address may have a patient's name in it.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Histogram

log = structlog.get_logger("laneflow.pages")

REGISTRY = CollectorRegistry()
"""What this process tells prometheus."""

LATENCY = Histogram(
    "laneflow_request_seconds",
    "Server time of requests",
    ("route", "method", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)

PROBES = ("healthz", "readyz", "metrics")
_METHODS = ("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE")


class Watched:
    """Times each request and writes its line."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        answer = self.get_response(request)
        seconds = perf_counter() - began
        route = _route(request)
        method = request.method if request.method in _METHODS else "other"
        LATENCY.labels(route, method, str(answer.status_code)).observe(seconds)
        tell = log.debug if route in PROBES or route == "static" else log.info
        tell(
            "request", method=method, route=route, status=answer.status_code,
            ms=round(seconds * 1000, 1),
        )  # fmt: skip
        return answer


def _route(request: HttpRequest) -> str:
    if request.resolver_match is not None:
        return request.resolver_match.view_name
    return "static" if request.path.startswith(settings.STATIC_URL) else "none"
