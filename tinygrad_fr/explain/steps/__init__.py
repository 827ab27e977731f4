"""A run as a walk, one operation at a time, and the ways to move in it."""
