"""Lenses: each one reads a recorded run for one kind of question, and gives data for a picture or a table."""
