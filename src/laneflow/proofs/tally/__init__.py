"""Tally: the figures of a run, of the past or of chance, counted alike for replay and simulate."""

from laneflow.proofs.tally.figures import Answers, Calls, Figures, Frame, Load, Tally

__all__ = ["Answers", "Calls", "Figures", "Frame", "Load", "Tally"]
