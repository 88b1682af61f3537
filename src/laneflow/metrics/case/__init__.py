"""Owns what there is to tell of one case: its page, its script, its story, what may be done."""
