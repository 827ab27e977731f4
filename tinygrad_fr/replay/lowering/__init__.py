"""Lowering: a recorded call becomes instructions, dead code is removed, and instructions are grouped in blocks."""
