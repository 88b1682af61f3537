"""Prove: that no case of a practice can be silent, and how long one may wait at most."""

from laneflow.proofs.prove.model import Failure, LaneProof, Silence
from laneflow.proofs.prove.proving import HORIZON_DAYS, prove, unproven

__all__ = ["HORIZON_DAYS", "Failure", "LaneProof", "Silence", "prove", "unproven"]
