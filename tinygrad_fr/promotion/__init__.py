"""Which dtypes operations accept, and which they give: PyTorch's rules of type promotion."""
