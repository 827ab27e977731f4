# %% [markdown] lang="fr" id="title"
# # 1. Un neurone, pas à pas
#
# **Ce que vous allez voir.** Un seul neurone, et tous ses nombres : ce qu’il calcule, de combien il se trompe, et comment cette erreur
# revient jusqu’à chaque poids. Rien n’est caché : une multiplication est un nœud, une addition en est un autre. Vous ferez la règle de
# la chaîne à la main, puis le neurone apprendra.
#
# **Prérequis.** La dérivée d’une fonction d’une variable. **Durée.** 20 minutes.

# %% [markdown] lang="en" id="title"
# # 1. A neuron, step by step
#
# **What you will see.** A single neuron and all of its numbers: what it computes, how wrong it is, and how this error comes back to each
# weight. Nothing is hidden: a multiplication is a node, an addition is another. You will do the chain rule by hand, then the neuron will
# learn.
#
# **Prerequisites.** The derivative of a function of one variable. **Time.** 20 minutes.

# %% id="imports"
import math

import tinygrad_fr as tg
from tinygrad_fr import Graph, Value
from tinygrad_fr.explain import derive, walk
from tinygrad_fr.tutorials import check, touch

# %% [markdown] lang="fr" id="forward"
# ## Vers l’avant
#
# Un neurone artificiel multiplie chaque entrée par un poids, additionne le tout et un biais, puis applique une fonction d’activation :
#
# $$z = \sum_j w_j x_j + b \qquad a = f(z)$$
#
# Prenons deux entrées et $f = \tanh$. **Prédisez** $z$ de tête avant de lancer la cellule : $x = (2,\ ½)$, $w = (½,\ -1)$, $b = ¼$.

# %% [markdown] lang="en" id="forward"
# ## Forward
#
# An artificial neuron multiplies each input by a weight, adds everything and a bias, then applies an activation function:
#
# $$z = \sum_j w_j x_j + b \qquad a = f(z)$$
#
# Let us take two inputs and $f = \tanh$. **Predict** $z$ in your head before running the cell: $x = (2,\ ½)$, $w = (½,\ -1)$, $b = ¼$.

# %% id="forward-code"
x1 = Value(2.0, label="x₁", requires_grad=False)
x2 = Value(0.5, label="x₂", requires_grad=False)
w1, w2, b = Value(0.5, label="w₁"), Value(-1.0, label="w₂"), Value(0.25, label="b")

z = w1 * x1 + w2 * x2 + b
a = z.tanh()
print(f"z = {z.data}   a = {a.data:.4f}")

# %% [markdown] lang="fr" id="graph"
# <details><summary>Réponse</summary>
#
# $z = ½ \times 2 - 1 \times ½ + ¼ = 0{,}75$, et $a = \tanh 0{,}75 \approx 0{,}635$.
#
# </details>
#
# En calculant, Python a laissé une trace : chaque opération s’est inscrite avec ses entrées. Voici cet enregistrement, le **graphe de
# calcul**. Il se lit de gauche à droite. En bleu, les entrées : elles sont données, personne ne les changera
# (`requires_grad=False`). En vert, les paramètres : c’est à eux d’apprendre. En petit, la ligne du programme : `In[2]:5` est la ligne 5
# de la cellule 2.

# %% [markdown] lang="en" id="graph"
# <details><summary>Answer</summary>
#
# $z = ½ \times 2 - 1 \times ½ + ¼ = 0.75$, and $a = \tanh 0.75 \approx 0.635$.
#
# </details>
#
# While computing, Python left a trace: each operation was written down with its inputs. Here is this record, the **computational
# graph**. It reads from left to right. In blue, the inputs: they are given, nobody will change them (`requires_grad=False`). In green,
# the parameters: theirs is to learn. In small type, the line of the program: `In[2]:5` is line 5 of cell 2.

# %% id="graph-code"
Graph.of(a)

# %% [markdown] lang="fr" id="loss"
# ## De combien se trompe-t-il ?
#
# Nous voulions $y = 1$. Le coût mesure l’écart : $L = (a - y)^2$. Et maintenant, la seule question de l’apprentissage : **si je bouge un
# peu $w_1$, de combien bouge $L$ ?** Essayons, sans aucune théorie :

# %% [markdown] lang="en" id="loss"
# ## How wrong is it?
#
# We wanted $y = 1$. The loss measures the difference: $L = (a - y)^2$. And now the only question of learning: **if I move $w_1$ a
# little, by how much does $L$ move?** Let us try, without any theory:


# %% id="nudge"
def loss(w1, w2, b):
    z = w1 * x1 + w2 * x2 + b
    a = z.tanh()
    return (a - 1).square()


step = 1e-4
print(f"L = {loss(0.5, -1.0, 0.25).data:.4f}")
for name, up in (("w₁", (0.5 + step, -1, 0.25)), ("w₂", (0.5, -1 + step, 0.25)), ("b", (0.5, -1, 0.25 + step))):
    print(f"ΔL/Δ{name} ≈ {(loss(*up) - loss(0.5, -1, 0.25)).data / step:.3f}")

# %% [markdown] lang="fr" id="backward"
# Trois poids, trois essais. Avec un million de poids, il faudrait un million d’essais. La **rétropropagation** donne toutes ces pentes en
# un seul passage, de droite à gauche : `backward`.

# %% [markdown] lang="en" id="backward"
# Three weights, three trials. A million weights would need a million trials. **Backpropagation** gives all of these slopes in a single
# pass, from right to left: `backward`.

# %% id="backward-code"
L = loss(w1, w2, b)
L.label = "L"
with tg.observe() as seen:
    L.backward()
for parameter in (w1, w2, b):
    print(f"∂L/∂{parameter.label} = {parameter.grad:.3f}")
Graph.of(L, observation=seen)

# %% [markdown] lang="fr" id="walk"
# Les mêmes nombres que nos essais. Comment ? **Une opération ne connaît que sa propre dérivée.** Elle reçoit de la droite « de combien $L$
# bouge quand ma sortie bouge », le multiplie par sa dérivée locale, et l’envoie à gauche. C’est la règle de la chaîne :
#
# $$\frac{\partial L}{\partial w_1} = \frac{\partial L}{\partial a}\times\frac{\partial a}{\partial z}\times\frac{\partial z}{\partial w_1} = 2(a - y)\times(1 - a^2)\times x_1$$
#
# Voici le passage entier, une opération à la fois, avec ses nombres. Les résultats que nous n’avons pas nommés s’appellent $v_1$, $v_2$…
# Lisez les pas du retour : ce que chacun reçoit, ce qu’il envoie.

# %% [markdown] lang="en" id="walk"
# The same numbers as in our trials. How? **An operation knows its own derivative and nothing else.** It receives from the right “by how
# much $L$ moves when my output moves”, multiplies that by its local derivative, and sends it to the left. This is the chain rule:
#
# $$\frac{\partial L}{\partial w_1} = \frac{\partial L}{\partial a}\times\frac{\partial a}{\partial z}\times\frac{\partial z}{\partial w_1} = 2(a - y)\times(1 - a^2)\times x_1$$
#
# Here is the whole pass, one operation at a time, with its numbers. Results that we gave no name are called $v_1$, $v_2$… Read the
# backward steps: what each receives, what it sends.

# %% id="walk-code"
walk(L)

# %% [markdown] lang="fr" id="rules"
# Trois règles suffisent à ce neurone :
#
# - une **addition** distribue : elle envoie ce qu’elle reçoit à chacune de ses entrées, tel quel ;
# - une **multiplication** échange : à $w_1$ elle envoie ce qu’elle reçoit fois $x_1$ (et à $x_1$, s’il apprenait, ce serait fois $w_1$) ;
# - **tanh** freine : fois $1 - a^2$, qui vaut 1 au milieu et presque 0 quand $a$ approche de ±1 (*saturation*).
#
# La dérivation écrite en entier pour chaque paramètre :

# %% [markdown] lang="en" id="rules"
# Three rules are enough for this neuron:
#
# - an **addition** distributes: it sends what it receives to each of its inputs, as it is;
# - a **multiplication** exchanges: to $w_1$ it sends what it receives times $x_1$ (and to $x_1$, if it learned, times $w_1$);
# - **tanh** brakes: times $1 - a^2$, which is 1 in the middle and nearly 0 when $a$ comes near ±1 (*saturation*).
#
# The derivation written out for each parameter:

# %% id="derive-code"
for each in derive(L):
    print(each)

# %% [markdown] lang="fr" id="touch"
# ## À vous de tirer
#
# Le même neurone, dans une page qui calcule : tirez $b$ ou $w_1$, sur sa carte ou par son curseur. Chaque valeur et chaque gradient suivent.
# **Prédisez** d’abord : lequel des trois paramètres faut-il tirer le moins loin pour diviser $L$ par deux ? Puis tirez $w_1$ vers −3 : $L$ vaut
# presque 4, le neurone a tout faux, et les gradients sont presque nuls. C’est la saturation.

# %% [markdown] lang="en" id="touch"
# ## Yours to pull
#
# The same neuron, in a page that computes: pull $b$ or $w_1$, on its card or by its slider. Every value and every gradient follows.
# **Predict** first: which of the three parameters must be pulled least to halve $L$? Then pull $w_1$ towards −3: $L$ is nearly 4, the neuron
# is quite wrong, and the gradients are nearly 0. This is saturation.

# %% id="touch-code"
touch.step("L = (tanh(w₁*x₁ + w₂*x₂ + b) - y)**2", file="neuron", w1=0.5, w2=-1.0, b=0.25, x1=2.0, x2=0.5, y=1.0)

# %% [markdown] lang="fr" id="exercise-1"
# ### Exercice 1.1
#
# À vous : un neurone à une entrée, $L = (\tanh(wx + b) - y)^2$. Écrivez $\partial L/\partial w$, une fonction de `x`, `w`, `b` et `y`
# (`math.tanh`) : à la place des trois points, comme le dit le commentaire. La preuve tirera cent exemples et comparera avec le moteur.

# %% [markdown] lang="en" id="exercise-1"
# ### Exercise 1.1
#
# Your turn: a neuron with one input, $L = (\tanh(wx + b) - y)^2$. Write $\partial L/\partial w$, a function of `x`, `w`, `b` and `y`
# (`math.tanh`), in the place of the three dots, as the comment says. The proof will draw a hundred examples and compare with the engine.

# %% id="exercise-1-answer"
answer = ...  # lambda x, w, b, y: ...
check.exercise("1.1", answer)

# %% [markdown] lang="fr" id="twice"
# ## Servir deux fois
#
# Que se passe-t-il quand un nombre sert deux fois ? **Prédisez** le gradient de $c = v \times v + v$ pour $v = 3$.

# %% [markdown] lang="en" id="twice"
# ## Used twice
#
# What happens when a number is used twice? **Predict** the gradient of $c = v \times v + v$ for $v = 3$.

# %% id="twice-code"
v = Value(3.0, label="v")
c = v * v + v
with tg.observe() as seen:
    c.backward()
print(v.grad)
Graph.of(c, observation=seen)

# %% [markdown] lang="fr" id="twice-answer"
# <details><summary>Réponse</summary>
#
# Il reçoit 7. Deux flèches reviennent à $v$ : celle du produit porte 2 × 3, car $v$ y sert deux fois ; celle de la somme porte 1. **On
# additionne**, et l’on retrouve $2v + 1$.
#
# </details>
#
# ### Exercice 1.2
#
# $c = x \times x \times y + x$. Écrivez $\partial c/\partial x$, une fonction de `x` et `y`.

# %% [markdown] lang="en" id="twice-answer"
# <details><summary>Answer</summary>
#
# It receives 7. Two arrows come back to $v$: that of the product bears 2 × 3, since $v$ is used there twice; that of the sum bears 1. **They are
# added**, and it is $2v + 1$ indeed.
#
# </details>
#
# ### Exercise 1.2
#
# $c = x \times x \times y + x$. Write $\partial c/\partial x$, a function of `x` and `y`.

# %% id="exercise-2-answer"
answer = ...  # lambda x, y: ...
check.exercise("1.2", answer)

# %% [markdown] lang="fr" id="learn"
# ## Apprendre
#
# Le gradient dit dans quel sens $L$ monte ; on fait un petit pas dans l’autre sens, et l’on recommence : $w \leftarrow w - \eta\,\partial
# L/\partial w$. Le pas $\eta$ est le *taux d’apprentissage*. Notez la remise à zéro : sans elle, les gradients s’ajouteraient d’un tour au
# suivant, comme ils viennent de s’ajouter dans $v$.

# %% [markdown] lang="en" id="learn"
# ## Learning
#
# The gradient says which way $L$ rises; take a small step the other way, and start again: $w \leftarrow w - \eta\,\partial L/\partial w$.
# The step $\eta$ is the *learning rate*. Mind the zeroing: without it the gradients would add up from one round to the next, as they have
# just added up in $v$.

# %% id="learn-code"
parameters = [w1, w2, b]
for turn in range(6):
    for parameter in parameters:
        parameter.grad = 0.0
    L = loss(*parameters)
    L.backward()
    print(f"{turn}   L = {L.data:.4f}   ", "  ".join(f"{p.label} = {p.data:+.3f}" for p in parameters))
    for parameter in parameters:
        parameter.data -= 0.2 * parameter.grad

# %% [markdown] lang="fr" id="further"
# Le coût baisse à chaque tour. $w_1$ bouge quatre fois plus que $w_2$ : son entrée est quatre fois plus grande. C’est tout ce que fera un
# réseau d’un milliard de poids.
#
# ## Pour aller plus loin
#
# - `tinygrad-fr step neuron` : le même neurone dans le terminal, une flèche du clavier par étape.
# - `tinygrad-fr render neuron --pass both -o neurone.svg` : l’image, pour vos diapositives.
# - `tinygrad-fr train neuron` : il apprend la fonction ET.
# - `tinygrad-fr step neuron -o neurone.html` : une page qui calcule ; tirez un poids, tout suit.
#
# La suite : **2. Pourquoi un tri topologique ?**

# %% [markdown] lang="en" id="further"
# The loss falls at each round. $w_1$ moves four times as much as $w_2$: its input is four times as large. This is all that a network of
# a thousand million weights will do.
#
# ## Going further
#
# - `tinygrad-fr step neuron`: the same neuron in the terminal, an arrow key a step.
# - `tinygrad-fr render neuron --pass both -o neuron.svg`: the picture, for your slides.
# - `tinygrad-fr train neuron`: it learns the function AND.
# - `tinygrad-fr step neuron -o neuron.html`: a page that computes; pull a weight, everything follows.
#
# Next: **2. Why a topological sort?**
