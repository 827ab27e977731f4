"""What a step depends on, found by reading its code and what it reaches, and asked again before each replay."""
