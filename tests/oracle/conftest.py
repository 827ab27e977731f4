"""torch keeps to one thread: pytest's workers share the cores, and its sums are then the same in each."""

import torch

torch.set_num_threads(1)
