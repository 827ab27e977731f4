"""Programs written for PyTorch, run here without a change.

``alias`` answers ``import torch`` with this package; ``names`` says before a run which names are not here; ``runner`` runs a script
and remembers the last loss whose gradient was asked for; ``vision`` stands in for what lessons use of torchvision.
"""
