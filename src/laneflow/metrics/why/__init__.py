"""The answers of ``why`` and ``why-not``: a case, an event or a rule, now or as it was."""
