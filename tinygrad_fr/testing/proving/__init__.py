"""Proofs of gradients: a subject, what is proven of it, the search for a counter-example, and its picture."""
