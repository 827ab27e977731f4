"""Proofs: of gradients, for us and for the authors of plugins."""
