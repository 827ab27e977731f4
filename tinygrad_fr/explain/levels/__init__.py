"""Levels of detail: a run as parts, seen from a chosen distance, down to its numbers."""
