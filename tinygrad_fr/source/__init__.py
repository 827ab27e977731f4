"""What Python's own source tells: which line ran an operation, which arguments a function reads."""
