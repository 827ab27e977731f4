# %% [markdown] lang="fr" id="title"
# # 12. Le gradient disparaît
#
# **Ce que vous allez voir.** Pourquoi le RNN du tutoriel 11 n’a rien appris sur 60 lettres. La réponse tient en un mot : *produit*.
# Vous mesurerez ce que chaque pas fait au gradient (sa *jacobienne*), ce qu’en laisse le produit de soixante pas, quand on peut
# prouver d’avance que tout sera perdu, et l’accident inverse : le gradient qui explose, la falaise, et l’écrêtage (*clipping*).
#
# **Prérequis.** Le tutoriel 11. **Durée.** 30 minutes.

# %% [markdown] lang="en" id="title"
# # 12. The gradient vanishes
#
# **What you will see.** Why the RNN of tutorial 11 learned nothing on 60 letters. The answer is one word: *product*. You will
# measure what each step does to the gradient (its *Jacobian*), what the product of sixty steps leaves of it, when it can be proven
# beforehand that all will be lost, and the opposite accident: the gradient that explodes, the cliff, and clipping.
#
# **Prerequisites.** Tutorial 11. **Time.** 30 minutes.

# %% id="imports"
from dataclasses import replace

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr import nn
from tinygrad_fr.draw import Series, curves, flow_diagram
from tinygrad_fr.explain import cliff, flow, observed
from tinygrad_fr.functional import jacobian
from tinygrad_fr.locale import number
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.tutorials import check, say, touch

# %% [markdown] lang="fr" id="one-number"
# ## Un seul nombre, multiplié cent fois
#
# Commençons sans $\tanh$ : $h_t = w\,h_{t-1}$. Alors $\dfrac{\partial h_T}{\partial h_0} = w^T$.
#
# **Prédisez.** Sur 99 pas, quel est l’ordre de grandeur de ce gradient pour $w = 0{,}9$ ? pour $w = 1$ ? pour $w = 1{,}1$ ?
#
# <details><summary>Réponse</summary>
#
# Trois cent-millièmes, un, et douze mille. Entre 0,9 et 1,1, il n’y a presque rien ; après 99 multiplications, un facteur de
# 400 millions.
#
# </details>

# %% [markdown] lang="en" id="one-number"
# ## One number, multiplied a hundred times
#
# Let us begin without $\tanh$: $h_t = w\,h_{t-1}$. Then $\dfrac{\partial h_T}{\partial h_0} = w^T$.
#
# **Predict.** Over 99 steps, of what order is this gradient for $w = 0.9$? for $w = 1$? for $w = 1.1$?
#
# <details><summary>Answer</summary>
#
# Three hundred-thousandths, one, and twelve thousand. Between 0.9 and 1.1 there is next to nothing; after 99 multiplications, a
# factor of 400 million.
#
# </details>


# %% id="one-number-code"
def chain(step, steps, start=0.5):
    """∂h_T/∂h_t for t from 0 to T, as backward finds it."""
    states = [tg.Value(start)]
    for _t in range(steps):
        states.append(step(states[-1]))
    states[-1].backward()
    return [abs(h.grad) for h in states]


for w in (0.9, 1.0, 1.1):
    print(f"w = {w}:  {chain(lambda h, w=w: w * h, 99)[0]:.3g}")

# %% [markdown] lang="fr" id="tanh"
# ## Et $\tanh$ n’arrange rien
#
# Avec $h_t = \tanh(w\,h_{t-1})$, chaque pas multiplie par $w\,\sigma'(z_t)$, et $\sigma'(z) = 1 - \tanh^2 z$ ne dépasse jamais 1. Regardez
# les courbes de $w = 1{,}1$ : sans $\tanh$ (rouge) le gradient explose, avec (jaune) il disparaît.

# %% [markdown] lang="en" id="tanh"
# ## And $\tanh$ does not help
#
# With $h_t = \tanh(w\,h_{t-1})$ each step multiplies by $w\,\sigma'(z_t)$, and $\sigma'(z) = 1 - \tanh^2 z$ is never over 1. Look at the
# curves of $w = 1.1$: without $\tanh$ (red) the gradient explodes, with it (yellow) it vanishes.

# %% id="tanh-code"
times = tuple(map(float, range(100)))
more, less = number(1.1, 1), number(0.9, 1)  # a comma in French
lines = {
    f"{more} h": lambda h: 1.1 * h,
    f"{less} h": lambda h: 0.9 * h,
    f"tanh({more} h)": lambda h: (1.1 * h).tanh(),
    f"tanh({less} h)": lambda h: (0.9 * h).tanh(),
}
colours = ("#d55e00", "#0072b2", "#e69f00", "#56b4e9")
curves(
    [Series(name, times, tuple(chain(step, 99)), c) for (name, step), c in zip(lines.items(), colours, strict=True)],
    title=say(fr="Ce qui revient de h₉₉ à chaque pas", en="What comes back from h₉₉ to each step"),
    guide=say(
        fr="∂h₉₉/∂h_t, échelle log. Une droite qui descend vers la gauche : chaque pas multiplie par le même facteur.",
        en="∂h₉₉/∂h_t, log scale. A line that goes down to the left: each step multiplies by the same factor.",
    ),
    x_name="t",
    y_name="∂h₉₉/∂h_t",
    log=True,
)

# %% [markdown] lang="fr" id="exercise-1"
# ### Exercice 12.1
#
# Un RNN d’une unité fait trois pas : $h_t = \tanh(w\,h_{t-1})$. Écrivez $\dfrac{\partial h_3}{\partial h_0}$ en fonction de `w` et des
# états `h1`, `h2`, `h3` (pas de $z$ : pour $\tanh$, l’état suffit).

# %% [markdown] lang="en" id="exercise-1"
# ### Exercise 12.1
#
# An RNN of one unit makes three steps: $h_t = \tanh(w\,h_{t-1})$. Write $\dfrac{\partial h_3}{\partial h_0}$ as a function of `w` and of
# the states `h1`, `h2`, `h3` (no $z$: for $\tanh$ the state is enough).

# %% id="exercise-1-answer"
answer = ...  # lambda w, h1, h2, h3: ...
check.exercise("12.1", answer)

# %% [markdown] lang="fr" id="jacobian"
# ## En vecteurs : la jacobienne d’un pas
#
# Avec plusieurs unités, le facteur devient une matrice, la *jacobienne*. Pour $h_t = \sigma(W_{hh}h_{t-1} + \dots)$ :
#
# $$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}\big(\sigma'(z_t)\big)\,W_{hh} \qquad\qquad
# \frac{\partial h_T}{\partial h_t} = \prod_{k=t+1}^{T} \mathrm{diag}\big(\sigma'(z_k)\big)\,W_{hh}$$
#
# C’est ce produit que le cours décrit par « si les valeurs de $\partial h_t/\partial W$ sont petites ». Vérifions la formule contre
# la jacobienne que le moteur obtient en rétropropageant chaque unité, l’une après l’autre.

# %% [markdown] lang="en" id="jacobian"
# ## In vectors: the Jacobian of a step
#
# With several units the factor becomes a matrix, the *Jacobian*. For $h_t = \sigma(W_{hh}h_{t-1} + \dots)$:
#
# $$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}\big(\sigma'(z_t)\big)\,W_{hh} \qquad\qquad
# \frac{\partial h_T}{\partial h_t} = \prod_{k=t+1}^{T} \mathrm{diag}\big(\sigma'(z_k)\big)\,W_{hh}$$
#
# This product is what the course means by “if the values of $\partial h_t/\partial W$ are small”. Let us check the formula against
# the Jacobian that the engine obtains by going back from each unit, one after the other.

# %% id="jacobian-code"
tg.manual_seed(0)
cell = nn.RNNCell(2, 3)
x, before = tg.randn(2), tg.randn(3)
measured = jacobian(lambda h: cell(x, h), before).detach().numpy()
after = cell(x, before).detach().numpy()
formula = np.diag(1 - after**2) @ cell.weight_hh.detach().numpy()
print(measured.round(4))
print(say(fr="plus grand écart :", en="largest difference:"), f"{abs(measured - formula).max():.1e}")

# %% [markdown] lang="fr" id="singular"
# Une matrice ne multiplie pas toutes les directions par le même nombre. Ses **valeurs singulières** disent tout ce qu’il faut : la plus
# grande est le plus qu’elle puisse étirer un gradient, la plus petite le moins qu’elle en laisse.

# %% [markdown] lang="en" id="singular"
# A matrix does not multiply all directions by the same number. Its **singular values** say all that is needed: the largest is the most
# that it can stretch a gradient, the smallest the least that it leaves of one.

# %% id="singular-code"
print(np.linalg.svd(measured, compute_uv=False).round(3))

# %% [markdown] lang="fr" id="flow"
# ## Le RNN qui n’apprenait pas
#
# Retour au RNN du tutoriel 11 et à ses 60 lettres. `observed` fait un passage avant et arrière en gardant tout ; `flow` lit dans cet
# enregistrement la norme $\lVert\partial L/\partial h_t\rVert$ et la jacobienne de chaque pas.
#
# **Prédisez.** Le gradient est d’environ 0,5 au pas 60. Combien en reste-t-il au pas 1 ?

# %% [markdown] lang="en" id="flow"
# ## The RNN that did not learn
#
# Back to the RNN of tutorial 11 and its 60 letters. `observed` goes forward and back once and keeps everything; `flow` reads in this
# record the norm $\lVert\partial L/\partial h_t\rVert$ and the Jacobian of each step.
#
# **Predict.** The gradient is about 0.5 at step 60. How much of it is left at step 1?


# %% id="flow-code"
def look(label, name="rnn", clip_norm=None, **changes):
    """The flow of gradients of a new model on an example of 60 letters."""
    model = Catalogue().load(name)
    settings = replace(model.settings, reading="order", steps=60, hidden=16, **changes)
    return flow(observed(model, settings), label, clip_norm=clip_norm)


plain = look("RNN")
plain

# %% [markdown] lang="fr" id="flow-read"
# À gauche, en échelle log : une droite. Chaque pas vers le passé multiplie par 0,57, et $0{,}57^{59} \approx 5\cdot10^{-15}$. À droite, la
# raison : à chaque pas, *même la plus grande* valeur singulière (trait épais) est sous 1. Toutes les directions rétrécissent.
#
# Ce produit se lit dans les deux sens. Vers l’avant : une petite différence de l’état au pas 1 change $h_{60}$ de $10^{-15}$ ; le réseau
# **oublie**. Vers l’arrière : l’erreur du pas 60 corrige le pas 1 de $10^{-15}$, noyée dans les corrections des pas récents ; le
# réseau **ne peut pas apprendre à ne pas oublier**.

# %% [markdown] lang="en" id="flow-read"
# On the left, in log scale: a line. Each step into the past multiplies by 0.57, and $0.57^{59} \approx 5\cdot10^{-15}$. On the right, the
# reason: at each step *even the largest* singular value (thick line) is under 1. All directions shrink.
#
# This product reads both ways. Forward: a small difference of the state at step 1 changes $h_{60}$ by $10^{-15}$; the network
# **forgets**. Backward: the error of step 60 corrects step 1 by $10^{-15}$, drowned in the corrections of recent steps; the network
# **cannot learn not to forget**.

# %% [markdown] lang="fr" id="touch"
# Cherchez la frontière vous-même, dans une page qui calcule : avec tanh, tirez le gain de $W_{hh}$ de 1 à 4 ; puis échangez tanh contre
# l’identité, et tirez encore. **Prédisez** d’abord : dans lequel des deux cas le gradient peut-il exploser ?

# %% [markdown] lang="en" id="touch"
# Look for the border yourself, in a page that computes: with tanh, pull the gain of $W_{hh}$ from 1 to 4; then swap tanh for the identity, and
# pull again. **Predict** first: in which of the two cases can the gradient explode?

# %% id="touch-code"
touch.flow("rnn", hidden=8, steps=30)

# %% [markdown] lang="fr" id="bound"
# ## Quand la disparition est certaine : la borne
#
# Notons $\gamma$ la plus grande pente de $\sigma$ : 1 pour $\tanh$, ¼ pour la sigmoïde. Une jacobienne n’étire jamais plus que
# $\gamma\lVert W_{hh}\rVert$, où $\lVert W\rVert$ est la plus grande valeur singulière. Donc, quelles que soient les entrées,
#
# $$\left\lVert\frac{\partial h_T}{\partial h_t}\right\rVert \le \big(\gamma\,\lVert W_{hh}\rVert\big)^{T-t}$$
#
# Si $\gamma\lVert W_{hh}\rVert < 1$, le gradient disparaît : c’est **certain**. S’il est plus grand que 1, il *peut* exploser, ou non
# (Pascanu et al., 2013). Essayons, avec des matrices $W_{hh}$ dont toutes les valeurs singulières sont égales à 0,9, à 1, puis à 3.

# %% [markdown] lang="en" id="bound"
# ## When vanishing is certain: the bound
#
# Write $\gamma$ for the largest slope of $\sigma$: 1 for $\tanh$, ¼ for the sigmoid. A Jacobian never stretches more than
# $\gamma\lVert W_{hh}\rVert$, where $\lVert W\rVert$ is the largest singular value. So, whatever the inputs,
#
# $$\left\lVert\frac{\partial h_T}{\partial h_t}\right\rVert \le \big(\gamma\,\lVert W_{hh}\rVert\big)^{T-t}$$
#
# If $\gamma\lVert W_{hh}\rVert < 1$ the gradient vanishes: that is **certain**. If it is over 1, it *may* explode, or not (Pascanu et
# al., 2013). Let us try, with matrices $W_{hh}$ whose singular values are all 0.9, then 1, then 3.

# %% id="bound-code"
flow_diagram([look(f"‖W‖ = {number(gain, 1)}", init="orthogonal", gain=gain) for gain in (0.9, 1.0, 3.0)])

# %% [markdown] lang="fr" id="bound-read"
# Le trait fin, bleu clair, est la borne pour ‖W‖ = 0,9, soit $0{,}9^{T-t}$ : la courbe mesurée passe dessous, car $\tanh' < 1$. Pour ‖W‖ = 1, tout
# juste neutre, le gradient s’use quand même. Pour ‖W‖ = 3, il explose. Entre les deux, aucun réglage n’est sûr : un RNN vit sur
# une crête.
#
# **Prédisez.** Avec une sigmoïde à la place de $\tanh$, jusqu’à quelle valeur de $\lVert W\rVert$ la disparition est-elle certaine ?
#
# <details><summary>Réponse</summary>
#
# Jusqu’à 4, puisque $\gamma = ¼$. C’est bien pire : une raison de plus de lui préférer $\tanh$.
#
# </details>

# %% [markdown] lang="en" id="bound-read"
# The thin, light blue line is the bound for ‖W‖ = 0.9, that is $0.9^{T-t}$: the measured curve goes under it, for $\tanh' < 1$. At ‖W‖ = 1, just neutral,
# the gradient wears out all the same. At ‖W‖ = 3 it explodes. In between, no setting is safe: an RNN lives on a ridge.
#
# **Predict.** With a sigmoid instead of $\tanh$, up to what $\lVert W\rVert$ is vanishing certain?
#
# <details><summary>Answer</summary>
#
# Up to 4, since $\gamma = ¼$. That is much worse: one more reason to prefer $\tanh$.
#
# </details>

# %% [markdown] lang="fr" id="exercise-2"
# ### Exercice 12.2
#
# Un RNN d’une unité, à sigmoïde : $h_t = \sigma(w\,h_{t-1} + b)$. Dans le meilleur des cas pour le gradient, $b$ est réglé pour que
# chaque pas tombe au point le plus raide de la sigmoïde. Écrivez alors $\dfrac{\partial h_5}{\partial h_0}$ (cinq pas) en fonction de
# `w`.

# %% [markdown] lang="en" id="exercise-2"
# ### Exercise 12.2
#
# An RNN of one unit, with a sigmoid: $h_t = \sigma(w\,h_{t-1} + b)$. In the best case for the gradient, $b$ is such that each step falls
# on the steepest point of the sigmoid. Write $\dfrac{\partial h_5}{\partial h_0}$ (five steps) in that case, as a function of `w`.

# %% id="exercise-2-answer"
answer = ...  # lambda w: ...
check.exercise("12.2", answer)

# %% [markdown] lang="fr" id="cliff"
# ## L’accident inverse : la falaise
#
# Prenons le plus petit réseau qui puisse exploser : $x_t = w\,\sigma(x_{t-1}) + b$, cinquante pas, et une erreur $E$ à la fin. Il n’a que
# deux paramètres : on peut dessiner $E$ pour tous, et son gradient à côté.

# %% [markdown] lang="en" id="cliff"
# ## The opposite accident: the cliff
#
# Take the smallest network that can explode: $x_t = w\,\sigma(x_{t-1}) + b$, fifty steps, and an error $E$ at the end. It has two
# parameters only: $E$ can be drawn for all of them, with its gradient beside.

# %% id="cliff-code"
edge = cliff()
edge

# %% [markdown] lang="fr" id="cliff-read"
# Deux plaines séparées par un mur. Sur le bord, le gradient vaut 440 ; au point médian de la carte, 0,04. Un seul pas de descente
# fait du bord, sans précaution, saute hors de la carte : tout l’apprentissage est perdu.
#
# **Écrêter** (*clipping*), c’est garder la direction et borner la longueur :
#
# $$g \leftarrow g \cdot \min\left(1, \frac{c}{\lVert g\rVert}\right)$$

# %% [markdown] lang="en" id="cliff-read"
# Two plains with a wall between them. On the edge the gradient is 440; at the median point of the map, 0.04. A single step of descent
# made from the edge without care jumps off the map: all that was learned is lost.
#
# **Clipping** keeps the direction and bounds the length:
#
# $$g \leftarrow g \cdot \min\left(1, \frac{c}{\lVert g\rVert}\right)$$

# %% id="clip-by-hand"
weights = nn.Parameter(tg.tensor([0.0, 0.0]))
for gradient in ([3.0, 4.0], [0.3, 0.4]):
    weights.grad = tg.tensor(gradient)
    nn.utils.clip_grad_norm_([weights], 1.0)
    print(gradient, "→", weights.grad.detach().numpy().round(3))

# %% [markdown] lang="fr" id="clip-both"
# **Prédisez.** Le cours cite l’écrêtage parmi les remèdes à la *disparition*. Que fera-t-il au gradient du premier RNN, celui qui
# disparaît ?

# %% [markdown] lang="en" id="clip-both"
# **Predict.** The course names clipping among the remedies for *vanishing*. What will it do to the gradient of the first RNN, the one
# that vanishes?

# %% id="clip-both-code"
for each in (look("RNN", clip_norm=1.0), look("‖W‖ = 3", init="orthogonal", gain=3.0, clip_norm=1.0)):
    print(f"{each.label:8}", each.clipping.sentence())
    print(" " * 8, say(fr="du pas 60 au pas 1, ×", en="from step 60 to step 1, ×"), f"{each.ratio:.1e}")

# %% [markdown] lang="fr" id="clip-answer"
# <details><summary>Réponse</summary>
#
# Rien d’utile. L’écrêtage multiplie *tout* le gradient par un même nombre : il empêche une explosion de tout jeter, mais la part
# qui vient du passé lointain reste la même, $10^{-15}$ du total. C’est un remède à l’explosion, pas à la disparition.
#
# </details>
#
# ## Les remèdes, mesurés
#
# Comment faire mieux ? Le cours propose une autre activation (ReLU, dont la pente vaut 1 partout où l’unité est active) et une autre
# architecture (LSTM, GRU). Mettons-les sur la même échelle.

# %% [markdown] lang="en" id="clip-answer"
# <details><summary>Answer</summary>
#
# Nothing useful. Clipping multiplies *all* of the gradient by one number: it keeps an explosion from throwing everything away, but the
# share that comes from the far past is still $10^{-15}$ of the whole. It is a remedy for explosion, not for vanishing.
#
# </details>
#
# ## The remedies, measured
#
# How to do better? The course proposes another activation (ReLU, whose slope is 1 wherever the unit is active) and another
# architecture (LSTM, GRU). Let us put them on one scale.

# %% id="remedies"
flow_diagram(
    [
        plain,
        look("ReLU", activation="relu"),
        look("ReLU (W = I)", activation="relu", init="identity"),
        look("LSTM", "lstm", forget_bias=3.0),
    ]
)

# %% [markdown] lang="fr" id="remedies-read"
# - **ReLU seule** n’a rien sauvé : la pente vaut 1 ou 0, mais $W_{hh}$ est toujours là, et multiplie toujours.
# - **ReLU, avec $W_{hh} = I$ au départ** : chaque pas recopie l’état, le gradient passe presque intact. Mais ce n’est vrai qu’au départ :
#   dès que $W_{hh}$ apprend, on retrouve la crête.
# - **LSTM** : après une chute sur les tout derniers pas, la courbe devient presque plate. Le gradient a trouvé un chemin où rien ne le
#   multiplie, ou presque. Quel est ce chemin ? C’est le tutoriel 13.
#
# ## À retenir
#
# - Revenir de $T$ à $t$, c’est multiplier par $T - t$ jacobiennes $\mathrm{diag}(\sigma')\,W_{hh}$.
# - Un produit de facteurs sous 1 disparaît exponentiellement ; c’est certain dès que $\gamma\lVert W_{hh}\rVert < 1$.
# - Au-dessus de 1, il peut exploser : on écrête. L’écrêtage ne rend rien de ce qui a disparu.
#
# ## Pour aller plus loin
#
# - `tinygrad-fr flow rnn lstm gru --set reading=pixels -o flow.svg` : les 64 pixels d’un chiffre, trois réseaux.
# - `tinygrad-fr flow rnn --activation relu --init identity --compare` : avec et sans les remèdes.
# - `tinygrad-fr cliff -o falaise.svg` : la falaise, dans un fichier.
# - `tinygrad-fr flow rnn lstm --steps 30 -o flot.html` : une page qui calcule ; tirez le gain de W_hh, et voyez le verdict changer.
#
# La suite : **13. LSTM, porte par porte**.

# %% [markdown] lang="en" id="remedies-read"
# - **ReLU alone** saved nothing: the slope is 1 or 0, but $W_{hh}$ is still there, and still multiplies.
# - **ReLU with $W_{hh} = I$ at the start**: each step copies the state, and the gradient passes almost intact. But only at the start: as
#   soon as $W_{hh}$ learns, we are back on the ridge.
# - **LSTM**: after a fall over the very last steps, the curve is almost flat. The gradient has found a road where nothing multiplies it,
#   or almost. What road? That is tutorial 13.
#
# ## What to remember
#
# - Going back from $T$ to $t$ is multiplying by $T - t$ Jacobians $\mathrm{diag}(\sigma')\,W_{hh}$.
# - A product of factors under 1 vanishes exponentially; that is certain as soon as $\gamma\lVert W_{hh}\rVert < 1$.
# - Over 1 it may explode: we clip. Clipping gives back nothing of what has vanished.
#
# ## Going further
#
# - `tinygrad-fr flow rnn lstm gru --set reading=pixels -o flow.svg`: the 64 pixels of a digit, three networks.
# - `tinygrad-fr flow rnn --activation relu --init identity --compare`: with the remedies and without.
# - `tinygrad-fr cliff -o cliff.svg`: the cliff, in a file.
# - `tinygrad-fr flow rnn lstm --steps 30 -o flow.html`: a page that computes; pull the gain of W_hh, and see the verdict change.
#
# Next: **13. LSTM, gate by gate**.
