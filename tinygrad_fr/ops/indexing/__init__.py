"""Elements chosen by position: subscripts, gather and scatter, rows of tables."""
