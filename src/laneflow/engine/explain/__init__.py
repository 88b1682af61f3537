"""Why: a rule, an event or a wake explained, by the engine's own tests and never by second ones."""
