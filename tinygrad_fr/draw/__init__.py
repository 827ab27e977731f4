"""Pictures: a diagram before any format, then DOT, then SVG, PNG or PDF."""
