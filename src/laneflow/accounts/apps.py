"""Owns the Django app's name."""

from django.apps import AppConfig


class Accounts(AppConfig):
    """People who log in."""

    name = "laneflow.accounts"
    label = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Write down who logs in, from now on."""
        from laneflow.accounts.record import watch

        watch()
