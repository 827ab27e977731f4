"""Execution of instructions: their memory is planned, and the interpreter runs them as tables."""
