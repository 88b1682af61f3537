"""Owns how reading is narrowed: column=value, where None is "not set" and a list is "one of".

``barrier`` is no column: it is one of those in ``barriers``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from laneflow.errors import did_you_mean, listing
from laneflow.store import codec
from laneflow.store.tables import OF_CASE, CaseRow, EscalationRow, TaskRow

CASE_FILTERS = (frozenset(CaseRow._fields) - {"body"}) | {"barrier"}
TASK_FILTERS = (frozenset(TaskRow._fields) - {"id"}) | {"task", "barrier", *OF_CASE}
ESCALATION_FILTERS = frozenset(EscalationRow._fields) | set(OF_CASE)


def known(filters: Mapping[str, Any], columns: Collection[str]) -> None:
    """Raise TypeError for a filter that is no column."""
    for name in filters:
        if name not in columns:
            raise TypeError(f'no filter "{name}". {did_you_mean(name, columns, listing(columns))}')


def several(value: Any) -> bool:
    """Whether a filter's value means "one of"."""
    return isinstance(value, (list, tuple, set, frozenset))


def keeps(row: Mapping[str, Any], filters: Mapping[str, Any]) -> bool:
    """Whether a row passes all filters."""
    return all(_keeps(row, name, value) for name, value in filters.items())


def _keeps(row: Mapping[str, Any], name: str, value: Any) -> bool:
    if name == "barrier":
        return codec.text(value) in row["barriers"]
    return bool(row[name] in value if several(value) else row[name] == value)


def where(filters: Mapping[str, Any], places: Mapping[str, str]) -> tuple[list[str], list[Any]]:
    """SQL conditions, to be joined by AND, and their parameters. ``places``: column -> table."""
    conditions: list[str] = []
    parameters: list[Any] = []
    for name, value in filters.items():
        if name == "barrier":  # not by LIKE: SQLite's takes capitals for small letters
            column = f"{places[name]}.barriers"
            conditions.append(f"{column} <> '' AND REPLACE({column}, %s, '') <> {column}")
            parameters.append(codec.text(value))
            continue
        column = f'{places[name]}."{name}"'
        if value is None:
            conditions.append(f"{column} IS NULL")
        elif several(value):
            conditions.append(f"{column} IN ({', '.join(['%s'] * len(value))})" if value else "1=0")
            parameters += value
        else:
            conditions.append(f"{column} = %s")
            parameters.append(value)
    return conditions, parameters
