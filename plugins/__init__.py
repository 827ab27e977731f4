"""The course's models, one chapter a file, built on the public API alone."""
