"""Owns the queue: its rows, a page of it, and whose work a task is."""
