"""Owns emergency access: a stated reason opens one case outside one's locations for an hour."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from laneflow.accounts.models import Account, Emergency
from laneflow.engine.state import Case, Instant
from laneflow.errors import LaneflowError, Problem
from laneflow.store.fields import EPOCH

if TYPE_CHECKING:
    from datetime import datetime

    from laneflow.work.app import App

LASTS: Instant = 3_600_000
LEAST = 10
"""The letters a reason has at least."""
MOST = 500
"""The letters it has at most."""


def open_in_emergency(app: App, account: Account, case: Case, reason: str) -> Emergency:
    """Let an account see a case for an hour; the audit trail and the manager are told why.

    Raises LaneflowError where the reason is too short to be one, or too long.
    """
    reason = " ".join(reason.split())
    if len(reason) < LEAST:
        what = "this is too short to be a reason"
        hint = "Say in a sentence why it cannot wait for somebody of that location."
        raise LaneflowError(Problem("emergency", 0, 0, what, hint, path="reason"))
    if len(reason) > MOST:
        what = f"this is longer than {MOST} characters"
        raise LaneflowError(Problem("emergency", 0, 0, what, path="reason"))
    now = app.clock.now()
    with app.store.transaction():
        made = Emergency.objects.create(
            account=account, case=case.id, patient=case.patient, location=case.location,
            reason=reason, at=now, until=now + LASTS,
        )  # fmt: skip
        by = account.person or f"login {account.username}"
        row = {"at": now, "by": by, "what": "emergency", "object": f"case {case.id}"}
        app.store.audit(row | {"detail": {"reason": reason, "location": case.location}})
    return made


def emergencies(
    locations: Collection[str], since: Instant, limit: int = 200
) -> list[dict[str, Any]]:
    """Emergency accesses to cases of these locations: those nobody has looked at, then the latest.

    Unseen ones come however old they are. Keys: id, account (username), name, person, case,
    location, reason, at, until, seen_by, seen_at; instants in milliseconds, or None.
    """
    ours = Emergency.objects.filter(location__in=list(locations)).select_related("account")
    unseen = list(ours.filter(seen_by="").order_by("-at")[:limit])
    seen = list(ours.exclude(seen_by="").filter(at__gte=since).order_by("-at")[:limit])
    return [
        {
            "id": one.pk,
            "account": one.account.username,
            "name": one.account.name,
            "person": one.account.person,
            "case": one.case,
            "location": one.location,
            "reason": one.reason,
            "at": _instant(one.at),
            "until": _instant(one.until),
            "seen_by": one.seen_by,
            "seen_at": _instant(one.seen_at) if one.seen_at else None,
        }
        for one in [*unseen, *seen]
    ]


def mark_seen(app: App, account: Account, locations: Collection[str], ids: Iterable[int]) -> int:
    """Note that a manager of these locations has looked; how many were not looked at before.

    Nobody looks after their own.
    """
    now = app.clock.now()
    by = account.person or f"login {account.username}"
    waiting = Emergency.objects.filter(
        pk__in=list(ids), seen_by="", location__in=list(locations)
    ).exclude(account=account)
    with app.store.transaction():
        found = list(waiting.values_list("pk", "case"))
        waiting.update(seen_by=by, seen_at=now)
        for _, case in found:
            row = {"at": now, "by": by, "what": "emergency seen", "object": f"case {case}"}
            app.store.audit(row | {"detail": ""})
    return len(found)


def _instant(at: datetime) -> Instant:
    return int((at - EPOCH).total_seconds() * 1000)
