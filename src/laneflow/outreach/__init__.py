"""Words: a practice's Jinja2 scripts become prompts and task titles, in the patient's language."""
