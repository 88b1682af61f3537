"""Owns the questions people ask of a running practice; reads, never writes."""
