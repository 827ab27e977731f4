"""The course's vocabulary: each term has one French name, and a test finds the others."""

from __future__ import annotations

import re

# English → the French of the course, and a pattern of the names that it does not use.
TERMS: dict[str, tuple[str, str]] = {
    "activation function": ("fonction d’activation", r"fonction d[’']activité|fonction activante"),
    "backpropagation": ("rétropropagation", r"back-?propagation|rétro-propagation|propagation arrière"),
    "bias": ("biais", r"\bbiases\b"),
    "candidate": ("candidat", r"\bcandidate\b gate"),
    "cell state": ("état de cellule", r"état cellulaire|état de la mémoire"),
    "early stopping": ("arrêt anticipé", r"arrêt (précoce|prématuré)"),
    "epoch": ("époque", r"\bepochs?\b"),
    "forget gate": ("porte d’oubli", r"porte de l[’']oubli|porte oubli\b"),
    "gradient descent": ("descente de gradient", r"descente du gradient|descente par gradient"),
    "hidden state": ("état caché", r"état masqué|état interne"),
    "input gate": ("porte d’entrée", r"porte de l[’']entrée|porte entrée\b"),
    "learning rate": ("taux d’apprentissage", r"(vitesse|pas|facteur) d[’']apprentissage|learning rate"),
    "loss": ("coût", r"fonctions? de perte|\bpertes?\b"),
    "minibatch": ("lot", r"mini-?batch(es)?"),
    "momentum": ("inertie", r"\bélan\b|\bmoment de Nesterov|\bSGD, moment\b"),
    "neural network": ("réseau de neurones", r"réseaux? neurona(l|ux)|réseaux? neuronique"),
    "notebook": ("notebook", r"\bcarnets?\b|calepin"),
    "output gate": ("porte de sortie", r"porte de la sortie|porte sortie\b"),
    "overfitting": ("surapprentissage", r"sur-?ajustement|sur-apprentissage|over-?fitting"),
    "clipping": ("écrêtage", r"rognage|troncature du gradient|clippage"),
    "plugin": ("plugin", r"\bgreffons?\b"),
    "record": ("enregistrement", r"\bregistres?\b"),
    "schedule": ("plan", r"\bcalendriers?\b"),
    "unrolled": ("déplié", r"\bdéroulée?s?\b"),
    "vanishing gradient": ("disparition du gradient", r"évanouissement|évanescent|s[’']évanouit"),
    "weight": ("poids", r"\bpondérations?\b"),
}


def rivals(text: str) -> list[str]:
    """Names in a French text that the course does not use, each with the one that it does.

    Example:
        >>> rivals("le sur-ajustement")
        ['sur-ajustement: surapprentissage']
    """
    said = re.sub(r"\{[^{}]*\}", "", text)  # a placeholder is no word
    return [
        f"{found[0]}: {term}" for term, other in TERMS.values() for found in re.finditer(other, said, re.IGNORECASE)
    ]
