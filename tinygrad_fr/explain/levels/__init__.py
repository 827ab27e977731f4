"""Levels of detail: a run as a tree of parts, views of it from a chosen distance, and the run on single numbers."""
