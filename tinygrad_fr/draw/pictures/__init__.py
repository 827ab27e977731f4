"""One module per kind of picture: each makes a :class:`tinygrad_fr.draw.diagram.Diagram` of a reading."""
