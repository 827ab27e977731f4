# %% [markdown] lang="fr" id="title"
# # 19. De tinygrad_fr à PyTorch
#
# **Ce que vous allez voir.** Tout ce que vous avez écrit dans ce cours se lit déjà comme du PyTorch : mêmes noms, mêmes arguments, mêmes
# valeurs par défaut. Un même programme va tourner avec l’un ou l’autre, et les poids passer de l’un à l’autre par un fichier.
#
# **PyTorch n’est pas nécessaire** pour suivre ce tutoriel. S’il est installé sur votre machine (`pip install torch`), les cellules qui
# s’en servent comparent vraiment les deux ; sinon elles le disent, et le reste continue.
#
# **Prérequis.** Le tutoriel 3, et le 13 pour la section sur le LSTM. **Durée.** 20 minutes.

# %% [markdown] lang="en" id="title"
# # 19. From tinygrad_fr to PyTorch
#
# **What you will see.** All that you wrote in this course already reads as PyTorch: same names, same arguments, same defaults. One
# program is going to run with either, and weights to go from one to the other in a file.
#
# **PyTorch is not needed** to follow this tutorial. If it is installed on your machine (`pip install torch`), the cells that use it
# really compare both; if not they say so, and the rest goes on.
#
# **Prerequisites.** Tutorial 3, and 13 for the section on the LSTM. **Time.** 20 minutes.

# %% id="imports"
import tempfile
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

import tinygrad_fr as tg
from tinygrad_fr import nn
from tinygrad_fr.data import digits
from tinygrad_fr.draw import Series, curves
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.training import load_weights, save_weights
from tinygrad_fr.tutorials import check, say

try:
    import torch
except ImportError:
    torch = None
ABSENT = say(
    fr="PyTorch n’est pas installé ici : cette comparaison n’est pas faite. La suite ne s’en sert pas.",
    en="PyTorch is not installed here: this comparison is not made. What follows does not need it.",
)
place = tempfile.TemporaryDirectory()  # removed at the end
folder = Path(place.name)

# %% [markdown] lang="fr" id="same"
# ## Un programme, deux bibliothèques
#
# Voici un réseau et une boucle d’apprentissage. Ils reçoivent la bibliothèque en argument : `library` est `tinygrad_fr`, ou `torch`.
#
# **Prédisez.** Quelles lignes faudra-t-il changer pour PyTorch ?
#
# <details><summary>Réponse</summary>
#
# Aucune. `nn.Module`, `nn.Linear`, `functional.cross_entropy`, `optim.SGD`, `zero_grad`, `backward`, `step` : tout porte le même nom.
#
# </details>

# %% [markdown] lang="en" id="same"
# ## One program, two libraries
#
# Here are a network and a training loop. They are given the library as an argument: `library` is `tinygrad_fr`, or `torch`.
#
# **Predict.** Which lines will have to change for PyTorch?
#
# <details><summary>Answer</summary>
#
# None. `nn.Module`, `nn.Linear`, `functional.cross_entropy`, `optim.SGD`, `zero_grad`, `backward`, `step`: everything has the same name.
#
# </details>


# %% id="same-code"
def network(library):
    """64 pixels, 32 hidden units, 10 scores."""

    class MLP(library.nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden = library.nn.Linear(64, 32)
            self.output = library.nn.Linear(32, 10)

        def forward(self, x):
            return self.output(library.tanh(self.hidden(x.flatten(1))))

    return MLP()


def learn(library, net, images, labels, steps=60):
    """Gradient descent on all the images at once; gives the loss before each step."""
    x, t = library.tensor(images), library.tensor(labels)
    optimizer = library.optim.SGD(net.parameters(), lr=0.2, momentum=0.9)
    losses = []
    for _step in range(steps):
        loss = library.nn.functional.cross_entropy(net(x), t)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


tg.manual_seed(0)
ours = network(tg)
ours

# %% [markdown] lang="fr" id="file"
# ## Les poids dans un fichier
#
# `save_weights` écrit les poids dans un fichier *safetensors* : un en-tête en JSON (noms, formes, types) suivi des nombres bruts. Aucun
# code : contrairement à un fichier *pickle*, l’ouvrir ne peut rien exécuter. Les **clés** sont celles de PyTorch : le chemin du module,
# puis `weight` ou `bias`.

# %% [markdown] lang="en" id="file"
# ## Weights in a file
#
# `save_weights` writes weights to a *safetensors* file: a header in JSON (names, shapes, types) followed by the bare numbers. No code:
# unlike a *pickle* file, opening it can run nothing. The **keys** are PyTorch's: the path of the module, then `weight` or `bias`.

# %% id="file-code"
start = folder / "start.safetensors"
save_weights(ours, start)
for key, array in load_file(start).items():
    print(f"{key:15s} {array.dtype!s:8s} {array.shape}")

# %% [markdown] lang="fr" id="numpy"
# N’importe quel programme peut lire ce fichier. En voici un de deux lignes, sans tinygrad_fr ni PyTorch. Notez la transposée : `Linear`
# range ses poids en (sorties, entrées), comme le $W$ de $z = Wx + b$, alors que les images sont en lignes.

# %% [markdown] lang="en" id="numpy"
# Any program can read this file. Here is one of two lines, without tinygrad_fr or PyTorch. Mind the transposition: `Linear` keeps its
# weights as (outputs, inputs), as the $W$ of $z = Wx + b$, whereas images are rows.

# %% id="numpy-code"
(images, labels), (unseen, answers) = digits()
saved = load_file(start)
hidden = np.tanh(images.reshape(-1, 64) @ saved["hidden.weight"].T + saved["hidden.bias"])
scores = hidden @ saved["output.weight"].T + saved["output.bias"]
print(
    say(fr="plus grand écart :", en="largest difference:"),
    f"{abs(ours(tg.tensor(images)).detach().numpy() - scores).max():.1e}",
)

# %% [markdown] lang="fr" id="exercise-1"
# ### Exercice 19.1
#
# Un fichier contient `weight` $= \begin{pmatrix} a & b \\ c & d \end{pmatrix}$ et `bias` $= (e, f)$ d’un `Linear(2, 2)`. Écrivez la
# **seconde** sortie pour l’entrée `(x1, x2)`.

# %% [markdown] lang="en" id="exercise-1"
# ### Exercise 19.1
#
# A file holds `weight` $= \begin{pmatrix} a & b \\ c & d \end{pmatrix}$ and `bias` $= (e, f)$ of a `Linear(2, 2)`. Write the **second**
# output for the input `(x1, x2)`.

# %% id="exercise-1-answer"
answer = ...  # lambda a, b, c, d, e, f, x1, x2: ...
check.exercise("19.1", answer)

# %% [markdown] lang="fr" id="race"
# ## Partir du même point
#
# Donnons ce fichier à PyTorch, et laissons les deux apprendre pendant soixante pas. En PyTorch, cela s’écrit :
#
# ```python
# import torch
# from safetensors.torch import load_file
#
# theirs = network(torch)
# theirs.load_state_dict(load_file("start.safetensors"))
# learn(torch, theirs, images, labels)
# ```
#
# **Prédisez.** Les deux courbes de coût seront-elles identiques au bit près ?
#
# <details><summary>Réponse</summary>
#
# Presque. Les additions ne se font pas dans le même ordre, et un nombre sur 32 bits n’a que sept chiffres : les coûts diffèrent vers le
# septième, et ces différences grandissent un peu à chaque pas.
#
# </details>

# %% [markdown] lang="en" id="race"
# ## Start from the same point
#
# Let us give this file to PyTorch, and let both learn for sixty steps. In PyTorch this is written:
#
# ```python
# import torch
# from safetensors.torch import load_file
#
# theirs = network(torch)
# theirs.load_state_dict(load_file("start.safetensors"))
# learn(torch, theirs, images, labels)
# ```
#
# **Predict.** Will the two curves of the loss be the same to the bit?
#
# <details><summary>Answer</summary>
#
# Nearly. Additions are not made in the same order, and a number of 32 bits has seven digits only: the losses differ around the seventh,
# and these differences grow a little at each step.
#
# </details>

# %% id="race-code"
curves_shown = {"tinygrad_fr": learn(tg, ours, images, labels)}
if torch is None:
    print(ABSENT)
else:
    from safetensors.torch import load_file as load_torch

    theirs = network(torch)
    theirs.load_state_dict(load_torch(start))
    curves_shown["PyTorch"] = learn(torch, theirs, images, labels)
    largest = max(abs(a - b) for a, b in zip(*curves_shown.values(), strict=True))
    print(say(fr="plus grand écart des coûts :", en="largest difference of the losses:"), f"{largest:.1e}")
curves(
    [
        Series(name, tuple(map(float, range(len(losses)))), tuple(losses), colour)
        for (name, losses), colour in zip(curves_shown.items(), ("#0072b2", "#d55e00"), strict=False)
    ],
    title=say(fr="Soixante pas, depuis le même fichier", en="Sixty steps, from the same file"),
    guide=say(fr="Coût sur les 1438 chiffres, échelle log.", en="Loss on the 1438 digits, log scale."),
    x_name=say(fr="pas", en="step"),
    y_name=say(fr="coût J", en="loss J"),
    log=True,
)

# %% [markdown] lang="fr" id="carried"
# Ce que nous avons appris peut maintenant partir : le réseau entraîné ici lit des chiffres jamais vus, et le même fichier, ouvert par
# PyTorch, y répond aussi bien.

# %% [markdown] lang="en" id="carried"
# What we have learned can now travel: the network that was trained here reads digits that it never saw, and the same file, opened by
# PyTorch, answers as well.

# %% id="carried-code"
trained = folder / "trained.safetensors"
save_weights(ours, trained)
right = (ours(tg.tensor(unseen)).argmax(1).detach().numpy() == answers).mean()
print("tinygrad_fr", f"{100 * right:.1f} %")
if torch is None:
    print(ABSENT)
else:
    theirs.load_state_dict(load_torch(trained))
    right = (theirs(torch.tensor(unseen)).argmax(1).detach().numpy() == answers).mean()
    print("PyTorch    ", f"{100 * right:.1f} %")

# %% [markdown] lang="fr" id="back"
# ## Le retour
#
# Dans l’autre sens, `load_weights` lit ce que PyTorch écrit :
#
# ```python
# from safetensors.torch import save_file
#
# save_file(theirs.state_dict(), "theirs.safetensors")
# ```
#
# Le fichier ci-dessous vient de PyTorch s’il est là ; sinon numpy l’écrit, sous les mêmes clés. Et s’il ne va pas au modèle, une phrase
# le dit, sans rien changer.

# %% [markdown] lang="en" id="back"
# ## And back
#
# The other way, `load_weights` reads what PyTorch writes:
#
# ```python
# from safetensors.torch import save_file
#
# save_file(theirs.state_dict(), "theirs.safetensors")
# ```
#
# The file below comes from PyTorch if it is there; if not numpy writes it, under the same keys. And if it does not fit the model, one
# sentence says so, and nothing is changed.

# %% id="back-code"
foreign = folder / "theirs.safetensors"
if torch is None:
    save_file({key: 0.5 * array for key, array in load_file(trained).items()}, foreign)
else:
    from safetensors.torch import save_file as save_torch

    save_torch({key: 0.5 * value for key, value in theirs.state_dict().items()}, foreign)
load_weights(ours, foreign)
print(abs(ours.hidden.weight.detach().numpy() - 0.5 * load_file(trained)["hidden.weight"]).max())

try:
    load_weights(nn.Sequential(nn.Linear(64, 32)), foreign)
except TinygradError as error:
    print(type(error).__name__, "·", str(error).replace(str(folder), "…"))

# %% [markdown] lang="fr" id="lstm"
# ## Un LSTM : les portes empilées
#
# Le cours écrit quatre matrices, $W_f$, $W_i$, $W_C$, $W_o$, appliquées à $[h_{t-1}, x_t]$. PyTorch range les mêmes nombres autrement : une
# matrice pour $x$ (`weight_ih`), une pour $h$ (`weight_hh`), chacune empilant les quatre portes dans l’ordre **i, f, g, o**, où $g$ est
# le $\tilde{C}$ du cours ; et deux biais, qui s’ajoutent.

# %% [markdown] lang="en" id="lstm"
# ## An LSTM: gates stacked up
#
# The course writes four matrices, $W_f$, $W_i$, $W_C$, $W_o$, applied to $[h_{t-1}, x_t]$. PyTorch keeps the same numbers in another way: a
# matrix for $x$ (`weight_ih`), one for $h$ (`weight_hh`), each stacking the four gates in the order **i, f, g, o**, where $g$ is the
# course's $\tilde{C}$; and two biases, which add up.

# %% id="lstm-code"
tg.manual_seed(0)
cell = nn.LSTMCell(3, 2)
for key, value in cell.state_dict().items():
    print(f"{key:10s} {tuple(value.shape)}")
x, h, C = tg.randn(1, 3), tg.randn(1, 2), tg.randn(1, 2)
stacked = x @ cell.weight_ih.T + h @ cell.weight_hh.T + cell.bias_ih + cell.bias_hh
i, f, g, o = stacked.chunk(4, dim=1)
C_next = f.sigmoid() * C + i.sigmoid() * g.tanh()
h_next = o.sigmoid() * C_next.tanh()
for name, by_hand, engine in zip("hC", (h_next, C_next), cell(x, (h, C)), strict=True):
    print(name, say(fr="plus grand écart :", en="largest difference:"), f"{float((by_hand - engine).abs().max()):.1e}")

# %% [markdown] lang="fr" id="exercise-2"
# ### Exercice 19.2
#
# Pour ouvrir la porte d’oubli au départ (tutoriel 13), on écrit 1 dans ses biais. À quelle ligne de `bias_ih` **commence** la porte
# d’oubli d’un LSTM de `units` unités (la première ligne est la ligne 0) ?

# %% [markdown] lang="en" id="exercise-2"
# ### Exercise 19.2
#
# To open the forget gate at the start (tutorial 13), one writes 1 in its biases. At which row of `bias_ih` does the forget gate of an
# LSTM of `units` units **begin** (the first row is row 0)?

# %% id="exercise-2-answer"
answer = ...  # lambda units: ...
check.exercise("19.2", answer)

# %% [markdown] lang="fr" id="exercise-3"
# ### Exercice 19.3
#
# Deux biais, `bias_ih` et `bias_hh`, là où le cours n’en a qu’un, $b = b_{ih} + b_{hh}$. Un gradient `g` arrive à $b$, et l’on fait un
# pas de SGD de taux `lr` sur les deux. De combien $b$ change-t-il ?

# %% [markdown] lang="en" id="exercise-3"
# ### Exercise 19.3
#
# Two biases, `bias_ih` and `bias_hh`, where the course has one, $b = b_{ih} + b_{hh}$. A gradient `g` arrives at $b$, and we make a step
# of SGD of rate `lr` on both. By how much does $b$ change?

# %% id="exercise-3-answer"
answer = ...  # lambda g, lr: ...
check.exercise("19.3", answer)

# %% [markdown] lang="fr" id="differences"
# ## Ce qui diffère
#
# Peu de choses, et rien de ce qu’une leçon écrit d’ordinaire : même `y = x[0]` est une *fenêtre* sur `x`, ici comme là-bas, et
# `y += 1` change aussi `x`. Une différence est voulue. `w.data` donne un poids à l’insu de l’enregistrement ; qui le change entre
# l’aller et le retour fausse la dérivée, qui lit la valeur de l’aller.
#
# **Prédisez.** Avec $w = 3$, $y = w^2$, puis $w$ changé en 10 à son insu : que donne le retour, ici et en PyTorch ?
#
# <details><summary>Réponse</summary>
#
# La dérivée juste est $2 \times 3 = 6$. PyTorch répond 20, sans un mot. Ici, le retour est refusé, avec la ligne qui a changé la valeur.
#
# </details>

# %% [markdown] lang="en" id="differences"
# ## What differs
#
# Little, and nothing that a lesson usually writes: even `y = x[0]` is a *window* on `x`, here as there, and `y += 1` changes `x` too. One
# difference is meant. `w.data` gives a weight behind the record's back; who changes it between forward and backward spoils the
# derivative, which reads the value of the forward pass.
#
# **Predict.** With $w = 3$, $y = w^2$, then $w$ changed to 10 behind its back: what does backward give, here and in PyTorch?
#
# <details><summary>Answer</summary>
#
# The right derivative is $2 \times 3 = 6$. PyTorch answers 20, without a word. Here backward is refused, with the line that changed the value.
#
# </details>


# %% id="differences-code"
def behind(library):
    """What backward answers when a value was changed behind the record's back."""
    w = library.tensor(3.0, requires_grad=True)
    y = w * w
    w.data.fill_(10.0)
    try:
        y.backward()
    except RuntimeError as error:
        return error
    return w.grad.item()


print("tinygrad_fr:", behind(tg))
print("PyTorch:", behind(torch)) if torch is not None else print(ABSENT)

# %% [markdown] lang="fr" id="when"
# Quand passer à PyTorch ? Dès que vous voulez un processeur graphique, de grands modèles, ou des poids déjà appris par d’autres. Et
# revenir ici ? Quand vous voulez *voir* : rapportez-en les poids, et regardez-les par toutes les fenêtres de ce cours.

# %% [markdown] lang="en" id="when"
# When to move to PyTorch? As soon as you want a graphics processor, large models, or weights that others have learned. And when to come
# back? When you want to *see*: bring the weights back, and look at them through all the windows of this course.

# %% [markdown] lang="fr" id="further"
# ## Pour aller plus loin
#
# - `tinygrad-fr train lenet --run essais/lenet` : le dossier contient `weights.safetensors`, prêt pour PyTorch.
# - `tinygrad-fr maps lenet --weights poids.safetensors -o cartes.svg` : les filtres d’un LeNet entraîné ailleurs.
# - `tinygrad-fr gates lstm --weights poids.safetensors` : les portes d’un LSTM entraîné ailleurs.
#
# Tutoriel suivant : **20. Sous le capot**.

# %% [markdown] lang="en" id="further"
# ## Going further
#
# - `tinygrad-fr train lenet --run runs/lenet`: the folder holds `weights.safetensors`, ready for PyTorch.
# - `tinygrad-fr maps lenet --weights weights.safetensors -o maps.svg`: the filters of a LeNet trained elsewhere.
# - `tinygrad-fr gates lstm --weights weights.safetensors`: the gates of an LSTM trained elsewhere.
#
# Next tutorial: **20. Under the bonnet**.
