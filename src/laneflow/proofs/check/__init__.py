"""Check: everything that can be said of a practice's files without running them."""

from laneflow.proofs.check.checking import LANE_LEFT_OUT, Checked, check_lane, check_practice

__all__ = ["LANE_LEFT_OUT", "Checked", "check_lane", "check_practice"]
