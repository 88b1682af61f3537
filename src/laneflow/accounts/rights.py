"""Owns what each role may do. A page asks for one right; a person has those of all their roles."""

from __future__ import annotations

from collections.abc import Iterable

LOOK = "look"
"""see queues and patients' cases, at one's own locations"""
WORK = "work"
"""change cases: document, claim, put off, hand over, check off, answer escalations"""
PLACE = "place"
"""say where an unplaced event belongs, and open a case by hand"""
OVERSEE = "oversee"
"""the day's figures, people's hours and absences, emergency accesses"""
EDIT = "edit"
"""edit, plan, publish and roll back lanes and scripts"""
OPERATE = "operate"
"""health, intake and its quarantine"""
AUDIT = "audit"
"""the access log and the audit trail"""

ROLES: dict[str, frozenset[str]] = {
    "coordinator": frozenset({LOOK, WORK, PLACE}),
    "nurse": frozenset({LOOK, WORK}),
    "provider": frozenset({LOOK, WORK}),
    "manager": frozenset({LOOK, WORK, PLACE, OVERSEE, EDIT}),
    "operations": frozenset({OPERATE}),
    "auditor": frozenset({LOOK, AUDIT}),
}
"""The roles of people who log in, and their rights."""

FIRST_PAGES = (
    (OVERSEE, "today"), (PLACE, "queue"), (WORK, "escalations"), (OPERATE, "health"),
    (AUDIT, "audit"),
)  # fmt: skip
"""(right, the page somebody with it begins at, by name); the first right held decides"""

EVERYWHERE = "*"
"""stands for all locations"""


def rights_of(roles: Iterable[str]) -> frozenset[str]:
    """The rights of somebody with these roles; a role that is not known gives none."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))


def first_page(rights: frozenset[str]) -> str:
    """The name of the page where somebody's day begins."""
    return next((page for right, page in FIRST_PAGES if right in rights), "account")
