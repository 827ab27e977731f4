"""Instructions as a program that runs: its memory planned, its tables written, interpreted."""
