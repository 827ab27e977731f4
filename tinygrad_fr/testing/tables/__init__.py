"""Tables that are measured and written into the documentation, each by ``python -m``."""
