# %% [markdown] lang="fr" id="title"
# # 15. La profondeur : nue, puis résiduelle
#
# **Ce que vous allez voir.** Le gradient disparaît à travers les couches comme à travers le temps, et pour la même raison : un produit.
# En 2015, ResNet l’a guéri par un signe « + ». Vous mesurerez ce que ce signe change, vous compterez les chemins qu’il ouvre, et vous
# verrez apprendre trente couches qui, nues, n’apprenaient rien. Vous reconnaîtrez le remède : le LSTM l’avait trouvé en 1997.
#
# **Prérequis.** Les tutoriels 4 (saturation) et 12 (jacobiennes). **Durée.** 20 minutes.

# %% [markdown] lang="en" id="title"
# # 15. Depth: plain, then residual
#
# **What you will see.** The gradient vanishes through layers as it does through time, and for the same reason: a product. In 2015
# ResNet cured it with a “+” sign. You will measure what this sign changes, count the paths that it opens, and watch thirty layers learn
# that learned nothing when plain. You will recognise the remedy: the LSTM had found it in 1997.
#
# **Prerequisites.** Tutorials 4 (saturation) and 12 (Jacobians). **Time.** 20 minutes.

# %% id="imports"
from dataclasses import replace
from itertools import combinations
from math import prod

import tinygrad_fr as tg
from tinygrad_fr.draw import Series, curves, flow_diagram, learning_panels
from tinygrad_fr.explain import Distance, History, flow, observed, view
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.training import train
from tinygrad_fr.tutorials import check, say

# %% [markdown] lang="fr" id="plain"
# ## Vingt couches, l’une après l’autre
#
# Un réseau profond répète $a^{(l)} = f(W^{(l)} a^{(l-1)} + b^{(l)})$. En revenant de la couche $l$ à la couche $l - 1$, le gradient est
# multiplié par la transposée de la jacobienne
#
# $$\frac{\partial a^{(l)}}{\partial a^{(l-1)}} = \mathrm{diag}\big(f'(z^{(l)})\big)\,W^{(l)}$$
#
# C’est l’équation (4) du cours. Sur vingt couches, vingt facteurs. Comparons trois fonctions d’activation, sur un chiffre.
#
# **Prédisez.** La sigmoïde a $f' \le \tfrac14$. Que reste-t-il du gradient à la première couche : $10^{-3}$, $10^{-9}$, $10^{-16}$ ? Et avec
# ReLU, dont le cours dit qu’elle « permet d’éviter le problème » ?

# %% [markdown] lang="en" id="plain"
# ## Twenty layers, one after the other
#
# A deep network repeats $a^{(l)} = f(W^{(l)} a^{(l-1)} + b^{(l)})$. Going back from layer $l$ to layer $l - 1$, the gradient is
# multiplied by the transpose of the Jacobian
#
# $$\frac{\partial a^{(l)}}{\partial a^{(l-1)}} = \mathrm{diag}\big(f'(z^{(l)})\big)\,W^{(l)}$$
#
# It is the course's equation (4). Over twenty layers, twenty factors. Let us compare three activation functions, on a digit.
#
# **Predict.** The sigmoid has $f' \le \tfrac14$. What is left of the gradient at the first layer: $10^{-3}$, $10^{-9}$, $10^{-16}$? And with
# ReLU, which the course says “avoids the problem”?

# %% id="plain-code"
model = Catalogue().load("deep")


def look(label, layers=20, **changes):
    """The flow of gradients through a new network, on one digit."""
    return flow(observed(model, replace(model.settings, layers=layers, **changes)), label)


plain = [look(f, activation=f, residual=False) for f in ("sigmoid", "tanh", "relu")]
flow_diagram(plain)

# %% [markdown] lang="fr" id="plain-read"
# La sigmoïde laisse $10^{-17}$ : à peine plus que la précision d’un nombre. ReLU fait mieux, mais son gradient **disparaît
# aussi** : elle a bien $f' = 1$ sur les unités actives, mais 0 sur les autres (environ une sur deux), et la matrice $W$ est toujours
# là. À droite, sa plus grande valeur singulière est proche de 1 : seules quelques directions passent, et pas les mêmes d’une couche à l’autre.

# %% [markdown] lang="en" id="plain-read"
# The sigmoid leaves $10^{-17}$: hardly more than the precision of a number. ReLU does better, but its gradient **vanishes as
# well**: it does have $f' = 1$ on active units, but 0 on the others (about one in two), and the matrix $W$ is still there. On the
# right, its largest singular value is near 1: only a few directions pass, and not the same from one layer to the next.

# %% [markdown] lang="fr" id="residual"
# ## Le signe +
#
# Une couche **résiduelle** ajoute son entrée à ce qu’elle calcule, et n’a plus à apprendre que la *différence* :
#
# $$a^{(l)} = a^{(l-1)} + f(W^{(l)} a^{(l-1)} + b^{(l)}) \qquad\qquad \frac{\partial a^{(l)}}{\partial a^{(l-1)}} = I +
# \mathrm{diag}\big(f'(z^{(l)})\big)\,W^{(l)}$$
#
# Regardons-la d’abord sur des nombres : deux couches d’une seule unité, sans fonction d’activation, $a_l = a_{l-1} + w_l\,a_{l-1}$.
#
# **Prédisez.** Par combien de chemins le gradient peut-il revenir de $a_2$ à $a_0$ ?
#
# <details><summary>Réponse</summary>
#
# Quatre. À chaque couche il passe par $w$ ou par le raccourci : 2 × 2. Leur somme est $1 + w_1 + w_2 + w_1 w_2$ ; le chemin des deux
# raccourcis, le 1, n’est multiplié par rien.
#
# </details>

# %% [markdown] lang="en" id="residual"
# ## The + sign
#
# A **residual** layer adds its input to what it computes, and need only learn the *difference*:
#
# $$a^{(l)} = a^{(l-1)} + f(W^{(l)} a^{(l-1)} + b^{(l)}) \qquad\qquad \frac{\partial a^{(l)}}{\partial a^{(l-1)}} = I +
# \mathrm{diag}\big(f'(z^{(l)})\big)\,W^{(l)}$$
#
# Let us look at it on numbers first: two layers of a single unit, without activation, $a_l = a_{l-1} + w_l\,a_{l-1}$.
#
# **Predict.** By how many paths can the gradient come back from $a_2$ to $a_0$?
#
# <details><summary>Answer</summary>
#
# Four. At each layer it goes through $w$ or through the shortcut: 2 × 2. Their sum is $1 + w_1 + w_2 + w_1 w_2$; the path of both
# shortcuts, the 1, is multiplied by nothing.
#
# </details>

# %% id="residual-code"
a0 = tg.Value(0.5, label="a0")
w1, w2 = tg.Value(0.4, label="w1"), tg.Value(-0.6, label="w2")
a1 = a0 + w1 * a0
a2 = a1 + w2 * a1
with tg.observe() as seen:
    a2.backward()
tg.Graph.of(a2, observation=seen)

# %% [markdown] lang="fr" id="exercise-1"
# ### Exercice 15.1
#
# Une couche résiduelle d’une unité : $y = x + \tanh(w\,x)$. Un gradient `g` arrive à $y$. Écrivez ce qui en revient à $x$, en fonction
# de `g`, de `w` et de `a` $= \tanh(w\,x)$.

# %% [markdown] lang="en" id="exercise-1"
# ### Exercise 15.1
#
# A residual layer of one unit: $y = x + \tanh(w\,x)$. A gradient `g` arrives at $y$. Write what comes back to $x$, as a function of `g`,
# of `w` and of `a` $= \tanh(w\,x)$.

# %% id="exercise-1-answer"
answer = ...  # lambda g, w, a: ...
check.exercise("15.1", answer)

# %% [markdown] lang="fr" id="paths"
# ## Une somme de chemins
#
# Développons le produit de $L$ couches, avec $j_l = w_l f'(z_l)$ :
#
# $$\prod_{l=1}^{L} (1 + j_l) = 1 + \sum_l j_l + \sum_{l<m} j_l\,j_m + \dots + j_1 j_2 \cdots j_L$$
#
# $2^L$ chemins. Le réseau nu n’a que le dernier : le plus long, le plus petit. Vérifions avec six couches.

# %% [markdown] lang="en" id="paths"
# ## A sum of paths
#
# Let us expand the product of $L$ layers, with $j_l = w_l f'(z_l)$:
#
# $$\prod_{l=1}^{L} (1 + j_l) = 1 + \sum_l j_l + \sum_{l<m} j_l\,j_m + \dots + j_1 j_2 \cdots j_L$$
#
# $2^L$ paths. The plain network has the last one only: the longest, the smallest. Let us check with six layers.

# %% id="paths-code"
weights = (0.4, -0.6, 0.3, 0.5, -0.2, 0.7)
start = a = tg.Value(0.5)
slopes = []
for w in weights:
    f = (w * a).tanh()
    slopes.append(w * (1 - f.data**2))
    a = a + f
a.backward()
total = 0.0
print(say(fr=" couches  chemins  leur somme", en="  layers    paths   their sum"))
for length in range(len(weights) + 1):
    paths = [prod(chosen) for chosen in combinations(slopes, length)]
    total += sum(paths)
    print(f"{length:8d} {len(paths):8d} {sum(paths):+10.5f}")
print(say(fr="somme des chemins", en="sum of the paths"), f"{total:.5f}", "  backward", f"{start.grad:.5f}")

# %% [markdown] lang="fr" id="deep"
# ## Vingt couches, avec le +
#
# Le même réseau qu’au début, avec ReLU ; seul le signe + change.

# %% [markdown] lang="en" id="deep"
# ## Twenty layers, with the +
#
# The same network as at the start, with ReLU; only the + sign changes.

# %% id="deep-code"
flow_diagram([plain[-1], look(say(fr="résiduel", en="residual"))])

# %% [markdown] lang="fr" id="depth"
# Faisons varier la profondeur. Combien du gradient de la dernière couche parvient à la première ?
#
# **Prédisez.** À quarante couches, le gradient du réseau résiduel est-il du même ordre qu’à la sortie ?

# %% [markdown] lang="en" id="depth"
# Now let depth vary. How much of the last layer's gradient reaches the first?
#
# **Predict.** At forty layers, is the gradient of the residual network of the same order as at the output?

# %% id="depth-code"
depths = (2, 5, 10, 20, 40)
cases = {
    "relu": {"residual": False},
    "relu +": {"residual": True},
    "tanh +": {"residual": True, "activation": "tanh"},
    "relu +, norm": {"residual": True, "norm": True},
}
colours = ("#009e73", "#cc79a7", "#0072b2", "#e69f00")
lines = [
    Series(name, tuple(map(float, depths)), tuple(look(name, layers, **case).ratio for layers in depths), colour)
    for (name, case), colour in zip(cases.items(), colours, strict=True)
]
curves(
    lines,
    title=say(fr="Ce que la première couche reçoit, selon la profondeur", en="What the first layer receives, by depth"),
    guide=say(
        fr="Norme du gradient à la première couche, rapportée à celle de la dernière. Échelle log ; + : résiduel.",
        en="Norm of the gradient at the first layer, over that at the last. Log scale; +: residual.",
    ),
    x_name=say(fr="nombre de couches", en="number of layers"),
    y_name="‖∂L/∂a₁‖ / ‖∂L/∂a_L‖",
    log=True,
)

# %% [markdown] lang="fr" id="depth-read"
# Le réseau nu s’éteint. Mais avec ReLU, le réseau résiduel fait l’inverse : à quarante couches, le gradient est mille fois plus grand.
# ReLU n’ajoute que des nombres positifs, qui s’accumulent : $I + J$ étire. Le raccourci empêche la disparition, non l’explosion. C’est
# pourquoi un bloc de ResNet **normalise** aussi (tutoriel 9).

# %% [markdown] lang="en" id="depth-read"
# The plain network dies out. But with ReLU the residual network does the reverse: at forty layers the gradient is a thousand times
# larger. ReLU only adds positive numbers, which pile up: $I + J$ stretches. The shortcut prevents vanishing, not explosion. That is why
# a block of ResNet **normalises** as well (tutorial 9).

# %% [markdown] lang="fr" id="exercise-2"
# ### Exercice 15.2
#
# Trois couches résiduelles d’une unité, *linéaires* : $a_l = a_{l-1} + w_l\,a_{l-1}$. Écrivez $\partial a_3/\partial w_2$ en fonction de
# `a0`, `w1`, `w2`, `w3`.

# %% [markdown] lang="en" id="exercise-2"
# ### Exercise 15.2
#
# Three residual layers of one unit, *linear*: $a_l = a_{l-1} + w_l\,a_{l-1}$. Write $\partial a_3/\partial w_2$ as a function of `a0`,
# `w1`, `w2`, `w3`.

# %% id="exercise-2-answer"
answer = ...  # lambda a0, w1, w2, w3: ...
check.exercise("15.2", answer)

# %% [markdown] lang="fr" id="train"
# ## Trente couches apprennent
#
# Dix lectures des chiffres, 30 couches de 32 unités, $\tanh$ : nu, puis résiduel.

# %% [markdown] lang="en" id="train"
# ## Thirty layers learn
#
# Ten readings of the digits, 30 layers of 32 units, $\tanh$: plain, then residual.

# %% id="train-code"
results, histories = {}, {}
for residual, name in ((False, say(fr="nu", en="plain")), (True, say(fr="résiduel", en="residual"))):
    settings = replace(model.settings, layers=30, activation="tanh", residual=residual)
    histories[name] = History(model.name, name)
    run = train(model, settings, epochs=10, watch=histories[name].watch(model, settings))
    losses, unseen = zip(*((epoch.loss, epoch.validation_loss) for epoch in run.epochs), strict=True)
    results[name] = (losses, unseen, run.score)
learning_panels(say(fr="Trente couches", en="Thirty layers"), results)

# %% [markdown] lang="fr" id="train-read"
# Le réseau nu reste à $-\ln\frac{1}{10} = 2{,}303$ : il n’a rien appris, faute de gradient dans ses premières couches. Ce n’est pas du
# surapprentissage, puisqu’il échoue aussi sur les données d’entraînement ; et ce n’est pas qu’il manque de puissance, puisqu’il a
# autant de paramètres que l’autre. Voici son gradient pendant ce temps.

# %% [markdown] lang="en" id="train-read"
# The plain network stays at $-\ln\frac{1}{10} = 2.303$: it has learned nothing, for lack of gradient in its first layers. It is not
# overfitting, since it fails on the training data as well; nor does it lack power, since it has as many parameters as the other. Here is
# its gradient meanwhile.

# %% id="history-code"
for history in histories.values():
    print(history.headline())
histories[say(fr="nu", en="plain")]

# %% [markdown] lang="fr" id="lstm"
# ## Vous l’avez déjà vu
#
# L’état d’un LSTM avance par $C_t = f_t * C_{t-1} + i_t * \tilde{C}_t$ : ce qui était, plus une différence. Avec $f_t = 1$, c’est une
# connexion résiduelle à travers le temps ; la porte d’oubli y ajoute un robinet. L’enchaînement des couches d’un ResNet est celui des
# pas d’un RNN, **mais avec des poids différents à chaque pas**.
#
# Voici enfin un vrai bloc : le petit ResNet qui lit les chiffres. Suivez les arcs, qui sautent par-dessus deux convolutions. Quand la
# taille change, une convolution 1 × 1 (`downsample`) met l’entrée à la taille de la sortie.

# %% [markdown] lang="en" id="lstm"
# ## You have seen it before
#
# The state of an LSTM moves on by $C_t = f_t * C_{t-1} + i_t * \tilde{C}_t$: what was there, plus a difference. With $f_t = 1$ it is a
# residual connection through time; the forget gate adds a tap to it. The layers of a ResNet follow one another as the steps of an RNN
# do, **but with other weights at each step**.
#
# Finally, here is a real block: the small ResNet that reads digits. Follow the arcs, which jump over two convolutions. Where the size
# changes, a 1 × 1 convolution (`downsample`) brings the input to the size of the output.

# %% id="resnet-code"
view(observed(Catalogue().load("resnet"), backward=False).graph, Distance("module"))

# %% [markdown] lang="fr" id="further"
# ## Pour aller plus loin
#
# - `tinygrad-fr flow deep:activation=sigmoid,residual=no deep -o profondeur.svg` : les deux côte à côte.
# - `tinygrad-fr render resnet --set preset=resnet50 -o resnet.svg` : les 16 blocs de ResNet-50.
# - `tinygrad-fr diff deep:residual=no deep` : ce que le signe + ajoute au graphe.
#
# Tutoriel suivant : **16. Attention et Transformer**, où le signe + est partout.

# %% [markdown] lang="en" id="further"
# ## Going further
#
# - `tinygrad-fr flow deep:activation=sigmoid,residual=no deep -o depth.svg`: both side by side.
# - `tinygrad-fr render resnet --set preset=resnet50 -o resnet.svg`: the 16 blocks of ResNet-50.
# - `tinygrad-fr diff deep:residual=no deep`: what the + sign adds to the graph.
#
# Next tutorial: **16. Attention and the Transformer**, where the + sign is everywhere.
