"""Owns what tables are made of: the kinds of columns, each with its type in Python; indexes."""

from __future__ import annotations

from typing import Any

from django.db import models

from laneflow.store.fields import InstantField


def words(**options: Any) -> models.TextField[str, str]:
    return models.TextField(**options)


def whole(**options: Any) -> models.BigIntegerField[int, int]:
    return models.BigIntegerField(**options)


def small(**options: Any) -> models.SmallIntegerField[int, int]:
    return models.SmallIntegerField(**options)


def flag() -> models.BooleanField[bool, bool]:
    return models.BooleanField()


def blob() -> models.BinaryField[bytes, bytes]:
    return models.BinaryField()


def serial() -> models.BigAutoField[int, int]:
    return models.BigAutoField(primary_key=True)


def when(**options: Any) -> InstantField:
    return InstantField(null=True, **options)


def case() -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(
        "Case", models.DO_NOTHING, db_column="case", db_constraint=False, db_index=False,
        related_name="+",
    )  # fmt: skip


def index(name: str, columns: str, condition: models.Q | None = None) -> models.Index:
    """An index over ``columns``, parted by spaces; only of the rows that a condition keeps."""
    return models.Index(fields=columns.split(), condition=condition, name=name)
