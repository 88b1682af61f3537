"""Simulate: can these people meet these windows? Weeks of a practice, played by chance."""
