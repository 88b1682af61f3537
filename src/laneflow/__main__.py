"""Owns ``python -m laneflow``: the same as the ``laneflow`` command."""

import sys

from laneflow.cli import main

sys.exit(main())
