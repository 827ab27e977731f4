"""Guards: everything that a step depends on, found by reading its code, and checked before each replay."""
