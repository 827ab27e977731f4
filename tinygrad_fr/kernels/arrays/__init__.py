"""Kernels for arrays in general: products, reductions, rows of tables, elements moved and exchanged."""
