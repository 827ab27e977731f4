"""Packages that lessons import beside PyTorch, answered by what is here: tables, pictures, a writer of scalars, micrograd."""
