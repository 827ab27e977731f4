# %% [markdown] lang="fr" id="title"
# # 4. Les fonctions d’activation et leurs dérivées
#
# **Ce que vous allez voir.** Sans fonction d’activation, un réseau profond n’est qu’une seule couche. Avec elle, chaque couche
# multiplie le gradient par $\sigma'(z)$ : vous verrez où cette pente s’annule (la *saturation*), ce qu’il en reste après dix couches, et
# ce que ReLU y change, avec son propre défaut.
#
# **Prérequis.** Le tutoriel 3 (l’équation (4)). **Durée.** 20 minutes.

# %% [markdown] lang="en" id="title"
# # 4. Activation functions and their derivatives
#
# **What you will see.** Without an activation function a deep network is but a single layer. With one, each layer multiplies the gradient
# by $\sigma'(z)$: you will see where this slope vanishes (*saturation*), what is left of it after ten layers, and what ReLU changes, with
# a fault of its own.
#
# **Prerequisites.** Tutorial 3 (equation (4)). **Time.** 20 minutes.

# %% id="imports"
import numpy as np

import tinygrad_fr as tg
from tinygrad_fr import Graph, Value, nn
from tinygrad_fr.draw import activations_diagram
from tinygrad_fr.explain import activation
from tinygrad_fr.tutorials import check, say, touch

# %% [markdown] lang="fr" id="why"
# ## Pourquoi une fonction d’activation ?
#
# Empilons deux couches sans rien entre elles : $y = W_2 (W_1 x)$.
#
# **Prédisez.** Combien de couches faut-il pour calculer la même chose ?

# %% [markdown] lang="en" id="why"
# ## Why an activation function?
#
# Let us stack two layers with nothing in between: $y = W_2 (W_1 x)$.
#
# **Predict.** How many layers does it take to compute the same?

# %% id="why-code"
rng = np.random.default_rng(0)
W1, W2, x = rng.normal(size=(16, 2)), rng.normal(size=(3, 16)), rng.normal(size=2)
single = W2 @ W1
print(say(fr="deux couches :", en="two layers:"), (W2 @ (W1 @ x)).round(4))
print(say(fr="une seule :   ", en="a single one:"), (single @ x).round(4), single.shape)

# %% [markdown] lang="fr" id="slope"
# <details><summary>Réponse</summary>
#
# Une seule : le produit $W_2 W_1$ est une matrice comme une autre. Cent couches linéaires n’en valent pas deux.
#
# </details>
#
# ## La pente, lue sur la sortie
#
# La sigmoïde $s = \dfrac{1}{1 + e^{-z}}$ a une propriété commode : sa dérivée s’écrit avec sa propre sortie, sans revoir $z$. C’est pour
# cela que le moteur n’a rien à recalculer au retour.
#
# ### Exercice 4.1
#
# Écrivez $\dfrac{ds}{dz}$, une fonction de `s` seul.

# %% [markdown] lang="en" id="slope"
# <details><summary>Answer</summary>
#
# A single one: the product $W_2 W_1$ is a matrix like any other. A hundred linear layers are not worth two.
#
# </details>
#
# ## The slope, read off the output
#
# The sigmoid $s = \dfrac{1}{1 + e^{-z}}$ has a handy property: its derivative is written with its own output, without another look at $z$.
# That is why the engine has nothing to compute again on the way back.
#
# ### Exercise 4.1
#
# Write $\dfrac{ds}{dz}$, a function of `s` alone.

# %% id="exercise-1-answer"
answer = ...  # lambda s: ...
check.exercise("4.1", answer)

# %% [markdown] lang="fr" id="picture"
# ## Quatre fonctions et leurs pentes
#
# **Prédisez.** La plus grande pente de la sigmoïde, et celle de $\tanh$. Puis regardez : la zone grise est celle où moins de 5 % du
# gradient passe.

# %% [markdown] lang="en" id="picture"
# ## Four functions and their slopes
#
# **Predict.** The largest slope of the sigmoid, and that of $\tanh$. Then look: in the grey zone less than 5 % of the gradient comes
# through.

# %% id="picture-code"
four = [activation(name) for name in ("sigmoid", "tanh", "relu", "leaky_relu")]
for each in four:
    print(f"{each.title}: {each.sentence()}")
activations_diagram(four)

# %% [markdown] lang="fr" id="saturation"
# ## Un neurone saturé n’apprend plus
#
# Voici un neurone dont la somme $z$ vaut $w \times 2$. Plus $w$ est grand, plus la sortie est « sûre d’elle ». Que reçoit alors $w$ ?

# %% [markdown] lang="en" id="saturation"
# ## A saturated neuron learns no more
#
# Here is a neuron whose sum $z$ is $w \times 2$. The larger $w$, the “surer” its output. What does $w$ receive then?

# %% id="saturation-code"
for size in (0.0, 1.0, 2.0, 4.0, 8.0):
    row = []
    for name in ("sigmoid", "tanh", "relu"):
        w = Value(size)
        getattr(w * 2, name)().backward()
        row.append(f"{name} {w.grad:.1e}")
    print(f"w = {size:.0f}   " + "   ".join(row))

# %% [markdown] lang="fr" id="saturated-graph"
# La sortie est presque 1, la cible est 0, l’erreur est donc la plus grande possible ; et pourtant presque rien ne revient à $w$. Suivez
# le gradient de droite à gauche : c’est la sigmoïde qui l’arrête.

# %% [markdown] lang="en" id="saturated-graph"
# The output is almost 1, the target is 0, so the error is as large as can be; and yet almost nothing comes back to $w$. Follow the
# gradient from right to left: it is the sigmoid that stops it.

# %% id="saturated-graph-code"
w = Value(4.0, label="w")
with tg.observe() as seen:
    loss = 0.5 * (w * 2).sigmoid() ** 2
    loss.backward()
Graph.of(loss, observation=seen)

# %% [markdown] lang="fr" id="deep"
# ## Dix couches
#
# L’équation (4) le disait : d’une couche à la précédente, le gradient est multiplié par $\sigma'$. Au mieux ¼ par couche pour la
# sigmoïde : après dix couches, il reste au plus $(¼)^{10}$, un millionième. Mesurons, sur des réseaux de dix couches de 32 neurones.
#
# **Prédisez** l’ordre des trois fonctions à la première couche.

# %% [markdown] lang="en" id="deep"
# ## Ten layers
#
# Equation (4) said so: from one layer to the one before, the gradient is multiplied by $\sigma'$. At best ¼ a layer for the sigmoid:
# after ten layers at most $(¼)^{10}$ is left, a millionth. Let us measure, on networks of ten layers of 32 neurons.
#
# **Predict** the order of the three functions at the first layer.


# %% id="deep-code"
def norms(function, layers=10, width=32):
    """The gradient's norm at the first and the last layer's weights."""
    tg.manual_seed(0)
    network = nn.Sequential(*(part for _k in range(layers) for part in (nn.Linear(width, width), function())))
    for layer in network:
        if isinstance(layer, nn.Linear):
            nn.init.xavier_normal_(layer.weight)
    network(tg.randn(64, width)).square().mean().backward()
    weights = [layer.weight for layer in network if isinstance(layer, nn.Linear)]
    return [float(np.linalg.norm(weights[k].grad.detach().numpy())) for k in (0, -1)]


for function in (nn.Sigmoid, nn.Tanh, nn.ReLU):
    first, last = norms(function)
    print(
        f"{function.__name__:8s} {say(fr='première / dernière', en='first / last')}: {first:.1e} / {last:.1e} = {first / last:.0e}"
    )

# %% [markdown] lang="fr" id="dead"
# ReLU perd elle aussi quelque chose : la moitié de ses neurones sont éteints. L’initialisation de He double la variance
# des poids pour compenser.
#
# ## Le défaut de ReLU
#
# Pour $z > 0$ sa pente est 1 : rien ne se perd. Pour $z < 0$ elle est 0 : **rien** ne passe. Un neurone dont $z$ est négatif pour
# tous les exemples ne reçoit plus jamais de gradient : il est *mort*. La « leaky ReLU » laisse une petite pente à gauche (0,01), et
# quelque chose passe toujours.
#
# ### Exercice 4.2
#
# $y = \operatorname{ReLU}(w x)$. Écrivez $\partial y/\partial w$, une fonction de `w` et `x`.

# %% [markdown] lang="en" id="dead"
# ReLU loses something too: half of its neurons are off. He’s initialisation doubles the variance of the weights to make up
# for it.
#
# ## The fault of ReLU
#
# For $z > 0$ its slope is 1: nothing is lost. For $z < 0$ it is 0: **nothing** comes through. A neuron whose $z$ is negative for all
# samples never receives a gradient again: it is *dead*. The “leaky ReLU” leaves a small slope on the left (0.01), and something always
# comes through.
#
# ### Exercise 4.2
#
# $y = \operatorname{ReLU}(w x)$. Write $\partial y/\partial w$, a function of `w` and `x`.

# %% id="exercise-2-answer"
answer = ...  # lambda w, x: ...
check.exercise("4.2", answer)

# %% [markdown] lang="fr" id="dying"
# Un pas trop grand suffit à tuer des neurones : ici, des biais poussés vers le bas. Combien de neurones ne répondent plus à aucun des
# 200 exemples ?

# %% [markdown] lang="en" id="dying"
# One step that is too large is enough to kill neurons: here, biases pushed down. How many neurons answer to none of the 200 samples any
# more?

# %% id="dying-code"
tg.manual_seed(0)
layer, samples = nn.Linear(2, 16), tg.randn(200, 2)
for push in (0.0, -1.0, -2.0):
    answers = (layer(samples) + push).relu().detach().numpy()
    print(f"{push:+.0f}: {(answers.max(axis=0) == 0).sum()} / 16")

# %% [markdown] lang="fr" id="touch"
# Une page qui calcule, pour voir mourir une unité : échangez tanh contre ReLU, et tirez $b$ de 1 à −3. La somme devient négative, les trois
# gradients sont nuls, et « Entraîner » ne change plus rien. **Prédisez** ce que ferait l’identité à la même place.

# %% [markdown] lang="en" id="touch"
# A page that computes, to see a unit die: swap tanh for ReLU, and pull $b$ from 1 to −3. The sum becomes negative, all three gradients are 0,
# and “Train” changes nothing any more. **Predict** what the identity would do in its place.

# %% id="touch-code"
touch.step("neuron", file="activation")

# %% [markdown] lang="fr" id="further"
# Retenez : une activation doit être **courbe** (sinon une couche suffit), mais sa pente multiplie le gradient à chaque couche. Sigmoïde
# et $\tanh$ saturent des deux côtés, ReLU d’un seul.
#
# ## Pour aller plus loin
#
# - `tinygrad-fr activations -o activations.svg` : neuf fonctions, leurs dérivées, où elles saturent.
# - `tinygrad-fr flow deep:activation=sigmoid,residual=no deep` : le gradient à travers les couches, avec et sans remède.
# - `tinygrad-fr step neuron -o activation.html` : une page qui calcule ; échangez la fonction d’activation, et voyez ReLU mourir.
#
# La suite : **5. La descente de gradient**.

# %% [markdown] lang="en" id="further"
# Remember: an activation must be **curved** (else one layer is enough), but its slope multiplies the gradient at each layer. The sigmoid
# and $\tanh$ saturate on both sides, ReLU on one.
#
# ## Going further
#
# - `tinygrad-fr activations -o activations.svg`: nine functions, their derivatives, where they saturate.
# - `tinygrad-fr flow deep:activation=sigmoid,residual=no deep`: the gradient through the layers, with a remedy and without.
# - `tinygrad-fr step neuron -o activation.html`: a page that computes; swap the activation, and see ReLU die.
#
# Next: **5. Gradient descent**.
