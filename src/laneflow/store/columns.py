"""Owns the kinds of columns that tables are made of, each with the type it has in Python."""

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
