"""Owns the Django app's name."""

from django.apps import AppConfig


class Web(AppConfig):
    """The pages, their templates and files."""

    name = "laneflow.web"
    label = "web"
