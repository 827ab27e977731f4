"""What proofs are tried on: drawn arrays, random programs, strategies for hypothesis."""
