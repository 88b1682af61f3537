"""Check: everything that can be said of a practice's files without running them."""

from laneflow.proofs.check.checking import Checked, check_lane, check_practice

__all__ = ["Checked", "check_lane", "check_practice"]
