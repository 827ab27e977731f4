"""Work on arrays of any meaning: products, reductions, rows of tables, elements moved and exchanged."""
