"""Owns how reading is narrowed: column=value, where None is "not set" and a list is "one of"."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from laneflow.errors import did_you_mean, listing
from laneflow.store.tables import OF_CASE, CaseRow, EscalationRow, TaskRow

CASE_FILTERS = frozenset(CaseRow._fields) - {"body"}
TASK_FILTERS = (frozenset(TaskRow._fields) - {"id"}) | {"task", *OF_CASE}
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
    return all(
        row[name] in value if several(value) else row[name] == value
        for name, value in filters.items()
    )


def where(filters: Mapping[str, Any], places: Mapping[str, str]) -> tuple[list[str], list[Any]]:
    """SQL conditions, to be joined by AND, and their parameters. ``places``: column -> table."""
    conditions: list[str] = []
    parameters: list[Any] = []
    for name, value in filters.items():
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
