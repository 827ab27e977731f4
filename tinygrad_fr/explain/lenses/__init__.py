"""Lenses: what one kind of question finds in a recorded run, as data that a picture or a table shows."""
