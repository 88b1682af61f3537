"""Lane tests: scenarios of lanes/tests played by the engine; what they cover, what they miss."""

from laneflow.proofs.lanetests.running import TestResult, broken_lanes, run_lane_tests, run_with

__all__ = ["TestResult", "broken_lanes", "run_lane_tests", "run_with"]
