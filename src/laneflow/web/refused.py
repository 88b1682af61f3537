"""Owns the pages that refuse: not found, not allowed, outside one's locations, ours to mend."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from laneflow.errors import LaneflowError
from laneflow.web.desk import OutOfSightError


class Refusals:
    """Answers with a clear page where a view refuses."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A page for what was refused; None leaves the error to Django."""
        if isinstance(error, OutOfSightError):
            return render(request, "laneflow/out_of_sight.html", {"case": error.case}, status=403)
        if isinstance(error, PermissionDenied):
            return render(request, "403.html", status=403)
        if isinstance(error, LaneflowError):
            return render(
                request, "laneflow/refused.html", {"problems": error.problems}, status=400
            )
        return None
