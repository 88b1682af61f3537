"""Plan: what an edit means, line by line, and what it does to every open case."""

from laneflow.proofs.plan.difference import Difference, differences
from laneflow.proofs.plan.effects import KINDS, Effect, Outlook, effects, outlook

__all__ = ["KINDS", "Difference", "Effect", "Outlook", "differences", "effects", "outlook"]
