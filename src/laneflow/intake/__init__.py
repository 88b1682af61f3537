"""Reading what other systems send: CloudEvents and FHIR R4 become events, or a named problem."""

from __future__ import annotations

from laneflow.intake.reading import read
from laneflow.intake.records import Bad, Summary
from laneflow.intake.vocabulary import STANDARD, Vocabulary

__all__ = ["STANDARD", "Bad", "Summary", "Vocabulary", "read"]
