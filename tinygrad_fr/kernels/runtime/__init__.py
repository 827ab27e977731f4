"""What kernels run on: compilation and its cache, contracts, memory, BLAS, and the work queue between cores."""
