"""What the page carries of other people’s."""
