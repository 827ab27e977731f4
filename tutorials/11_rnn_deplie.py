# %% [markdown] lang="fr" id="title"
# # 11. Le RNN déplié et la rétropropagation à travers le temps
#
# **Ce que vous allez voir.** Un réseau récurrent est une boucle. En la dépliant, on obtient un réseau ordinaire, très profond, dont
# toutes les couches portent les *mêmes* poids : la rétropropagation que vous connaissez s’y applique sans un mot de plus. C’est la
# *rétropropagation à travers le temps* (BPTT). Vous la ferez à la main, puis vous verrez un RNN apprendre une suite de 10 lettres,
# et échouer sur une suite de 60.
#
# **Prérequis.** Le tutoriel 3 (équations (1) à (7)). **Durée.** 25 minutes.

# %% [markdown] lang="en" id="title"
# # 11. The unrolled RNN and backpropagation through time
#
# **What you will see.** A recurrent network is a loop. Unrolled, it is an ordinary network, a very deep one, all of whose layers
# have the *same* weights: the backpropagation that you know applies without another word. That is *backpropagation through time*
# (BPTT). You will do it by hand, then watch an RNN learn a sequence of 10 letters, and fail on one of 60.
#
# **Prerequisites.** Tutorial 3 (equations (1) to (7)). **Time.** 25 minutes.

# %% id="imports"
import math
from dataclasses import replace

import tinygrad_fr as tg
from tinygrad_fr import nn
from tinygrad_fr.explain import Distance, view
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.training import train
from tinygrad_fr.tutorials import check, say, touch

# %% [markdown] lang="fr" id="one-step"
# ## Un pas
#
# À chaque instant $t$, le réseau lit une entrée $x_t$ et met à jour son état caché, qui résume ce qu’il a lu :
#
# $$h_t = \sigma(W_{hh}\,h_{t-1} + W_{xh}\,x_t + b_h)$$
#
# Le $\sigma$ du cours est ici une fonction d’activation quelconque ; nous prenons $\tanh$. Commençons par le plus petit RNN qui soit :
# une seule unité, donc trois nombres à apprendre.

# %% [markdown] lang="en" id="one-step"
# ## One step
#
# At each time $t$ the network reads an input $x_t$ and updates its hidden state, which sums up what it has read:
#
# $$h_t = \sigma(W_{hh}\,h_{t-1} + W_{xh}\,x_t + b_h)$$
#
# The course’s $\sigma$ is any activation function here; we take $\tanh$. Let us begin with the smallest RNN there is: one unit, so
# three numbers to learn.

# %% id="one-step-code"
W_hh = tg.tensor(0.9, requires_grad=True, name="W_hh")
W_xh = tg.tensor(0.5, requires_grad=True, name="W_xh")
b_h = tg.tensor(0.1, requires_grad=True, name="b_h")


def step(h, x):
    return (W_hh * h + W_xh * x + b_h).tanh()


h_0 = tg.tensor(0.0, name="h₀")
print(step(h_0, 1.0))

# %% [markdown] lang="fr" id="order"
# ## Une mémoire
#
# La sortie d’un pas est l’entrée du suivant. C’est cela, la mémoire.
#
# **Prédisez.** On lit les mêmes trois nombres dans deux ordres différents. L’état final sera-t-il le même ?
#
# <details><summary>Réponse</summary>
#
# Non. Une somme ignorerait l’ordre ; ici chaque lecture passe par $\tanh$ et par $W_{hh}$ autant de fois qu’il reste de pas. Ce qui
# est lu en dernier a traversé le moins d’étapes.
#
# </details>

# %% [markdown] lang="en" id="order"
# ## A memory
#
# The output of one step is the input of the next. That is what the memory is.
#
# **Predict.** The same three numbers are read in two different orders. Will the last state be the same?
#
# <details><summary>Answer</summary>
#
# No. A sum would ignore order; here each reading goes through $\tanh$ and through $W_{hh}$ as many times as there are steps left.
# What is read last has crossed the fewest.
#
# </details>


# %% id="order-code"
def last_state(xs):
    h = h_0
    for x in xs:
        h = step(h, x)
    return h


print(last_state([1.0, -1.0, 0.5]))
print(last_state([0.5, -1.0, 1.0]))

# %% [markdown] lang="fr" id="unroll"
# ## Déplier
#
# Un pas dans la boucle est un calcul comme un autre. `tg.time_step(t)` dit au moteur dans quel pas on se trouve ; le reste est du
# Python. Le coût $J$ compare le dernier état à 1 ; `observe` garde tous les gradients qui reviendront.

# %% [markdown] lang="en" id="unroll"
# ## Unrolling
#
# A turn of the loop is a computation like any other. `tg.time_step(t)` tells the engine which step we are in; the rest is Python.
# The loss $J$ compares the last state with 1; `observe` keeps all the gradients that will come back.


# %% id="unroll-code"
def unrolled(xs, backward=True):
    """The record of a whole reading, from h₀ to the loss."""
    for parameter in (W_hh, W_xh, b_h):
        parameter.grad = None
    h = h_0
    with tg.observe() as seen:
        for t, x in enumerate(xs, 1):
            with tg.time_step(t):
                h = step(h, tg.tensor(x, name="x"))
                h.label = "h"
        J = (h - 1) ** 2
        J.label = "J"
        if backward:
            J.backward()
    return tg.Graph.of(J, observation=seen)


xs = [1.0, -1.0, 0.5]
view(unrolled(xs, backward=False), Distance(depth=0))

# %% [markdown] lang="fr" id="shared"
# C’est le schéma du cours : chaque bloc est le même réseau à un autre instant. **Prédisez** : combien de poids *différents* y a-t-il
# dans cette image ?
#
# <details><summary>Réponse</summary>
#
# Trois, et non neuf : $W_{hh}$, $W_{xh}$ et $b_h$ (en vert) sont les mêmes dans les trois blocs. Lire une suite plus longue
# n’ajoute aucun paramètre. Voilà pourquoi on peut aussi dessiner le réseau *enroulé*, un bloc qui se renvoie son état.
#
# </details>

# %% [markdown] lang="en" id="shared"
# This is the course’s picture: each block is the same network at another time. **Predict**: how many *different* weights are in it?
#
# <details><summary>Answer</summary>
#
# Three, not nine: $W_{hh}$, $W_{xh}$ and $b_h$ (in green) are the same in all three blocks. Reading a longer sequence adds no
# parameter. That is why the network can also be drawn *rolled*, one block that sends itself its state.
#
# </details>

# %% id="rolled"
view(unrolled(xs, backward=False), Distance(roll=True))

# %% [markdown] lang="fr" id="backward"
# ## Revenir en arrière
#
# Le gradient part de $J$ et remonte le temps, de droite à gauche. Chaque flèche rouge porte le nombre qui passe d’un pas au
# précédent : c’est $\partial J/\partial h_t$.

# %% [markdown] lang="en" id="backward"
# ## Going back
#
# The gradient leaves $J$ and goes back in time, from right to left. Each red arrow bears the number that goes from a step to the one
# before: it is $\partial J/\partial h_t$.

# %% id="backward-code"
record = unrolled(xs)
view(record, Distance(depth=0))

# %% [markdown] lang="fr" id="open-step"
# Ouvrons le dernier pas. On y lit les opérations de `step`, et ce que chacune renvoie à la précédente.

# %% [markdown] lang="en" id="open-step"
# Let us open the last step. It shows the operations of `step`, and what each sends back to the one before.

# %% id="open-step-code"
view(record, Distance(time=(3, 3)))

# %% [markdown] lang="fr" id="touch"
# Le même dépliage, dans une page qui calcule : tirez le gain de $W_{hh}$ de 1 vers 0. Les états ne dépendent plus que du caractère présent, et ce qui
# revient aux premiers pas s’éteint. Ouvrez un pas (+) pour y lire ses équations.

# %% [markdown] lang="en" id="touch"
# The same unrolling, in a page that computes: pull the gain of $W_{hh}$ from 1 to 0. The states come to depend on the present character alone, and
# what comes back to the first steps fades. Open a step (+) to read its equations.

# %% id="touch-code"
touch.step("rnn", hidden=8, steps=10)

# %% [markdown] lang="fr" id="equations"
# ## Les équations : celles du cours, avec $t$ à la place de $n$
#
# Notons $z_t = W_{hh}h_{t-1} + W_{xh}x_t + b_h$ et, comme dans l’équation (2), $\delta_t = \partial J/\partial z_t$. Un réseau déplié
# est un réseau profond dont la couche $n$ s’appelle $t$. Les équations (3) et (4) deviennent
#
# $$\delta_T = \frac{\partial J}{\partial h_T}\,\sigma'(z_T) \qquad\qquad \delta_t = W_{hh}\,\delta_{t+1}\,\sigma'(z_t)$$
#
# Une seule chose change : le poids est le même partout. Il est utilisé $T$ fois, donc il reçoit $T$ contributions, qui
# **s’additionnent**. Les équations (5) et (6) deviennent
#
# $$\frac{\partial J}{\partial W_{hh}} = \sum_{t=1}^{T} \delta_t\, h_{t-1} \qquad
# \frac{\partial J}{\partial W_{xh}} = \sum_{t=1}^{T} \delta_t\, x_t \qquad
# \frac{\partial J}{\partial b_h} = \sum_{t=1}^{T} \delta_t$$
#
# Le moteur ne connaît pas ces formules. Mais il garde ce que chaque pas a envoyé à chaque poids :

# %% [markdown] lang="en" id="equations"
# ## The equations: the course’s, with $t$ instead of $n$
#
# Write $z_t = W_{hh}h_{t-1} + W_{xh}x_t + b_h$ and, as in equation (2), $\delta_t = \partial J/\partial z_t$. An unrolled network is a
# deep one whose layer $n$ is called $t$. Equations (3) and (4) become
#
# $$\delta_T = \frac{\partial J}{\partial h_T}\,\sigma'(z_T) \qquad\qquad \delta_t = W_{hh}\,\delta_{t+1}\,\sigma'(z_t)$$
#
# One thing changes: the weight is the same everywhere. It is used $T$ times, so it receives $T$ contributions, which **add up**.
# Equations (5) and (6) become
#
# $$\frac{\partial J}{\partial W_{hh}} = \sum_{t=1}^{T} \delta_t\, h_{t-1} \qquad
# \frac{\partial J}{\partial W_{xh}} = \sum_{t=1}^{T} \delta_t\, x_t \qquad
# \frac{\partial J}{\partial b_h} = \sum_{t=1}^{T} \delta_t$$
#
# The engine knows none of these formulas. But it keeps what each step sent to each weight:

# %% id="contributions"
for weight in (W_hh, W_xh, b_h):
    sent = {record.by_id[e.target].scope.time: float(e.contribution) for e in record.edges if e.source == weight.id}
    parts = "   ".join(f"t={t}: {value + 0.0:+.4f}" for t, value in sorted(sent.items()))
    print(f"∂J/∂{weight.label:5} {parts}   Σ = {sum(sent.values()):+.4f}   .grad = {float(weight.grad):+.4f}")

# %% [markdown] lang="fr" id="why-zero"
# **Prédisez.** Pourquoi la contribution du pas 1 à $W_{hh}$ est-elle nulle ? Et pourquoi celle du pas 2 est-elle la plus grande ?
#
# <details><summary>Réponse</summary>
#
# Elle vaut $\delta_1 h_0$, et $h_0 = 0$ : au premier pas, il n’y a rien à retenir. Au pas 2, $h_1 = 0{,}54$ est le plus grand des états
# que $W_{hh}$ multiplie. Une contribution est un produit : il faut une erreur *et* une entrée.
#
# </details>

# %% [markdown] lang="en" id="why-zero"
# **Predict.** Why is the contribution of step 1 to $W_{hh}$ zero? And why is that of step 2 the largest?
#
# <details><summary>Answer</summary>
#
# It is $\delta_1 h_0$, and $h_0 = 0$: at the first step there is nothing to remember. At step 2, $h_1 = 0.54$ is the largest of the
# states that $W_{hh}$ multiplies. A contribution is a product: it takes an error *and* an input.
#
# </details>

# %% [markdown] lang="fr" id="exercise-1"
# ### Exercice 11.1
#
# Écrivez le pas arrière : à partir de $\delta_{t+1}$ (`delta`), de $W_{hh}$ (`w`) et de l’état $h_t$ (`h`), donnez $\delta_t$. Pour
# $\tanh$, rappelez-vous que $\sigma'(z)$ s’écrit avec la sortie seule : $1 - h^2$. Remplacez `...` par votre fonction, par exemple
# `lambda delta, w, h: …`. Le vérificateur tire des nombres et compare avec ce que le moteur calcule lui-même.

# %% [markdown] lang="en" id="exercise-1"
# ### Exercise 11.1
#
# Write the step back: from $\delta_{t+1}$ (`delta`), $W_{hh}$ (`w`) and the state $h_t$ (`h`), give $\delta_t$. For $\tanh$, remember
# that $\sigma'(z)$ can be written with the output alone: $1 - h^2$. Replace `...` by your function, such as `lambda delta, w, h: …`.
# The checker draws numbers and compares with what the engine computes by itself.

# %% id="exercise-1-answer"
answer = ...  # lambda delta, w, h: ...
check.exercise("11.1", answer)

# %% [markdown] lang="fr" id="exercise-2"
# ### Exercice 11.2
#
# Toute la BPTT, à la main. Le réseau lit trois nombres : $h_0 = 0$, $h_t = \tanh(w\,h_{t-1} + u\,x_t)$ (sans biais), et
# $J = (h_3 - 1)^2$. Écrivez une fonction de `w`, `u`, `x1`, `x2`, `x3` qui donne $\partial J/\partial w$, sans le moteur : une boucle
# en avant qui garde les états, une boucle en arrière qui additionne (`math.tanh` suffit).

# %% [markdown] lang="en" id="exercise-2"
# ### Exercise 11.2
#
# All of BPTT, by hand. The network reads three numbers: $h_0 = 0$, $h_t = \tanh(w\,h_{t-1} + u\,x_t)$ (no bias), and
# $J = (h_3 - 1)^2$. Write a function of `w`, `u`, `x1`, `x2`, `x3` that gives $\partial J/\partial w$, without the engine: a loop
# forward that keeps the states, a loop backward that adds up (`math.tanh` is all you need).

# %% id="exercise-2-answer"
answer = ...
check.exercise("11.2", answer)

# %% [markdown] lang="fr" id="vectors"
# ## Des nombres aux vecteurs
#
# Un vrai RNN a un vecteur d’état. $W_{hh}$ et $W_{xh}$ deviennent des matrices, et une sortie est lue sur l’état :
# $y_t = W_{hy}\,h_t + b_y$. `nn.RNN` est celui de PyTorch : mêmes noms, mêmes formes. Vérifions qu’il fait exactement l’équation du
# cours (il garde deux biais, dont seule la somme compte).

# %% [markdown] lang="en" id="vectors"
# ## From numbers to vectors
#
# A real RNN has a vector for its state. $W_{hh}$ and $W_{xh}$ become matrices, and an output is read from the state:
# $y_t = W_{hy}\,h_t + b_y$. `nn.RNN` is PyTorch’s: same names, same shapes. Let us check that it does exactly the course’s equation
# (it keeps two biases, of which only the sum counts).

# %% id="vectors-code"
tg.manual_seed(0)
rnn = nn.RNN(3, 4)  # 3 numbers read at each step, 4 units
sequence = tg.randn(5, 1, 3)  # T = 5, one sequence, 3 numbers
states, last = rnn(sequence)

h = tg.zeros(1, 4)
for t in range(5):
    h = (
        h @ rnn.weight_hh_l0.transpose(0, 1)
        + sequence[t] @ rnn.weight_ih_l0.transpose(0, 1)
        + (rnn.bias_hh_l0 + rnn.bias_ih_l0)
    ).tanh()
print(states.shape, say(fr="plus grand écart :", en="largest difference:"), float((states[-1] - h).abs().max()))
rnn

# %% [markdown] lang="fr" id="hundred"
# Même sur cent pas, c’est une seule cellule. Dans l’image enroulée, la bande de chaque carte est le temps ; le trait en pointillé
# est l’état qui passe au pas suivant.

# %% [markdown] lang="en" id="hundred"
# Even over a hundred steps, it is one cell. In the rolled picture each card’s strip is time; the dashed line is the state that goes
# to the next step.

# %% id="hundred-code"
with tg.observe() as seen, tg.opened("op"):
    states, last = rnn(tg.randn(100, 1, 3))
    (last - 1).square().sum().backward()
view(tg.Graph.of(last, observation=seen), Distance(roll=True))

# %% [markdown] lang="fr" id="learn"
# ## Apprendre à se souvenir
#
# Voici un exercice de mémoire classique, l’*ordre temporel*. Le réseau lit des lettres une à une ; parmi elles, deux majuscules, X ou
# Y, l’une vers le début, l’autre vers le milieu. Après la dernière lettre, il doit dire lesquelles, dans l’ordre : XX, XY, YX ou
# YY. Quatre réponses : qui répond au hasard a raison une fois sur quatre.

# %% [markdown] lang="en" id="learn"
# ## Learning to remember
#
# Here is a classic exercise of memory, *temporal order*. The network reads letters one by one; among them are two capitals, X or Y,
# one near the beginning, the other near the middle. After the last letter it must say which, in order: XX, XY, YX or YY. Four
# answers: who answers at random is right one time in four.

# %% id="task"
model = Catalogue().load("rnn")
settings = replace(model.settings, reading="order", hidden=16)
example = model.example(replace(settings, steps=30))
print("".join(model.tokens(settings, example)), " → ", ("XX", "XY", "YX", "YY")[int(example.target[0])])

# %% [markdown] lang="fr" id="predict-training"
# **Prédisez.** Le même RNN, le même entraînement, avec des suites de 10 lettres, puis de 60. Que vont donner les deux ?

# %% [markdown] lang="en" id="predict-training"
# **Predict.** The same RNN, the same training, with sequences of 10 letters, then of 60. What will each give?

# %% id="training"
for steps in (10, 60):
    run = train(model, replace(settings, steps=steps))
    print(f"T = {steps}:", *(f"{100 * epoch.score:.0f} %" for epoch in run.epochs))

# %% [markdown] lang="fr" id="why"
# Une ligne par longueur, un nombre par époque. Sur 10 lettres : tout est juste. Sur 60 : une fois sur quatre, le hasard, et cela
# n’a pas bougé. Pourtant rien ne manque au réseau : ni les paramètres (ce sont les mêmes), ni les exemples.
#
# <details><summary>Avant de lire la suite : que soupçonnez-vous ?</summary>
#
# Regardez encore l’équation $\delta_t = W_{hh}\,\delta_{t+1}\,\sigma'(z_t)$. Pour qu’une lettre du début serve à apprendre, son
# gradient doit traverser une cinquantaine de pas, et chacun le multiplie par la même chose. Le tutoriel 12 mesure ce qu’il en reste.
#
# </details>

# %% [markdown] lang="en" id="why"
# One line a length, one number an epoch. On 10 letters: all right. On 60: one time in four, chance, and it did not move. Yet the
# network lacks nothing: neither parameters (they are the same), nor examples.
#
# <details><summary>Before reading on: what do you suspect?</summary>
#
# Look again at the equation $\delta_t = W_{hh}\,\delta_{t+1}\,\sigma'(z_t)$. For a letter of the beginning to teach anything, its
# gradient must cross some fifty steps, and each multiplies it by the same thing. Tutorial 12 measures what is left of it.
#
# </details>

# %% [markdown] lang="fr" id="truncate"
# ## Tronquer
#
# Sur de très longues suites, on coupe souvent le passé : `detach()` garde la *valeur* de l’état et oublie d’où elle vient. Le calcul
# avance comme avant ; le gradient, lui, s’arrête là. Ce qui est lu avant la coupure n’apprend plus rien.

# %% [markdown] lang="en" id="truncate"
# ## Truncating
#
# On very long sequences the past is often cut: `detach()` keeps the *value* of the state and forgets where it came from. The
# computation goes on as before; the gradient stops there. What is read before the cut no longer teaches anything.

# %% id="truncate-code"
for cut in (None, 1, 2):
    inputs = [tg.tensor(x, requires_grad=True) for x in xs]
    h = h_0
    for t, x in enumerate(inputs, 1):
        h = step(h, x)
        if t == cut:
            h = h.detach()
    ((h - 1) ** 2).backward()
    reached = ["·" if x.grad is None else f"{float(x.grad):+.3f}" for x in inputs]
    said = (
        say(fr=f"coupure après t={cut}", en=f"cut after t={cut}") if cut else say(fr="sans coupure", en="without a cut")
    )
    print(f"{said:20}", f"h_3 = {float(h):.4f}", "∂J/∂x:", *reached)

# %% [markdown] lang="fr" id="summary"
# ## À retenir
#
# - Un RNN déplié est un réseau profond dont toutes les couches ont les mêmes poids.
# - La BPTT, ce sont les équations (2) à (6) le long du temps ; les contributions d’un poids partagé s’additionnent.
# - L’erreur d’un pas est celle du pas suivant, multipliée par $W_{hh}\,\sigma'$. Sur 60 pas, cela fait 60 multiplications.
#
# ## Pour aller plus loin
#
# - `tinygrad-fr render rnn --steps 3 --pass both -o rnn.svg` : ce réseau, avec ses gradients, dans une image à vous.
# - `tinygrad-fr step rnn --steps 3` : la BPTT pas à pas, avec les équations et les nombres.
# - `tinygrad-fr train rnn --set reading=order --set steps=20 -o courbe.svg` : et à 20 lettres ?
# - `tinygrad-fr render rnn --steps 30 -o rnn.html` : une page qui calcule ; tirez la récurrence, et suivez chaque pas.
#
# La suite : **12. Le gradient disparaît**.

# %% [markdown] lang="en" id="summary"
# ## What to remember
#
# - An unrolled RNN is a deep network all of whose layers have the same weights.
# - BPTT is equations (2) to (6) along time; the contributions of a shared weight add up.
# - The error of a step is that of the next one, multiplied by $W_{hh}\,\sigma'$. Over 60 steps that makes 60 multiplications.
#
# ## Going further
#
# - `tinygrad-fr render rnn --steps 3 --pass both -o rnn.svg`: this network, with its gradients, in a picture of yours.
# - `tinygrad-fr step rnn --steps 3`: BPTT step by step, with the equations and the numbers.
# - `tinygrad-fr train rnn --set reading=order --set steps=20 -o curve.svg`: and with 20 letters?
# - `tinygrad-fr render rnn --steps 30 -o rnn.html`: a page that computes; pull the recurrence, and follow each step.
#
# Next: **12. The gradient vanishes**.
