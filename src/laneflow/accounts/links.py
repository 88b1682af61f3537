"""Owns links that are good once: made, found again by their digest, spent."""

from __future__ import annotations

import hashlib
import secrets

from django.db.models import Q

from laneflow.accounts.models import Account, Link
from laneflow.engine.state import Instant

GOOD_FOR: Instant = 72 * 3_600_000
PATH = "/link/"


def make(account: Account | None, at: Instant) -> str:
    """The path of a new link for an account, or for the first manager (None).

    Links made for the same before are good no longer. Only the link's digest is kept.
    """
    Link.objects.filter(account=account, used=None).delete()
    token = secrets.token_urlsafe(32)
    Link.objects.create(digest=digest(token), account=account, made=at, until=at + GOOD_FOR)
    return PATH + token


def digest(token: str) -> str:
    """What is kept of a link's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def found(digest: str, at: Instant) -> Link | None:
    """The link with this digest while it is good: not spent, not too old, its login in use."""
    usable = Q(account=None) | Q(account__is_active=True)
    links = Link.objects.filter(usable, digest=digest, used=None, until__gt=at)
    return links.select_related("account").first()


def spend(link: Link, at: Instant) -> bool:
    """Use a link up; False where somebody was quicker."""
    unspent = Link.objects.filter(pk=link.pk, used=None, until__gt=at)
    return unspent.update(used=at) == 1
