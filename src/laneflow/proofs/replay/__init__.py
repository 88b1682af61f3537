"""Replay: a past period's events under other lanes, beside what happened."""

from laneflow.proofs.replay.beside import Beside, Cases, Difference
from laneflow.proofs.replay.replayer import Replayer, Story

__all__ = ["Beside", "Cases", "Difference", "Replayer", "Story"]
