"""The vocabulary of a lesson, operation by operation, against PyTorch's: ``python -m benchmarks vocabulary``."""
