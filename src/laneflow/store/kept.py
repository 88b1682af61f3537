"""Owns the tables beside the hot ones: versions, releases, quarantine, audit, meta."""

from __future__ import annotations

from django.db import models
from django.db.models import Q, UniqueConstraint

from laneflow.store.columns import blob, flag, index, serial, when, whole, words
from laneflow.store.fields import InstantField


class Version(models.Model):
    """One version of a practice, lane, script or file; ``live`` marks the present one of each."""

    n = serial()
    kind = words()
    name = words()
    hash = words()
    content = blob()
    live = flag()
    at = InstantField()
    by = words()

    class Meta:
        constraints = (
            UniqueConstraint(
                fields=["kind", "name"], condition=Q(live=True), name="laneflow_version_live"
            ),
        )
        indexes = (index("laneflow_version_hash", "hash"),)


class Release(models.Model):
    """What was made live together: when, by whom, why. ``parts`` names the versions, as JSON."""

    n = whole(primary_key=True)
    at = InstantField()
    by = words()
    why = words()
    parts = words()


class Quarantine(models.Model):
    """A record that could not be taken in, until it is mended."""

    digest = words(primary_key=True)
    source = words()
    file = words()
    line = whole()
    reason = words()
    raw = words()
    at = InstantField()
    mended_at = when()

    class Meta:
        indexes = (index("laneflow_quarantine_open", "at", Q(mended_at__isnull=True)),)


class Audit(models.Model):
    """Who did or looked at what. Each row's hash covers the one before it.

    Only ever added to: triggers refuse everything else, see migration 0007.
    """

    n = whole(primary_key=True)
    at = InstantField()
    by = words()
    what = words()
    object = words()
    detail = words()
    hash = words()

    class Meta:
        indexes = (
            index("laneflow_audit_at", "at"),
            index("laneflow_audit_by", "by n"),
            index("laneflow_audit_object", "object n", ~Q(object="")),
        )


class Meta(models.Model):
    """What there is one of: the clock's latest instant, the tiers, the last release, the audit."""

    name = words(primary_key=True)
    instant = when()
    number = whole(null=True)
    words = words(default="", db_default="")
