"""What definitions of several families use."""
