# %% [markdown] lang="fr" id="title"
# # 8. Convolutions, filtres et pooling
#
# **Ce que vous allez voir.** Un filtre est une petite grille de poids qui glisse sur une image. Vous en poserez à la main sur un
# chiffre manuscrit, vous suivrez le gradient d’un poids qui sert partout à la fois, puis celui d’un pooling, qui choisit à qui il
# rend des comptes. À la fin, LeNet-5 (1998) apprend à lire devant vous, et vous regardez ce que ses filtres cherchent.
#
# **Prérequis.** Le tutoriel 3 (équations (1) à (7)). **Durée.** 25 minutes.

# %% [markdown] lang="en" id="title"
# # 8. Convolutions, filters and pooling
#
# **What you will see.** A filter is a small grid of weights that slides over an image. You will lay some by hand on a handwritten
# digit, follow the gradient of a weight that is used everywhere at once, then that of pooling, which chooses whom it answers to. At
# the end LeNet-5 (1998) learns to read before your eyes, and you look at what its filters search for.
#
# **Prerequisites.** Tutorial 3 (equations (1) to (7)). **Time.** 25 minutes.

# %% id="imports"
from itertools import pairwise

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr import nn
from tinygrad_fr.data import digits
from tinygrad_fr.draw import confusion_diagram, feature_maps_diagram, grid_diagram
from tinygrad_fr.explain import Distance, FeatureMaps, feature_maps, observed, view
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.training import confusion, train
from tinygrad_fr.tutorials import check, say

# %% [markdown] lang="fr" id="image"
# ## Une image est une matrice
#
# Voici un chiffre des données que scikit-learn fournit : 8 × 8 pixels, 0 pour le blanc, 1 pour l’encre. À côté, un **filtre** de
# 3 × 3 poids, que nous avons choisi à la main.

# %% [markdown] lang="en" id="image"
# ## An image is a matrix
#
# Here is a digit of the data that come with scikit-learn: 8 × 8 pixels, 0 for white, 1 for ink. Beside it a **filter** of 3 × 3
# weights, chosen by hand.

# %% id="image-code"
(images, labels), _test = digits()
image = tg.tensor(images[0])
vertical = tg.tensor([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]])

grid_diagram(
    say(fr="Un zéro écrit à la main, et un filtre", en="A handwritten zero, and a filter"),
    say(fr="Orange : positif ; bleu : négatif ; pâle : 0.", en="Orange: positive; blue: negative; pale: 0."),
    {"image": image.detach().numpy(), say(fr="filtre", en="filter"): vertical.detach().numpy()},
)

# %% [markdown] lang="fr" id="slide"
# ## Poser, multiplier, additionner, glisser
#
# On pose le filtre $w$ sur un coin de l’image, on multiplie chaque poids par le pixel qu’il couvre, on additionne, et on décale :
#
# $$y_{ij} = b + \sum_{u=0}^{2}\sum_{v=0}^{2} w_{uv}\;x_{i+u,\,j+v}$$
#
# C’est la somme pondérée $z = \sum w x + b$ du neurone, dont le regard est limité à 9 pixels. (En mathématiques, une convolution
# retourne d’abord le filtre ; ce que font tous les réseaux, sans le retourner, s’appelle une *corrélation croisée*. Comme les poids
# sont appris, cela ne change rien.)
#
# **Prédisez.** L’image a 8 × 8 pixels et le filtre 3 × 3. Quelle taille a $y$ ? De quel signe est $y$ sur un bord gauche d’un trait,
# où l’on passe du blanc à l’encre ?
#
# <details><summary>Réponse</summary>
#
# 6 × 6 : il n’y a que 6 positions par ligne où le filtre tient en entier. Sur un bord gauche, l’encre est sous la colonne de droite du
# filtre, celle des poids négatifs : $y$ est négatif (bleu). Sur un bord droit, il est positif. À l’intérieur d’un aplat, les deux
# colonnes s’annulent.
#
# </details>

# %% [markdown] lang="en" id="slide"
# ## Lay, multiply, add, slide
#
# Lay the filter $w$ on a corner of the image, multiply each weight by the pixel that it covers, add up, and move on:
#
# $$y_{ij} = b + \sum_{u=0}^{2}\sum_{v=0}^{2} w_{uv}\;x_{i+u,\,j+v}$$
#
# It is the neuron's weighted sum $z = \sum w x + b$, whose sight is limited to 9 pixels. (In mathematics a convolution first turns
# the filter around; what all networks do, without turning it, is called *cross-correlation*. Since weights are learned, it makes
# no difference.)
#
# **Predict.** The image has 8 × 8 pixels and the filter 3 × 3. What size is $y$? Of which sign is $y$ on the left edge of a stroke,
# where white turns into ink?
#
# <details><summary>Answer</summary>
#
# 6 × 6: there are only 6 places in a row where the whole filter fits. On a left edge the ink is under the filter's right column, that
# of negative weights: $y$ is negative (blue). On a right edge it is positive. Inside an even area both columns cancel out.
#
# </details>


# %% id="slide-code"
def by_hand(x, w):
    """Lay, multiply, add, slide."""
    size = len(x) - len(w) + 1
    return np.array([[(w * x[i : i + len(w), j : j + len(w)]).sum() for j in range(size)] for i in range(size)])


ours = by_hand(image.detach().numpy(), vertical.detach().numpy())
engine = F.conv2d(image.reshape(1, 1, 8, 8), vertical.reshape(1, 1, 3, 3))
print(
    engine.shape,
    say(fr="plus grand écart :", en="largest difference:"),
    abs(engine.detach().numpy()[0, 0] - ours).max(),
)

# %% [markdown] lang="fr" id="several"
# ## Pourquoi plusieurs filtres ?
#
# Chaque filtre ne voit qu’un motif. Une couche en applique plusieurs à la fois, et empile leurs réponses, les *cartes de
# caractéristiques* (*feature maps*). En voici quatre : bords verticaux, bords horizontaux, une diagonale, une moyenne.

# %% [markdown] lang="en" id="several"
# ## Why several filters?
#
# A filter sees one pattern only. A layer applies several at once and stacks their answers, the *feature maps*. Here are four:
# vertical edges, horizontal edges, a diagonal, a mean.

# %% id="several-code"
diagonal = tg.tensor([[2.0, -1.0, -1.0], [-1.0, 2.0, -1.0], [-1.0, -1.0, 2.0]])
filters = tg.stack([vertical, vertical.T, diagonal, tg.ones(3, 3) / 9]).reshape(4, 1, 3, 3)
maps = F.conv2d(image.reshape(1, 1, 8, 8), filters)
found = FeatureMaps(
    "conv2d", image.reshape(1, 8, 8).detach().numpy(), filters.detach().numpy(), maps.detach().numpy()[0]
)
feature_maps_diagram(say(fr="Quatre filtres, quatre cartes", en="Four filters, four maps"), [found])

# %% [markdown] lang="fr" id="exercise-1"
# ### Exercice 8.1
#
# Deux réglages changent la taille de la carte : le *stride* $s$ (de combien on décale) et le *padding* $p$ (combien de zéros on ajoute
# sur chaque bord). Écrivez la taille de la sortie pour une image de côté `n`, un filtre de côté `k`, un stride `s`, un padding `p`.

# %% [markdown] lang="en" id="exercise-1"
# ### Exercise 8.1
#
# Two settings change the size of the map: the *stride* $s$ (how far to move on) and the *padding* $p$ (how many zeros are added on
# each side). Write the size of the output for an image of side `n`, a filter of side `k`, a stride `s`, a padding `p`.

# %% id="exercise-1-answer"
answer = ...  # lambda n, k, s, p: ...
check.exercise("8.1", answer)

# %% [markdown] lang="fr" id="shared"
# ## Un poids qui sert partout
#
# Le même poids est posé sur toutes les positions. Dans l’enregistrement, il est donc l’entrée de nombreuses multiplications. Prenons
# la plus petite convolution : une ligne de 4 pixels et un filtre de 2 poids.

# %% [markdown] lang="en" id="shared"
# ## A weight that is used everywhere
#
# The same weight is laid on every position. So in the record it is an input of many multiplications. Let us take the smallest
# convolution: a row of 4 pixels and a filter of 2 weights.

# %% id="shared-code"
pixels = [tg.Value(v, label=f"x{i}") for i, v in enumerate((0.5, 2.0, 1.0, 3.0), start=1)]
w1, w2 = tg.Value(-1.0, label="w1"), tg.Value(1.0, label="w2")
outputs = [w1 * a + w2 * b for a, b in pairwise(pixels)]
with tg.observe() as seen:
    loss = outputs[0] ** 2 + outputs[1] ** 2 + outputs[2] ** 2
    loss.backward()
tg.Graph.of(loss, observation=seen)

# %% [markdown] lang="fr" id="shared-read"
# Le poids $w_1$ apparaît trois fois : son gradient est la **somme** de ce que les trois positions lui renvoient. Si $g_i$ est le
# gradient qui arrive à $y_i = w_1 x_i + w_2 x_{i+1}$ :
#
# $$\frac{\partial L}{\partial w_1} = g_1 x_1 + g_2 x_2 + g_3 x_3$$
#
# Retrouvez ces trois termes sur les flèches qui reviennent à $w_1$ : 1,5 − 4 + 4 = 1,5. C’est encore une corrélation : celle de
# l’image et du gradient.
#
# **Prédisez.** Et un pixel, $x_2$ ? De quelles sorties reçoit-il un gradient, et par quels poids ?
#
# <details><summary>Réponse</summary>
#
# De $y_1$, où il est multiplié par $w_2$, et de $y_2$, où il l’est par $w_1$ : $\partial L/\partial x_2 = w_2 g_1 + w_1 g_2$. Les
# poids y sont dans l’ordre inverse : le gradient de l’image est une vraie convolution, avec le filtre retourné.
#
# </details>

# %% [markdown] lang="en" id="shared-read"
# The weight $w_1$ appears three times: its gradient is the **sum** of what the three positions send back. If $g_i$ is the gradient
# that arrives at $y_i = w_1 x_i + w_2 x_{i+1}$:
#
# $$\frac{\partial L}{\partial w_1} = g_1 x_1 + g_2 x_2 + g_3 x_3$$
#
# Find these three terms on the arrows that come back to $w_1$: 1.5 − 4 + 4 = 1.5. It is a correlation again: that of the image and
# the gradient.
#
# **Predict.** And a pixel, $x_2$? From which outputs does it receive a gradient, and through which weights?
#
# <details><summary>Answer</summary>
#
# From $y_1$, where it is multiplied by $w_2$, and from $y_2$, where it is by $w_1$: $\partial L/\partial x_2 = w_2 g_1 + w_1 g_2$.
# The weights stand in reverse order: the gradient of the image is a true convolution, with the filter turned around.
#
# </details>

# %% [markdown] lang="fr" id="exercise-2"
# ### Exercice 8.2
#
# Avec la même petite convolution, écrivez $\partial L/\partial w_2$ en fonction des pixels et des gradients `g1`, `g2`, `g3` qui
# arrivent aux sorties. Le vérificateur compare avec la rétropropagation de `conv1d`.

# %% [markdown] lang="en" id="exercise-2"
# ### Exercise 8.2
#
# With the same small convolution, write $\partial L/\partial w_2$ as a function of the pixels and of the gradients `g1`, `g2`, `g3`
# that arrive at the outputs. The checker compares with backpropagation through `conv1d`.

# %% id="exercise-2-answer"
answer = ...  # lambda x1, x2, x3, x4, g1, g2, g3: ...
check.exercise("8.2", answer)

# %% [markdown] lang="fr" id="few"
# ## Peu de poids, et un trait reconnu où qu’il soit
#
# Le partage des poids a deux effets. D’abord le compte : comparons une couche de convolution à une couche dense qui produirait
# autant de nombres.

# %% [markdown] lang="en" id="few"
# ## Few weights, and a stroke recognised wherever it lies
#
# Sharing weights has two effects. First the count: let us compare a convolutional layer with a dense one that gives as many numbers.

# %% id="few-code"
shared, dense = nn.Conv2d(1, 6, 5), nn.Linear(32 * 32, 6 * 28 * 28)
for layer in (shared, dense):
    print(f"{type(layer).__name__:8s}", f"{sum(p.numel() for p in layer.parameters()):>12,d}")

# %% [markdown] lang="fr" id="moved"
# Ensuite, décaler l’image décale la carte d’autant (*équivariance*). Vérifions : l’image et la même décalée d’un pixel vers la droite.

# %% [markdown] lang="en" id="moved"
# Then, moving the image moves the map as far (*equivariance*). Let us check: the image, and the same moved one pixel to the right.

# %% id="moved-code"
moved = tg.tensor(np.roll(image.detach().numpy(), 1, axis=1))
here, there = (
    F.conv2d(x.reshape(1, 1, 8, 8), vertical.reshape(1, 1, 3, 3)).detach().numpy()[0, 0] for x in (image, moved)
)
print(say(fr="plus grand écart :", en="largest difference:"), abs(here[:, :-1] - there[:, 1:]).max())
grid_diagram(
    say(fr="L’image bouge, la carte suit", en="The image moves, the map follows"),
    say(fr="Le filtre des bords verticaux, sur les deux images.", en="The filter of vertical edges, on both images."),
    {say(fr="carte", en="map"): here, say(fr="carte de l’image décalée", en="map of the moved image"): there},
)

# %% [markdown] lang="fr" id="exercise-3"
# ### Exercice 8.3
#
# Combien de paramètres a une convolution de `i` canaux vers `o` canaux, avec des filtres de côté `k` ? Chaque filtre couvre *tous*
# les canaux d’entrée, et a un biais.

# %% [markdown] lang="en" id="exercise-3"
# ### Exercise 8.3
#
# How many parameters has a convolution from `i` channels to `o` channels, with filters of side `k`? Each filter covers *all* the
# input channels, and has a bias.

# %% id="exercise-3-answer"
answer = ...  # lambda i, o, k: ...
check.exercise("8.3", answer)

# %% [markdown] lang="fr" id="pooling"
# ## Le pooling
#
# Le pooling résume chaque carré de 2 × 2 par son maximum (*max pooling*) ou par sa moyenne (*average pooling*). La carte est quatre
# fois plus petite. Il n’a **aucun paramètre** : s’il en fait gagner, c’est dans les couches denses qui le suivent.
#
# **Prédisez.** Un gradient de 1 arrive à chaque sortie. Quels nombres de l’entrée en reçoivent une part, et combien ?
#
# <details><summary>Réponse</summary>
#
# Avec le maximum, seul le gagnant de chaque carré reçoit 1, les trois autres 0 : ils auraient pu valoir un peu plus ou un peu moins
# sans rien changer. Avec la moyenne, chacun reçoit ¼.
#
# </details>

# %% [markdown] lang="en" id="pooling"
# ## Pooling
#
# Pooling sums up each square of 2 × 2 by its maximum (*max pooling*) or its mean (*average pooling*). The map is four times smaller.
# It has **no parameters**: where it saves some, it is in the dense layers that follow it.
#
# **Predict.** A gradient of 1 arrives at each output. Which numbers of the input receive a share, and how much?
#
# <details><summary>Answer</summary>
#
# With the maximum, only the winner of each square receives 1 and the three others 0: they could have been a little more or a little
# less without changing anything. With the mean, each receives ¼.
#
# </details>

# %% id="pooling-code"
tg.manual_seed(1)
x = tg.randn(1, 1, 4, 4, requires_grad=True)
shown = {"x": x.detach().numpy()[0, 0]}
for name, pool in (("max", F.max_pool2d), (say(fr="moyenne", en="mean"), F.avg_pool2d)):
    y = pool(x, 2)
    x.grad = None
    y.sum().backward()
    shown |= {name: y.detach().numpy()[0, 0], f"∂L/∂x, {name}": x.grad.detach().numpy()[0, 0]}
grid_diagram(
    say(
        fr="Ce que le pooling garde, et à qui il rend le gradient",
        en="What pooling keeps, and whom it gives the gradient",
    ),
    say(fr="Carrés de 2 × 2, décalés de 2.", en="Squares of 2 × 2, moved by 2."),
    shown,
)

# %% [markdown] lang="fr" id="lenet"
# ## LeNet-5
#
# Deux fois « convolution puis moyenne », une dernière convolution qui couvre tout, deux couches denses : le réseau de 1998. Le pooling
# y est une moyenne, comme dans l’article (sans les deux poids appris que l’original y mettait). Lisez les formes de l’image : les
# cartes rétrécissent (32 → 28 → 14 → 10 → 5 → 1), leur nombre grandit (1 → 6 → 16 → 120).

# %% [markdown] lang="en" id="lenet"
# ## LeNet-5
#
# Twice “convolution, then mean”, a last convolution that covers everything, two dense layers: the network of 1998. Its pooling is a
# mean, as in the paper (without the two learned weights that the original had there). Read the shapes in the picture: maps shrink
# (32 → 28 → 14 → 10 → 5 → 1), their number grows (1 → 6 → 16 → 120).

# %% id="lenet-code"
model = Catalogue().load("lenet")
view(observed(model, backward=False).graph, Distance("module"))

# %% [markdown] lang="fr" id="train"
# Une seule lecture des 1 438 chiffres, chacun étant aussi montré décalé de deux pixels dans les quatre directions (l’*augmentation de
# données* du tutoriel 7).

# %% [markdown] lang="en" id="train"
# A single reading of the 1 438 digits, each shown moved by two pixels in the four directions as well (the *data augmentation* of
# tutorial 7).

# %% id="train-code"
run = train(model, epochs=1)
result = confusion(model, run.module, run.recipe.test)
confusion_diagram("LeNet-5", result.classes, result.counts)

# %% [markdown] lang="fr" id="maps"
# Regardez hors de la diagonale : lesquelles de ces confusions un lecteur pressé ferait-il aussi ? Voyons maintenant ce que
# cherchent les filtres appris, sur un chiffre que le réseau n’avait jamais lu.

# %% [markdown] lang="en" id="maps"
# Look off the diagonal: which of these mistakes would a hurried reader make as well? Now let us look at what the learned filters
# search for, on a digit that the network had never read.

# %% id="maps-code"
feature_maps_diagram("LeNet-5", feature_maps(observed(model, module=run.module)))

# %% [markdown] lang="fr" id="maps-read"
# Personne n’a écrit ces filtres. Ceux de `c1` regardent l’image ; ceux de `c3` regardent les *cartes* de `c1`, et combinent donc des
# motifs en motifs plus grands ; à `c5`, il ne reste qu’un nombre par filtre : 120 questions posées à toute l’image, dont les couches
# denses font une décision.

# %% [markdown] lang="en" id="maps-read"
# Nobody wrote these filters. Those of `c1` look at the image; those of `c3` look at the *maps* of `c1`, and so combine patterns into
# larger ones; at `c5` one number is left for each filter: 120 questions asked of the whole image, from which the dense layers make
# a decision.

# %% [markdown] lang="fr" id="further"
# ## Pour aller plus loin
#
# - `tinygrad-fr maps lenet --trained -o cartes.svg` : huit lectures, et les mêmes cartes.
# - `tinygrad-fr step lenet -o lenet.html` : LeNet pas à pas dans le navigateur, couche après couche.
# - `tinygrad-fr train lenet --set preset=neocognitron` : l’ancêtre de 1980, ses cellules S et C.
#
# Tutoriel suivant : **9. Normaliser**, ou comment garder des nombres de taille raisonnable à travers les couches.

# %% [markdown] lang="en" id="further"
# ## Going further
#
# - `tinygrad-fr maps lenet --trained -o maps.svg`: eight readings, and the same maps.
# - `tinygrad-fr step lenet -o lenet.html`: LeNet step by step in the browser, layer after layer.
# - `tinygrad-fr train lenet --set preset=neocognitron`: the ancestor of 1980, with its S and C cells.
#
# Next tutorial: **9. Normalising**, or how to keep numbers of a reasonable size through the layers.
