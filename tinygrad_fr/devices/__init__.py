"""PyTorch's names of devices, where there is one: the CPU.

Programs ask which device there is before they do anything else. Here the answer is always the CPU; whatever needs another one is
refused by its name.
"""
