# %% [markdown] lang="fr" id="title"
# # 18. Écrire un modèle en plugin
#
# **Ce que vous allez voir.** Un modèle à vous, en une classe : ses réglages, son réseau, son exemple, son coût, sa recette. Dès qu’elle
# existe, tous les outils du cours s’en servent : dessiner, marcher pas à pas, entraîner. Et onze promesses la vérifient, gradients compris.
#
# **Prérequis.** Le tutoriel 5 (la descente de gradient) ; les classes de Python. **Durée.** 25 minutes.

# %% [markdown] lang="en" id="title"
# # 18. Writing a model as a plugin
#
# **What you will see.** A model of yours, in one class: its settings, its network, its example, its loss, its recipe. As soon as it
# exists, all the tools of the course make use of it: drawing, stepping, training. And eleven promises check it, gradients included.
#
# **Prerequisites.** Tutorial 5 (gradient descent); Python’s classes. **Time.** 25 minutes.

# %% id="imports"
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinygrad_fr import nn, optim, tensor
from tinygrad_fr.data import TensorDataset
from tinygrad_fr.draw import learning_panels
from tinygrad_fr.explain import Distance, observed, view
from tinygrad_fr.plugins import Batch, Classifier, Recipe, Settings, Text, setting
from tinygrad_fr.testing.contract import PROMISES
from tinygrad_fr.training import train
from tinygrad_fr.tutorials import check

# %% [markdown] lang="fr" id="problem"
# ## Le problème
#
# Des points dans le plan : les uns dans un disque, les autres autour. Aucune droite ne les sépare.

# %% [markdown] lang="en" id="problem"
# ## The problem
#
# Points in the plane: some in a disc, the others around it. No straight line separates them.


# %% id="problem-code"
def rings(n, seed):
    """Points (n, 2), and whether each lies outside the circle, (n,)."""
    generator = np.random.default_rng(seed)
    points = generator.normal(size=(n, 2)).astype(np.float32)
    return points, (np.linalg.norm(points, axis=1) > 1.2).astype(np.int64)


points, outside = rings(200, 0)
print(points.shape, f"{outside.mean():.0%}")

# %% [markdown] lang="fr" id="network"
# ## Le réseau
#
# Un module, comme dans PyTorch : deux entrées, `hidden` neurones, un score par classe.
#
# ### Exercice 18.1
#
# Combien de paramètres, biais compris ? Une fonction de `hidden`.

# %% [markdown] lang="en" id="network"
# ## The network
#
# A module, as in PyTorch: two inputs, `hidden` neurons, a score for each class.
#
# ### Exercise 18.1
#
# How many parameters, biases included? A function of `hidden`.

# %% id="exercise-1-answer"
answer = ...  # lambda hidden: ...
check.exercise("18.1", answer)


# %% id="network-code"
class RingModule(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.hidden = nn.Linear(2, hidden)
        self.output = nn.Linear(hidden, 2)

    def forward(self, x):
        return self.output(self.hidden(x).tanh())


# %% [markdown] lang="fr" id="plugin"
# ## La classe
#
# `Classifier` apporte le coût (l’entropie croisée) et le score (la part de bonnes réponses). Restent quatre choses à dire : les réglages,
# avec leurs bornes ; `build`, un réseau neuf ; `example`, un petit lot, toujours le même, pour le dessiner ; `recipe`, de quoi
# l’entraîner. Les textes sont dits dans les deux langues.

# %% [markdown] lang="en" id="plugin"
# ## The class
#
# `Classifier` brings the loss (cross-entropy) and the score (the share of right answers). Four things remain to be said: the settings, with
# their bounds; `build`, a new network; `example`, a small batch, always the same, to draw it on; `recipe`, what it is trained by. Texts are
# said in both languages.


# %% id="plugin-code"
@dataclass(frozen=True)
class RingSettings(Settings):
    hidden: int = setting(8, Text(fr="neurones cachés", en="hidden neurons"), low=1, high=256)
    lr: float = setting(0.05, Text(fr="taux d’apprentissage η", en="learning rate η"), low=0.0)


class Ring(Classifier):
    name = "ring"
    title = Text(fr="Le disque", en="The disc")
    section = "Tutoriels"
    settings = RingSettings()
    explanation = Text(
        fr="Dedans ou dehors ? Un neurone ne trace qu’une droite ; il en faut plusieurs pour faire le tour.",
        en="Inside or outside? A neuron draws but a straight line; it takes several to go round.",
    )

    def build(self, settings):
        return RingModule(settings.hidden)

    def example(self, settings):
        points, outside = rings(4, 1)
        return Batch(tensor(points, name="x"), tensor(outside, name="t"))

    def recipe(self, settings):
        return Recipe(
            TensorDataset(*rings(400, 2)),
            TensorDataset(*rings(400, 3)),
            lambda parameters: optim.Adam(parameters, settings.lr),
            epochs=20,
            batch_size=32,
            score=0.9,
        )


model = Ring()

# %% [markdown] lang="fr" id="draw"
# C’est tout. Le voici dessiné, avec ses gradients :

# %% [markdown] lang="en" id="draw"
# That is all. Here it is drawn, with its gradients:

# %% id="draw-code"
view(observed(model).graph, Distance("op"))

# %% [markdown] lang="fr" id="train"
# ### Exercice 18.2
#
# La recette lit `n` exemples par lots de `b` (le dernier peut être plus petit), pendant `epochs` époques. Combien de pas ? Une fonction de
# `n`, `b` et `epochs`.

# %% [markdown] lang="en" id="train"
# ### Exercise 18.2
#
# The recipe reads `n` samples in batches of `b` (the last may be smaller), for `epochs` epochs. How many steps? A function of `n`, `b` and
# `epochs`.

# %% id="exercise-2-answer"
answer = ...  # lambda n, b, epochs: ...
check.exercise("18.2", answer)

# %% [markdown] lang="fr" id="sizes"
# Entraînons-le. **Prédisez** ce que donnent un, deux et huit neurones cachés.

# %% [markdown] lang="en" id="sizes"
# Let us train it. **Predict** what one, two and eight hidden neurons give.

# %% id="sizes-code"
curves = {}
for hidden in (1, 2, 8):
    run = train(model, model.settings.replaced({"hidden": str(hidden)}))
    curves[f"hidden = {hidden}"] = ([e.loss for e in run.epochs], [e.validation_loss for e in run.epochs], run.score)
    print(f"hidden = {hidden}: {run.score:.0%}")
learning_panels(str(model.title), curves)

# %% [markdown] lang="fr" id="promises"
# ## Onze promesses
#
# Un plugin est tenu à un contrat, et chaque ligne est vérifiée : les textes, les réglages, la reproductibilité, et le gradient de chaque
# paramètre contre des différences finies.

# %% [markdown] lang="en" id="promises"
# ## Eleven promises
#
# A plugin is held to a contract, and each line is checked: texts, settings, reproducibility, and the gradient of each parameter against
# finite differences.

# %% id="promises-code"
for promise in PROMISES:
    promise.hold(model)
    print("✓", promise)

# %% [markdown] lang="fr" id="broken"
# **Prédisez** laquelle casse si l’exemple change à chaque appel.

# %% [markdown] lang="en" id="broken"
# **Predict** which one breaks if the example changes at every call.


# %% id="broken-code"
class Restless(Ring):
    name = "restless"

    def example(self, settings):
        points, outside = rings(4, np.random.default_rng().integers(10**6))
        return Batch(tensor(points, name="x"), tensor(outside, name="t"))


for promise in PROMISES:
    try:
        promise.hold(Restless())
    except Exception as error:
        print("✗", promise, ":", error)
        break

# %% [markdown] lang="fr" id="package"
# ## La partager
#
# Mettez ces cellules dans `ring.py`, et `tinygrad-fr train ring --plugin ring.py` l’entraîne, sans rien installer. Pour que d’autres
# l’installent, il faut un paquet, que voici écrit pour vous, avec ses tests :

# %% [markdown] lang="en" id="package"
# ## Sharing it
#
# Put these cells in `ring.py`, and `tinygrad-fr train ring --plugin ring.py` trains it, without installing anything. For others to install
# it, it takes a package, which is written for you here, with its tests:

# %% id="package-code"
with tempfile.TemporaryDirectory() as folder:
    subprocess.run(
        [sys.executable, "-m", "tinygrad_fr.cli", "plugins", "new", "two-clouds"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file():
            print(path.relative_to(folder).as_posix())

# %% [markdown] lang="fr" id="further"
# ## Pour aller plus loin
#
# - `tinygrad-fr plugins check ring.py` : les promesses, depuis la ligne de commande.
# - `tinygrad-fr models show mlp` : les modèles du cours sont des plugins comme le vôtre.
#
# La suite : **19. De tinygrad_fr à PyTorch**.

# %% [markdown] lang="en" id="further"
# ## Going further
#
# - `tinygrad-fr plugins check ring.py`: the promises, from the command line.
# - `tinygrad-fr models show mlp`: the models of the course are plugins like yours.
#
# Next: **19. From tinygrad_fr to PyTorch**.
