"""Layers of networks: recurrent sequences, attention, softmax, normalisation."""
