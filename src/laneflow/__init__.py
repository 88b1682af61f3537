"""laneflow: follow-up lanes, written in YAML and run until every loop is visibly closed."""

__version__ = "0.1.0"
