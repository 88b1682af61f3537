"""Owns the name under which Django knows the store: ``laneflow``, so tables are laneflow_*."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """The store as a Django app."""

    name = "laneflow.store"
    label = "laneflow"
    verbose_name = "laneflow store"
