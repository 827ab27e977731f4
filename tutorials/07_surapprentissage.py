# %% [markdown] lang="fr" id="title"
# # 7. Le surapprentissage et ses remèdes
#
# **Ce que vous allez voir.** Un réseau qui apprend par cœur soixante points, erreurs comprises, et qui se trompe sur les autres ; comment
# deux courbes le trahissent ; puis quatre remèdes, L1 et L2, dropout, arrêt anticipé, augmentation, chacun avec ce qu’il change au calcul.
#
# **Prérequis.** Le tutoriel 5 (la descente de gradient). **Durée.** 25 minutes.

# %% [markdown] lang="en" id="title"
# # 7. Overfitting and its remedies
#
# **What you will see.** A network that learns sixty points by heart, mistakes included, and is wrong about the others; how two curves give
# it away; then four remedies, L1 and L2, dropout, early stopping, augmentation, each with what it changes in the computation.
#
# **Prerequisites.** Tutorial 5 (gradient descent). **Time.** 25 minutes.

# %% id="imports"
import numpy as np

import tinygrad_fr as tg
from tinygrad_fr import Graph, Value
from tinygrad_fr.draw import learning_panels
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.training import train
from tinygrad_fr.tutorials import check, say

# %% [markdown] lang="fr" id="heart"
# ## Apprendre par cœur
#
# Deux bras d’une spirale, soixante points, dont **un sur six est mal étiqueté** : un vrai jeu de données n’est jamais propre. Le réseau a
# 4 500 paramètres, bien assez pour retenir chaque point. Nous le jugeons sur mille points qu’il n’a pas vus, bien étiquetés.
#
# **Prédisez.** Après 150 époques, l’exactitude sur les soixante points, et sur les mille autres.

# %% [markdown] lang="en" id="heart"
# ## Learning by heart
#
# Two arms of a spiral, sixty points, **one in six of which has the wrong label**: real data is never clean. The network has 4 500
# parameters, quite enough to remember each point. We judge it on a thousand points that it has not seen, with the right labels.
#
# **Predict.** After 150 epochs, the accuracy on the sixty points, and on the thousand others.

# %% id="heart-code"
model = Catalogue().load("overfit")


def learned(remedy, **more):
    """A training with a remedy."""
    settings = model.settings.replaced({"remedy": remedy, **{key: str(value) for key, value in more.items()}})
    return train(model, settings, epochs=150)


def accuracy(run, data):
    """The share of right answers."""
    x, t = data.arrays
    with tg.no_grad():
        return float((run.module.eval()(tg.tensor(x)).detach().numpy().argmax(1) == t).mean())


NAMES = {
    "none": say(fr="sans remède", en="no remedy"),
    "l2": "L2",
    "l1": "L1",
    "dropout": "dropout",
    "early-stopping": say(fr="arrêt anticipé", en="early stopping"),
    "augmentation": "augmentation",
}
plain = learned("none")
print(say(fr="points appris :", en="points learned:"), f"{accuracy(plain, plain.recipe.train):.0%}")
print(say(fr="autres points :", en="other points:"), f"{accuracy(plain, plain.recipe.test):.0%}")

# %% [markdown] lang="fr" id="curves"
# ## Les deux courbes
#
# Le coût sur les points appris descend toujours : c’est ce que fait la descente. Le coût de **validation** descend, puis **remonte** :
# à partir de là, le réseau n’apprend plus la spirale, il apprend les erreurs.

# %% [markdown] lang="en" id="curves"
# ## The two curves
#
# The loss on the points learned always falls: that is what descent does. The **validation** loss falls, then **rises again**: from there
# on the network learns the spiral no more, it learns the mistakes.


# %% id="curves-code"
def panel(run):
    """Losses of training and of validation, and the score."""
    return [e.loss for e in run.epochs], [e.validation_loss for e in run.epochs], run.score


validation = np.array([epoch.validation_loss for epoch in plain.epochs])
best = int(validation.argmin())
print(
    say(fr="le plus bas à l’époque", en="lowest at epoch"), best + 1, f": {validation[best]:.2f} → {validation[-1]:.2f}"
)
learning_panels(say(fr="Sans remède", en="Without a remedy"), {NAMES["none"]: panel(plain)})

# %% [markdown] lang="fr" id="norms"
# ## Premier remède : faire payer les poids
#
# Retenir chaque point demande une frontière très tordue, donc de grands poids. Ajoutons leur prix au coût :
#
# $$J_{L2} = L + \frac{\lambda}{2} \sum w^2 \qquad J_{L1} = L + \lambda \sum |w|$$
#
# ### Exercice 7.1
#
# Le gradient de $L$ pour un poids est `g`. Avec L2, que vaut ce poids après un pas ? Une fonction de `w`, `g`, `eta` et `lam`.

# %% [markdown] lang="en" id="norms"
# ## First remedy: let weights cost
#
# Remembering each point takes a border with many bends, so large weights. Let us add their price to the loss:
#
# $$J_{L2} = L + \frac{\lambda}{2} \sum w^2 \qquad J_{L1} = L + \lambda \sum |w|$$
#
# ### Exercise 7.1
#
# The gradient of $L$ for a weight is `g`. With L2, what is this weight after one step? A function of `w`, `g`, `eta` and `lam`.

# %% id="exercise-1-answer"
answer = ...  # lambda w, g, eta, lam: ...
check.exercise("7.1", answer)

# %% [markdown] lang="fr" id="pull"
# Un poids que rien ne demande ($g = 0$) rétrécit donc à chaque pas : d’une *proportion* avec L2, d’une *longueur* avec L1. **Prédisez**
# lequel des deux met des poids exactement à zéro.

# %% [markdown] lang="en" id="pull"
# So a weight that nothing asks for ($g = 0$) shrinks at each step: by a *share* with L2, by a *length* with L1. **Predict** which of the
# two makes weights exactly zero.

# %% id="pull-code"
for name, price in (("L2", lambda w: 0.5 * w * w), ("L1", abs)):
    seen = []
    for start in (2.0, 0.2):
        w = Value(start)
        price(w).backward()
        seen.append(f"w = {start}: {w.grad:.1f}")
    print(name, "∂/∂w", "   ".join(seen))


# %% id="pull-steps"
for name, price in (("L2", lambda w: 0.5 * w * w), ("L1", abs)):
    w, seen = Value(2.0), []
    for _step in range(25):
        w.grad = 0.0
        price(w).backward()
        w.data -= 0.1 * w.grad
        seen.append(w.data)
    print(name, " → ".join(f"{each:.2f}" for each in seen[4::5]))

# %% id="pull-runs"
runs = {name: learned(name) for name in ("l2", "l1")}
for name, run in {"none": plain, **runs}.items():
    paid = [p.detach().numpy().ravel() for key, p in run.module.named_parameters() if key.endswith("weight")]
    print(f"{NAMES[name]:11s} {say(fr='moyenne', en='mean')} |w| {np.abs(np.concatenate(paid)).mean():.3f}")

# %% [markdown] lang="fr" id="dropout"
# <details><summary>Réponse</summary>
#
# L1 : sa pente reste 1 jusqu’au bout, et le poids arrive à zéro en un nombre fini de pas (avec un pas fixe, il rebondit ensuite de part
# et d’autre, d’où le 0,10 : ce n’est plus que la longueur d’un pas) ; celle de L2 s’éteint avec le poids, qui s’en
# approche sans y arriver. Dans les réseaux, les deux remèdes rendent les poids bien plus petits.
#
# </details>
#
# ## Deuxième remède : dropout
#
# À chaque pas, la moitié des neurones, tirés au hasard, sont éteints : aucun ne peut compter sur son voisin pour retenir un point. Ceux
# qui restent sont multipliés par $1/(1-p)$, pour que la somme soit juste **en moyenne** ; à l’usage, plus rien n’est éteint.
#
# ### Exercice 7.2
#
# Un neurone vaut `a` ; il est éteint avec la probabilité `p`, sinon multiplié par `scale`. Quel `scale` garde la moyenne ? Une fonction
# de `p`.

# %% [markdown] lang="en" id="dropout"
# <details><summary>Answer</summary>
#
# L1: its slope stays 1 to the end, and the weight gets to zero in so many steps (with a fixed step it then bounces from
# side to side, hence the 0.10: no more than the length of a step); that of L2 dies away with the weight, which comes near
# without getting there. In the networks both remedies make weights far smaller.
#
# </details>
#
# ## Second remedy: dropout
#
# At each step half of the neurons, drawn at random, are put out: none can count on its neighbour to remember a point. Those that are left
# are multiplied by $1/(1-p)$, so that the sum is right **on average**; in use nothing is put out any more.
#
# ### Exercise 7.2
#
# A neuron is `a`; it is put out with probability `p`, else multiplied by `scale`. Which `scale` keeps the mean? A function of `p`.

# %% id="exercise-2-answer"
answer = ...  # lambda p: ...
check.exercise("7.2", answer)

# %% [markdown] lang="fr" id="mask"
# Et le gradient ? Ce qui est éteint à l’aller est éteint au retour : dropout est un produit par un masque.

# %% [markdown] lang="en" id="mask"
# And the gradient? What is put out on the way there is put out on the way back: dropout is a product with a mask.

# %% id="mask-code"
tg.manual_seed(1)
a = tg.ones(8, requires_grad=True)
a.name = "a"
with tg.observe() as seen:
    y = F.dropout(a, 0.5)
    y.sum().backward()
print(y.detach().numpy())
print(a.grad.detach().numpy())
Graph.of(y, observation=seen)

# %% [markdown] lang="fr" id="others"
# ## Troisième et quatrième remèdes
#
# **L’arrêt anticipé** ne change rien au calcul : on garde les poids de l’époque où la validation était la plus basse, et l’on s’arrête
# quand elle ne descend plus. **L’augmentation** change les données : chaque lecture déplace un peu les points, et personne ne peut
# apprendre par cœur ce qui bouge.

# %% [markdown] lang="en" id="others"
# ## Third and fourth remedies
#
# **Early stopping** changes nothing in the computation: one keeps the weights of the epoch where validation was lowest, and stops when it
# falls no more. **Augmentation** changes the data: each reading moves the points a little, and nobody can learn by heart what moves.

# %% id="others-code"
runs |= {name: learned(name) for name in ("dropout", "early-stopping", "augmentation")}
for name, run in {"none": plain, **runs}.items():
    on_own, on_others = (accuracy(run, data) for data in (run.recipe.train, run.recipe.test))
    print(
        f"{NAMES[name]:15s} {say(fr='appris', en='learned')} {on_own:4.0%}   {say(fr='autres', en='others')} {on_others:4.0%}  ",
        len(run.epochs),
        say(fr="époques", en="epochs"),
    )
learning_panels(
    say(fr="Les remèdes", en="The remedies"),
    {NAMES[name]: panel(run) for name, run in {"none": plain, **runs}.items()},
)

# %% [markdown] lang="fr" id="more-data"
# Ne vous étonnez pas que l’entraînement reste au-dessus de la validation : un point appris sur six est mal étiqueté, et un réseau qui
# ne l’apprend pas par cœur y perd à chaque fois.
#
# ## Et davantage de données ?
#
# C’est le remède que l’on oublie, parce qu’il coûte. **Prédisez** ce que donnent 600 points, toujours avec un sur six mal étiqueté, et sans
# autre remède.

# %% [markdown] lang="en" id="more-data"
# Do not wonder that training stays above validation: one in six of the points learned has the wrong label, and a network that does not
# learn it by heart loses there every time.
#
# ## And more data?
#
# That is the remedy one forgets, since it costs. **Predict** what 600 points give, one in six still with the wrong label, without any
# other remedy.

# %% id="more-data-code"
many = learned("none", rows=600)
print(say(fr="600 points :", en="600 points:"), f"{accuracy(many, many.recipe.test):.0%}")

# %% [markdown] lang="fr" id="further"
# ## Pour aller plus loin
#
# - `tinygrad-fr compare overfit remedy -o courbes.svg` : les six courbes côte à côte.
# - `tinygrad-fr train overfit --set remedy=l2 --set strength=1` : trop de remède est aussi une maladie.
#
# La suite : **8. Convolutions, filtres et pooling**.

# %% [markdown] lang="en" id="further"
# ## Going further
#
# - `tinygrad-fr compare overfit remedy -o curves.svg`: the six curves side by side.
# - `tinygrad-fr train overfit --set remedy=l2 --set strength=1`: too much of a remedy is an illness too.
#
# Next: **8. Convolutions, filters and pooling**.
