"""Kernels for layers of networks: recurrent sequences, attention, softmax, normalisation."""
