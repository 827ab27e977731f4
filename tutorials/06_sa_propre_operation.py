# %% [markdown] lang="fr" id="title"
# # 6. Écrire sa propre opération
#
# **Ce que vous allez voir.** Ajouter une opération au moteur en trois lignes, puis la *prouver* : une machine cherche un exemple où le
# gradient est faux. Vous écrirez d’abord une règle fausse, et vous la verrez trouvée, réduite au plus petit exemple, et dessinée.
#
# **Prérequis.** Le tutoriel 1 (la règle de la chaîne). **Durée.** 20 minutes.

# %% [markdown] lang="en" id="title"
# # 6. Writing an operation of your own
#
# **What you will see.** Adding an operation to the engine in three lines, then *proving* it: a machine looks for an example where the
# gradient is wrong. You will first write a wrong rule, and see it found, shrunk to the smallest example, and drawn.
#
# **Prerequisites.** Tutorial 1 (the chain rule). **Time.** 20 minutes.

# %% id="imports"
import math

from hypothesis import given, settings

import tinygrad_fr as tg
from tinygrad_fr import Graph, Value
from tinygrad_fr.ops.definition import elementwise
from tinygrad_fr.testing import GradientMismatchError, check_gradient, picture, strategies
from tinygrad_fr.tutorials import check, say

# %% [markdown] lang="fr" id="idea"
# ## Deux choses à dire
#
# Une opération, pour le moteur, c’est ce qu’elle **calcule** et ce qu’elle **renvoie** : si $y = f(x)$ et si elle reçoit $g = \partial
# L/\partial y$, elle envoie $g \times f'(x)$. Rien d’autre : la règle de la chaîne fait le reste.
#
# Prenons la cloche de Gauss, $y = e^{-x^2}$. Sa dérivée est $-2x\,e^{-x^2} = -2xy$. Écrivons-la… en oubliant le 2.
#
# **Prédisez.** Un réseau qui utilise cette règle fausse apprendra-t-il quand même ?

# %% [markdown] lang="en" id="idea"
# ## Two things to say
#
# To the engine an operation is what it **computes** and what it **sends back**: if $y = f(x)$ and it receives $g = \partial L/\partial
# y$, it sends $g \times f'(x)$. Nothing else: the chain rule does the rest.
#
# Let us take the bell curve, $y = e^{-x^2}$. Its derivative is $-2x\,e^{-x^2} = -2xy$. Let us write it… and forget the 2.
#
# **Predict.** Will a network that uses this wrong rule learn all the same?

# %% id="wrong-rule"
wrong_bell = elementwise("wrong_bell", "exp(-x * x)", {"x": "-g * x * y"}, symbol="bell?")

x = Value(1.0)
for turn in range(4):
    x.grad = 0.0
    L = (wrong_bell(x) - 0.8).square()
    L.backward()
    print(f"{turn}   L = {L.data:.4f}")
    x.data -= 1.0 * x.grad

# %% [markdown] lang="fr" id="danger"
# <details><summary>Réponse</summary>
#
# Oui ! Le signe est bon, donc le coût baisse. C’est ce qui rend ces erreurs dangereuses : **rien ne plante**, on apprend seulement moins
# bien, et personne ne sait pourquoi.
#
# </details>
#
# ## Un essai ne prouve rien
#
# Comparons la règle avec une pente mesurée, $\frac{f(x+\varepsilon) - f(x-\varepsilon)}{2\varepsilon}$ (*différences centrées*). C’est le
# travail de `check_gradient`. Essayons en $x = 0$ :

# %% [markdown] lang="en" id="danger"
# <details><summary>Answer</summary>
#
# Yes! The sign is right, so the loss falls. This is what makes such errors dangerous: **nothing crashes**, one only learns less well, and
# nobody knows why.
#
# </details>
#
# ## One trial proves nothing
#
# Let us compare the rule with a measured slope, $\frac{f(x+\varepsilon) - f(x-\varepsilon)}{2\varepsilon}$ (*central differences*). It is
# what `check_gradient` does. Let us try at $x = 0$:

# %% id="one-trial"
check_gradient(wrong_bell, [0.0], order=1)
print(say(fr="aucune faute trouvée", en="no fault found"))

# %% [markdown] lang="fr" id="search"
# En 0, les deux règles donnent 0 : la fausse passe. Il faut essayer ailleurs, sur d’autres formes, beaucoup de fois. La bibliothèque
# **hypothesis** le fait : on décrit *tous* les exemples possibles (`given`), elle en tire cent et, dès qu’un échoue, cherche le plus
# simple qui échoue encore.

# %% [markdown] lang="en" id="search"
# At 0 both rules give 0: the wrong one passes. We have to try elsewhere, with other shapes, many times. The library **hypothesis** does
# it: one describes *all* possible examples (`given`), it draws a hundred, and as soon as one fails it looks for the simplest that still
# fails.


# %% id="search-code"
def prove(function):
    """Look for a tensor, of any shape, for which the gradient of a function is wrong."""

    @settings(max_examples=100, derandomize=True, database=None, deadline=None)
    @given(x=strategies.tensors(strategies.shapes(min_dims=1)))
    def every_tensor(x):
        check_gradient(function, x)

    every_tensor()


found = None
try:
    prove(lambda x: (wrong_bell(x.sin()) * x).sum())
except GradientMismatchError as error:
    found = error.counterexample
    print(found.code)
    print(say(fr="trouvé :", en="found:   "), found.found, say(fr="  attendu :", en="  expected:"), found.expected)

# %% [markdown] lang="fr" id="draw"
# La fonction contenait un sinus, un produit, une somme et notre opération. La recherche a réduit le tenseur à **un seul nombre**. Et qui
# est coupable ? Chaque opération est comparée à part avec sa propre pente ; la carte fautive est marquée :

# %% [markdown] lang="en" id="draw"
# The function held a sine, a product, a sum and our operation. The search has shrunk the tensor to **a single number**. And who is at
# fault? Each operation is compared by itself with its own slope; the faulty card is marked:

# %% id="draw-code"
picture(found)

# %% [markdown] lang="fr" id="mend"
# Elle envoie la moitié de ce qui était attendu : c’est notre 2. Corrigeons, et prouvons.

# %% [markdown] lang="en" id="mend"
# It sends half of what was expected: that is our 2. Let us mend it, and prove it.

# %% id="mend-code"
bell = elementwise("bell", "exp(-x * x)", {"x": "-2 * g * x * y"}, symbol="bell")
prove(lambda x: (bell(x.sin()) * x).sum())
print(say(fr="cent tenseurs, aucune faute", en="a hundred tensors, no fault"))

# %% [markdown] lang="fr" id="everything"
# ## Dite une fois, elle est partout
#
# La même ligne sert pour un nombre, pour un tenseur, pour la formule et pour le dessin. La dérivée étant écrite avec les opérations du
# moteur, elle se dérive à son tour : `check_gradient` a aussi prouvé la dérivée *seconde*.

# %% [markdown] lang="en" id="everything"
# ## Said once, it is everywhere
#
# The same line serves for a number, for a tensor, for the formula and for the drawing. As the derivative is written with the engine’s
# operations, it can be differentiated in turn: `check_gradient` has proven the *second* derivative too.

# %% id="everything-code"
print(bell(Value(0.5)).data, bell(tg.tensor([0.0, 0.5, 1.0])).detach().numpy())
print(bell.latex, "  ", bell.derivative_latex["x"])

points = tg.tensor([0.0, 0.5, 1.0], requires_grad=True, name="x")
total = bell(points).sum()
with tg.observe() as seen:
    total.backward()
Graph.of(total, observation=seen)

# %% [markdown] lang="fr" id="exercise-1"
# ### Exercice 6.1
#
# L’ondelette $y = x\,e^{-x^2}$ : écrivez ce qu’elle renvoie à $x$, une fonction de `g` et `x` (`math.exp`).

# %% [markdown] lang="en" id="exercise-1"
# ### Exercise 6.1
#
# The wavelet $y = x\,e^{-x^2}$: write what it sends back to $x$, a function of `g` and `x` (`math.exp`).

# %% id="exercise-1-answer"
answer = ...  # lambda g, x: ...
check.exercise("6.1", answer)

# %% [markdown] lang="fr" id="exercise-2"
# ### Exercice 6.2
#
# Deux entrées : $y = \sqrt{a^2 + b^2}$. Écrivez ce qui revient à $a$, une fonction de `g`, `a`, `b` et `y`. Le résultat $y$ est déjà
# calculé : servez-vous-en.

# %% [markdown] lang="en" id="exercise-2"
# ### Exercise 6.2
#
# Two inputs: $y = \sqrt{a^2 + b^2}$. Write what comes back to $a$, a function of `g`, `a`, `b` and `y`. The result $y$ has been computed
# already: make use of it.

# %% id="exercise-2-answer"
answer = ...  # lambda g, a, b, y: ...
check.exercise("6.2", answer)

# %% [markdown] lang="fr" id="further"
# Restons honnêtes : cent exemples ne sont pas une démonstration. Mais une règle fausse qui passe cent exemples de toutes formes, la
# pente, la dérivée seconde et deux usages à la fois est une rareté, et la vôtre a été trouvée en une seconde.
#
# ## Pour aller plus loin
#
# - `tinygrad-fr check tanh conv2d lstm` : la même preuve pour des opérations et des modèles, par leur nom.
# - `tinygrad-fr check my_op --plugin my_op.py --examples 200` : une opération à vous, dans un fichier.
# - `tinygrad-fr probes` : douze petits programmes où les moteurs se trompent.
#
# La suite : **7. Le surapprentissage et ses remèdes**.

# %% [markdown] lang="en" id="further"
# Let us be honest: a hundred examples are no demonstration. But a wrong rule that passes a hundred examples of all shapes, the slope, the
# second derivative and two uses at once is a rarity, and yours was found in a second.
#
# ## Going further
#
# - `tinygrad-fr check tanh conv2d lstm`: the same proof for operations and models, by name.
# - `tinygrad-fr check my_op --plugin my_op.py --examples 200`: an operation of yours, in a file.
# - `tinygrad-fr probes`: twelve short programs where engines go wrong.
#
# Next: **7. Overfitting and its remedies**.
