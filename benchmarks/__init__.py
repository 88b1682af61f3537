"""What laneflow costs, measured on this machine: printed beside its aim, never a test."""
