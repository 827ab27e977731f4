"""The exercises of the tutorials, one file a chapter."""
