"""A run told one step at a time, and ways to a place in it."""
