# %% [markdown] lang="fr" id="title"
# # 9. Normaliser
#
# **Ce que vous allez voir.** Couche après couche, les nombres d’un réseau rétrécissent ou grossissent, et l’apprentissage s’arrête.
# Normaliser, c’est leur rendre une moyenne de 0 et une variance de 1. Quatre normalisations portent quatre noms, et ne diffèrent que
# par une question : *la moyenne de qui ?* Vous y répondrez en regardant un gradient.
#
# **Prérequis.** Le tutoriel 8 (canaux, cartes). **Durée.** 20 minutes.

# %% [markdown] lang="en" id="title"
# # 9. Normalising
#
# **What you will see.** Layer after layer, the numbers of a network shrink or grow, and learning stops. To normalise is to give them
# back a mean of 0 and a variance of 1. Four normalisations have four names, and differ by one question only: *whose mean?* You will
# answer it by looking at a gradient.
#
# **Prerequisites.** Tutorial 8 (channels, maps). **Time.** 20 minutes.

# %% id="imports"
from dataclasses import replace

import tinygrad_fr as tg
from tinygrad_fr import nn
from tinygrad_fr.draw import Series, curves, grid_diagram, learning_panels
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.training import built, train
from tinygrad_fr.tutorials import check, say

# %% [markdown] lang="fr" id="shrink"
# ## Les nombres rétrécissent
#
# Six convolutions et des ReLU, 64 chiffres en entrée, des poids tirés au hasard. Mesurons, à la sortie de chaque couche, de
# combien les nombres diffèrent d’une image à l’autre (leur écart-type), sans normalisation puis avec.
#
# **Prédisez.** Sans normalisation, chaque couche divise ces différences par 3 environ. Que répond le réseau à deux images
# différentes après six couches ?
#
# <details><summary>Réponse</summary>
#
# Presque la même chose : les différences sont divisées par $3^5 \approx 240$, et ce qui reste vient surtout des biais, les mêmes
# pour toutes les images. Le gradient qui revient, multiplié par les mêmes poids, est minuscule lui aussi.
#
# </details>

# %% [markdown] lang="en" id="shrink"
# ## Numbers shrink
#
# Six convolutions and ReLUs, 64 digits as input, weights drawn at random. Let us measure, at the output of
# each layer, how much numbers differ from one image to another (their standard deviation), without normalisation and then with it.
#
# **Predict.** Without normalisation each layer divides these differences by about 3. What does the network answer to two
# different images after six layers?
#
# <details><summary>Answer</summary>
#
# Nearly the same: differences are divided by $3^5 \approx 240$, and what is left comes mostly from the biases, the same for all
# images. The gradient that comes back, multiplied by the same weights, is tiny as well.
#
# </details>

# %% id="shrink-code"
model = Catalogue().load("norms")
inputs, _labels = model.recipe(model.settings).train[:64]


def spread(norm):
    """How much the outputs of each layer differ from one image to another."""
    x, found = inputs, []
    for layer in built(model, replace(model.settings, norm=norm), seed=0).layers:
        x = layer(x)
        found.append(float(x.detach().numpy().std(axis=0).mean()))
    return tuple(found)


layers = tuple(map(float, range(1, 7)))
bare = Series(say(fr="sans", en="none"), layers, spread("none"), "#d55e00")
normalised = Series("batch", layers, spread("batch"), "#0072b2")
curves(
    [bare, normalised],
    title=say(fr="Ce qui distingue encore les images", en="What still tells images apart"),
    guide=say(
        fr="Écart-type d’une image à l’autre, à la sortie de chaque couche, échelle log.",
        en="Standard deviation from one image to another, at the output of each layer, log scale.",
    ),
    x_name=say(fr="couche", en="layer"),
    y_name=say(fr="écart-type", en="standard deviation"),
    log=True,
)

# %% [markdown] lang="fr" id="formula"
# ## La formule du cours
#
# Pour une activation $x_i$ dans un mini-lot de moyenne $\mu_B$ et de variance $\sigma_B^2$ :
#
# $$\hat{x}_i = \frac{x_i - \mu_B}{\sqrt{\sigma_B^2 + \epsilon}} \qquad\qquad y_i = \gamma\,\hat{x}_i + \beta$$
#
# Trois détails que la diapositive ne dit pas. La variance est divisée par $n$, non par $n - 1$. Le $\epsilon$, sous la racine, évite de
# diviser par 0. Et deux nombres par canal, $\gamma$ et $\beta$, sont **appris** : le réseau peut rendre à la couche l’échelle qui lui
# convient. (Le « décalage de covariances interne » du cours est un décalage de *covariables*, c’est-à-dire des entrées de la couche.)

# %% [markdown] lang="en" id="formula"
# ## The course's formula
#
# For an activation $x_i$ in a mini-batch of mean $\mu_B$ and variance $\sigma_B^2$:
#
# $$\hat{x}_i = \frac{x_i - \mu_B}{\sqrt{\sigma_B^2 + \epsilon}} \qquad\qquad y_i = \gamma\,\hat{x}_i + \beta$$
#
# Three details that the slide does not tell. The variance is divided by $n$, not by $n - 1$. The $\epsilon$, inside the root, avoids a
# division by 0. And two numbers a channel, $\gamma$ and $\beta$, are **learned**: the network can give the layer the scale that suits
# it. (*Covariate* shift is a shift of the layer's inputs; the course's French says “covariances”.)

# %% id="formula-code"
tg.manual_seed(0)
x = tg.randn(3, 4, 2, 2, requires_grad=True)  # 3 images, 4 channels, 2 × 2 pixels
mean = x.mean((0, 2, 3), keepdim=True)
variance = ((x - mean) ** 2).mean((0, 2, 3), keepdim=True)
by_hand = (x - mean) / (variance + 1e-5).sqrt()
print(
    say(fr="plus grand écart :", en="largest difference:"), f"{float((nn.BatchNorm2d(4)(x) - by_hand).abs().max()):.1e}"
)

# %% [markdown] lang="fr" id="whose"
# ## La moyenne de qui ?
#
# Ici la moyenne porte sur les images du lot. Les trois autres normalisations n’en changent que le groupe. Plutôt que de lire leurs
# définitions, demandons au gradient : **de quels nombres de l’entrée dépend le premier nombre de la sortie ?** Ceux dont le gradient
# n’est pas nul.

# %% [markdown] lang="en" id="whose"
# ## Whose mean?
#
# Here the mean is over the images of the batch. The three other normalisations change its group, and nothing else. Rather than read
# their definitions, let us ask the gradient: **which numbers of the input does the first number of the output depend on?** Those
# whose gradient is not zero.

# %% id="whose-code"
norms = {
    "BatchNorm": nn.BatchNorm2d(4),
    "LayerNorm": nn.LayerNorm((4, 2, 2)),
    "InstanceNorm": nn.InstanceNorm2d(4),
    say(fr="GroupNorm, 2 groupes", en="GroupNorm, 2 groups"): nn.GroupNorm(2, 4),
}


def counted(norm):
    """1 where a number of the input counts for the first number of the output."""
    x.grad = None
    norm(x)[0, 0, 0, 0].backward()
    return (x.grad.detach().numpy() != 0).astype(int).reshape(3, 16)


grid_diagram(
    say(fr="Qui compte pour le premier nombre ?", en="Who counts for the first number?"),
    say(
        fr="Une ligne est une image. Colonnes : 4 canaux, 4 pixels chacun. 1 : le gradient n’est pas nul.",
        en="A row is an image. Columns: 4 channels, 4 pixels each. 1: the gradient is not zero.",
    ),
    {name: counted(norm) for name, norm in norms.items()},
    rows=[f"image {i}" for i in (1, 2, 3)],
)

# %% [markdown] lang="fr" id="whose-read"
# - **BatchNorm** : le même canal de *toutes* les images du lot.
# - **LayerNorm** : tous les canaux d’*une* image.
# - **InstanceNorm** : un canal d’une image.
# - **GroupNorm** : un groupe de canaux d’une image.
#
# **Prédisez.** Que devient GroupNorm avec un seul groupe ? Et avec autant de groupes que de canaux ?
#
# <details><summary>Réponse</summary>
#
# Avec un groupe, elle prend tous les canaux d’une image : c’est LayerNorm. Avec quatre groupes d’un canal : InstanceNorm. (Seuls
# diffèrent les $\gamma$ et $\beta$ : un par canal pour GroupNorm, un par nombre pour LayerNorm, aucun par défaut pour InstanceNorm.)
#
# </details>

# %% [markdown] lang="en" id="whose-read"
# - **BatchNorm**: the same channel of *all* the images of the batch.
# - **LayerNorm**: all the channels of *one* image.
# - **InstanceNorm**: one channel of one image.
# - **GroupNorm**: a group of channels of one image.
#
# **Predict.** What does GroupNorm become with a single group? And with as many groups as channels?
#
# <details><summary>Answer</summary>
#
# With one group it takes all the channels of an image: it is LayerNorm. With four groups of one channel: InstanceNorm. (Only the
# $\gamma$ and $\beta$ differ: one a channel for GroupNorm, one a number for LayerNorm, none by default for InstanceNorm.)
#
# </details>

# %% id="equal-code"
for groups, name in ((1, "LayerNorm"), (4, "InstanceNorm")):
    difference = float((nn.GroupNorm(groups, 4)(x) - norms[name](x)).abs().max())
    print(f"GroupNorm({groups}, 4) − {name}: {difference:.1e}")

# %% [markdown] lang="fr" id="backward"
# ## Ce que la normalisation fait au gradient
#
# Ajouter le même nombre à tous les $x$ d’un groupe ne change pas $\hat{x}$ ; les multiplier tous par 2 non plus (à $\epsilon$ près).
# Donc le gradient qui ressort n’a aucune composante dans ces deux directions : sa somme est nulle, et son produit scalaire avec
# $\hat{x}$ aussi, quel que soit le gradient qui arrive.

# %% [markdown] lang="en" id="backward"
# ## What normalisation does to the gradient
#
# Adding one number to all the $x$ of a group does not change $\hat{x}$; nor does multiplying them all by 2 (but for $\epsilon$). So the
# gradient that comes out has no component in these two directions: its sum is zero, and so is its dot product with $\hat{x}$,
# whatever gradient arrives.

# %% id="backward-code"
x.grad = None
y = nn.InstanceNorm2d(4, eps=1e-9)(x)
(y * tg.randn(3, 4, 2, 2)).sum().backward()
gradient, normal = x.grad.detach().numpy()[0, 0], y.detach().numpy()[0, 0]
print(say(fr="gradient :", en="gradient:"), gradient.ravel().round(3))
print(
    say(fr="somme :", en="sum:"),
    f"{gradient.sum():.1e}",
    "  ",
    say(fr="· x̂ :", en="· x̂:"),
    f"{(gradient * normal).sum():.1e}",
)

# %% [markdown] lang="fr" id="exercise-1"
# ### Exercice 9.1
#
# Ne gardons que le centrage de trois nombres : $y_i = x_i - \mu$, avec $\mu = \frac{x_1 + x_2 + x_3}{3}$. Des gradients `g1`, `g2`, `g3`
# arrivent à $y_1, y_2, y_3$. Écrivez $\partial L/\partial x_1$. (Attention : $x_1$ compte aussi dans $\mu$, dont les trois sorties
# dépendent.)

# %% [markdown] lang="en" id="exercise-1"
# ### Exercise 9.1
#
# Keep only the centring of three numbers: $y_i = x_i - \mu$, with $\mu = \frac{x_1 + x_2 + x_3}{3}$. Gradients `g1`, `g2`, `g3` arrive
# at $y_1, y_2, y_3$. Write $\partial L/\partial x_1$. (Mind: $x_1$ counts in $\mu$ as well, on which all three outputs depend.)

# %% id="exercise-1-answer"
answer = ...  # lambda g1, g2, g3: ...
check.exercise("9.1", answer)

# %% [markdown] lang="fr" id="eval"
# ## Apprendre et répondre : deux modes
#
# BatchNorm a un défaut que les autres n’ont pas : la réponse à une image dépend de ses voisines. Donnons la même image dans deux lots.

# %% [markdown] lang="en" id="eval"
# ## Learning and answering: two modes
#
# BatchNorm has a flaw that the others do not have: the answer to an image depends on its neighbours. Let us give the same image in
# two batches.

# %% id="eval-code"
batches = inputs[:8], tg.cat([inputs[:1], inputs[8:15]])  # the same first image, seven others


def change(norm):
    """How much the answer to the first image changes when its neighbours do."""
    a, b = (norm(each)[0] for each in batches)
    return float((a - b).abs().max())


batch_norm = nn.BatchNorm2d(1)
print("BatchNorm, train():", f"{change(batch_norm):.3f}")
print("LayerNorm         :", f"{change(nn.LayerNorm((1, 8, 8))):.3f}")
batch_norm.eval()
print("BatchNorm, eval() :", f"{change(batch_norm):.3f}")

# %% [markdown] lang="fr" id="running"
# Pendant l’apprentissage, BatchNorm tient donc à jour une moyenne et une variance *courantes*, qu’elle utilise seules en mode
# `eval()`. À chaque lot, avec le *momentum* $m = 0{,}1$ de PyTorch : courante ← (1 − m) × courante + m × celle du lot. Oublier `eval()`
# avant de répondre est l’erreur la plus fréquente avec cette couche.

# %% [markdown] lang="en" id="running"
# So while learning, BatchNorm keeps a *running* mean and variance, and uses these alone in mode `eval()`. At each batch, with PyTorch's
# *momentum* $m = 0.1$: running ← (1 − m) × running + m × that of the batch. To forget `eval()` before answering is the most common
# mistake with this layer.

# %% [markdown] lang="fr" id="exercise-2"
# ### Exercice 9.2
#
# La moyenne courante part de 0. On montre `n` lots qui ont tous la même moyenne `mean`. Que vaut-elle ensuite ?

# %% [markdown] lang="en" id="exercise-2"
# ### Exercise 9.2
#
# The running mean starts at 0. We show `n` batches that all have the same mean `mean`. What is it then?

# %% id="exercise-2-answer"
answer = ...  # lambda n, mean: ...
check.exercise("9.2", answer)

# %% [markdown] lang="fr" id="exercise-3"
# ### Exercice 9.3
#
# En mode `eval()`, moyenne et variance sont des constantes. Un gradient `g` arrive à $y$. Écrivez $\partial L/\partial x$ en fonction
# de `g`, `gamma`, `variance` et `eps`. (Le module `math` a une fonction `sqrt`.)

# %% [markdown] lang="en" id="exercise-3"
# ### Exercise 9.3
#
# In mode `eval()` mean and variance are constants. A gradient `g` arrives at $y$. Write $\partial L/\partial x$ as a function of `g`,
# `gamma`, `variance` and `eps`. (The module `math` has a function `sqrt`.)

# %% id="exercise-3-answer"
answer = ...  # lambda g, gamma, variance, eps: ...
check.exercise("9.3", answer)

# %% [markdown] lang="fr" id="race"
# ## La course
#
# Le même réseau, les mêmes poids de départ, le même taux d’apprentissage, trois lectures des chiffres : seule change la normalisation.
#
# **Prédisez.** Il y a dix classes. Quel est le coût d’un réseau qui répond la même probabilité à toutes ?
#
# <details><summary>Réponse</summary>
#
# $-\ln\frac{1}{10} \approx 2{,}303$. C’est le coût du réseau sans normalisation, qui n’en bouge pas.
#
# </details>

# %% [markdown] lang="en" id="race"
# ## The race
#
# The same network, the same starting weights, the same learning rate, three readings of the digits: only the normalisation changes.
#
# **Predict.** There are ten classes. What is the loss of a network that gives them all the same probability?
#
# <details><summary>Answer</summary>
#
# $-\ln\frac{1}{10} \approx 2.303$. It is the loss of the network without normalisation, which does not move from there.
#
# </details>

# %% id="race-code"
results = {}
for norm in ("none", "batch", "layer", "instance", "group"):
    run = train(model, replace(model.settings, norm=norm), epochs=3)
    losses, unseen = zip(*((epoch.loss, epoch.validation_loss) for epoch in run.epochs), strict=True)
    results[norm] = (losses, unseen, run.score)
learning_panels(str(model.title), results)

# %% [markdown] lang="fr" id="race-read"
# À ce taux d’apprentissage, le réseau nu ne part pas ; chacune des quatre normalisations le fait apprendre. Laquelle choisir ? En
# vision avec de grands lots, BatchNorm ; avec des lots de quelques images, GroupNorm ; dans les Transformers (tutoriel 16), LayerNorm.
# Ne retenez pas le classement de cette course : trois lectures et une seule graine ne le permettent pas.

# %% [markdown] lang="en" id="race-read"
# At this learning rate the bare network does not start; each of the four normalisations makes it learn. Which one to choose? In
# vision with large batches, BatchNorm; with batches of a few images, GroupNorm; in Transformers (tutorial 16), LayerNorm. Do not
# remember the ranking of this race: three readings and one seed do not allow it.

# %% [markdown] lang="fr" id="further"
# ## Pour aller plus loin
#
# - `tinygrad-fr compare norms norm -o courbes.svg` : la course entière.
# - `tinygrad-fr flow deep --norm --compare` : le gradient à travers douze couches, avec et sans.
# - `tinygrad-fr check batch_norm layer_norm group_norm` : la preuve de leurs gradients.
#
# Tutoriel suivant : **10. Des mots aux vecteurs**.

# %% [markdown] lang="en" id="further"
# ## Going further
#
# - `tinygrad-fr compare norms norm -o curves.svg`: the whole race.
# - `tinygrad-fr flow deep --norm --compare`: the gradient through twelve layers, with and without.
# - `tinygrad-fr check batch_norm layer_norm group_norm`: the proof of their gradients.
#
# Next tutorial: **10. From words to vectors**.
