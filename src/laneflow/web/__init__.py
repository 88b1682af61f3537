"""Owns the pages: what people see in a browser. They write through ``work.actions`` alone."""
