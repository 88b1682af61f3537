"""Owns what calls for somebody: escalations, and events no case could be named for."""
