"""The course's tutorials, and their exercises: see tinygrad_fr.tutorials."""
