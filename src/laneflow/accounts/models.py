"""Owns the tables of people who log in: columns and constraints, and no logic."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from laneflow.store.fields import InstantField


class Accounts(BaseUserManager["Account"]):
    """Finds accounts, as Django's login asks for it."""


class Account(AbstractBaseUser):
    """Somebody who logs in.

    ``person`` is their id in practice.yaml, "" for who does no patient work (operations, auditor).
    ``roles``: names of ``rights.ROLES``. ``locations``: ids; None for those where the person
    works, and ``["*"]`` for all. ``single_sign_on``: the address an identity provider vouches for.
    ``demo``: a login whose password was printed; refused outside the demo.
    """

    username: models.TextField[str, str] = models.TextField(unique=True)
    name: models.TextField[str, str] = models.TextField()
    person: models.TextField[str, str] = models.TextField(blank=True, default="", db_default="")
    roles: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    locations: models.JSONField[list[str] | None, list[str] | None] = models.JSONField(
        null=True, default=None
    )
    single_sign_on: models.TextField[str, str] = models.TextField(
        blank=True, default="", db_default=""
    )
    is_active: models.BooleanField[bool, bool] = models.BooleanField(default=True, db_default=True)
    demo: models.BooleanField[bool, bool] = models.BooleanField(default=False, db_default=False)
    created = InstantField(default=0, db_default=0)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[Any] = Accounts()

    def get_full_name(self) -> str:
        """The name that pages show."""
        return str(self.name)


class Link(models.Model):
    """A link that is good once, to choose a password: its digest, for whom, until when.

    ``account``: None for the first manager, who has none yet.
    """

    digest: models.TextField[str, str] = models.TextField(primary_key=True)
    account: models.ForeignKey[Account | None, Account | None] = models.ForeignKey(
        Account, models.CASCADE, related_name="links", null=True
    )
    made = InstantField()
    until = InstantField()
    used = InstantField(null=True)


class Emergency(models.Model):
    """Emergency access: who opened which case outside their locations, why, until when.

    ``seen_by`` is the manager who has looked at it since, "" until then.
    """

    account: models.ForeignKey[Account, Account] = models.ForeignKey(
        Account, models.CASCADE, related_name="emergencies"
    )
    case: models.TextField[str, str] = models.TextField()
    patient: models.TextField[str, str] = models.TextField()
    location: models.TextField[str, str] = models.TextField()
    reason: models.TextField[str, str] = models.TextField()
    at = InstantField()
    until = InstantField()
    seen_by: models.TextField[str, str] = models.TextField(blank=True, default="", db_default="")
    seen_at = InstantField(null=True)

    class Meta:
        indexes = (models.Index(fields=["account", "case", "until"], name="accounts_emergency_of"),)
