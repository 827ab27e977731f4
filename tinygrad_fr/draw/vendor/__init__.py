"""What pictures carry of other people’s."""
