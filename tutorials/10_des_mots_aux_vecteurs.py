# %% [markdown] lang="fr" id="title"
# # 10. Des mots aux vecteurs
#
# **Ce que vous allez voir.** Un mot devient une liste de nombres. Vous referez l’exemple du cours (six phrases, 22 mots) jusqu’à ses
# huit décimales, d’abord par une décomposition, puis par le gradient, qui trouve la même chose. Ensuite Word2Vec, équations (9) et
# (10), apprend devant vous qu’un roi est à une reine ce qu’un père est à une mère.
#
# **Prérequis.** Le tutoriel 5 (descente de gradient). **Durée.** 30 minutes.

# %% [markdown] lang="en" id="title"
# # 10. From words to vectors
#
# **What you will see.** A word becomes a list of numbers. You will do the course's example again (six sentences, 22 words) to its eight
# decimals, first by a decomposition, then by the gradient, which finds the same. Then Word2Vec, equations (9) and (10), learns before
# your eyes that a king is to a queen as a father is to a mother. (The course's sentences are English, the longer text is French.)
#
# **Prerequisites.** Tutorial 5 (gradient descent). **Time.** 30 minutes.

# %% id="imports"
from dataclasses import replace

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr import optim
from tinygrad_fr.data import kept
from tinygrad_fr.draw import grid_diagram, learning_diagram, word_map
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.training import built, train
from tinygrad_fr.tutorials import check, say

# %% [markdown] lang="fr" id="one-hot"
# ## Un numéro, ou un vecteur ?
#
# L’encodage *one-hot* donne à chaque mot un 1 à sa place et des 0 ailleurs. Deux mots quelconques y ont un produit scalaire nul :
# *voiture* n’est pas plus près de *véhicule* que de *fromage*. Un **embedding** donne à chaque mot une ligne d’une table $E$ de
# nombres appris. Le lien entre les deux : lire une ligne, c’est multiplier le one-hot par $E$.
#
# **Prédisez.** On lit le mot 2, et on rétropropage. Quelles lignes de $E$ reçoivent un gradient ?
#
# <details><summary>Réponse</summary>
#
# La ligne 2 seulement : les autres sont multipliées par 0. C’est pourquoi on lit la ligne au lieu de faire le produit.
#
# </details>

# %% [markdown] lang="en" id="one-hot"
# ## A number, or a vector?
#
# *One-hot* encoding gives each word a 1 in its own place and 0 elsewhere. Any two words then have a dot product of zero: *car* is no
# nearer to *vehicle* than to *cheese*. An **embedding** gives each word a row of a table $E$ of learned numbers. The link between the
# two: to read a row is to multiply the one-hot by $E$.
#
# **Predict.** We read word 2 and go back. Which rows of $E$ receive a gradient?
#
# <details><summary>Answer</summary>
#
# Row 2 alone: the others are multiplied by 0. That is why the row is read instead of doing the product.
#
# </details>

# %% id="one-hot-code"
tg.manual_seed(0)
E = tg.randn(4, 3, requires_grad=True)
word = tg.tensor([2])
product = F.one_hot(word, 4).to(tg.float32) @ E
print(say(fr="plus grand écart :", en="largest difference:"), float((product - F.embedding(word, E)).abs().max()))
product.sum().backward()
print(E.grad)

# %% [markdown] lang="fr" id="corpus"
# ## Le corpus du cours
#
# « Un mot se reconnaît à ceux qu’il fréquente » (Firth, 1957). Comptons donc les fréquentations : $M_{ij}$ est le nombre de phrases que
# les mots $i$ et $j$ partagent. Le cours compte sa dernière phrase sans son second « and » ; nous faisons comme lui.

# %% [markdown] lang="en" id="corpus"
# ## The course's corpus
#
# “You shall know a word by the company it keeps” (Firth, 1957). So let us count the company: $M_{ij}$ is the number of times that the
# words $i$ and $j$ share a sentence. The course counts its last sentence without its second “and”; we do as it does.

# %% id="corpus-code"
model = Catalogue().load("cooccurrence")
corpus = model.corpus(model.settings)
M = model.recipe(model.settings).train.arrays[1]
print(*(" ".join(sentence) for sentence in corpus.sentences), sep="\n")
grid_diagram(
    say(fr="La matrice de cooccurrence", en="The co-occurrence matrix"),
    say(
        fr="Les colonnes sont les mêmes mots, dans le même ordre.", en="Columns are the same words, in the same order."
    ),
    {"M": M},
    rows=corpus.vocabulary.words,
)

# %% [markdown] lang="fr" id="svd"
# ## Deux nombres par mot
#
# La ligne d’un mot est déjà un vecteur, de 22 nombres. La décomposition en valeurs singulières $M = U D V^T$ en garde l’essentiel :
# les deux premières colonnes. La diapositive dit que les vecteurs sont dans $U$ ; les nombres qu’elle affiche sont ceux de $U D$.
# (C’est parent de l’ACP, qui centrerait d’abord les colonnes.)

# %% [markdown] lang="en" id="svd"
# ## Two numbers a word
#
# The row of a word is a vector already, of 22 numbers. The singular value decomposition $M = U D V^T$ keeps what matters most: the
# first two columns. The slide says that the vectors are in $U$; the numbers that it shows are those of $U D$. (It is a relative of
# PCA, which would first centre the columns.)

# %% id="svd-code"
U, D, Vt = np.linalg.svd(M)
signs = np.where(U[np.abs(U[:, :2]).argmax(axis=0), [0, 1]] < 0, -1, 1)  # a direction has no sign: the course's
vectors = U[:, :2] * D[:2] * signs
for name, row in list(zip(corpus.vocabulary.words, vectors, strict=True))[:6]:
    print(f"{name:18s} {row[0]:12.8f} {row[1]:12.8f}")

# %% [markdown] lang="fr" id="course-map"
# Comparez avec la diapositive : cnn y est (3,72113518 ; −0,73233585), et crop (1,61178082 ; 0,44786021).
#
# **Prédisez.** Sur la carte, plusieurs mots tombent sur le même point. Lesquels, et pourquoi ?

# %% [markdown] lang="en" id="course-map"
# Compare with the slide: cnn is (3.72113518, −0.73233585) there, and crop (1.61178082, 0.44786021).
#
# **Predict.** On the map several words fall on one point. Which, and why?

# %% id="course-map-code"
space = built(model, model.settings, seed=0).space()
assert np.allclose(space.vectors, vectors)
word_map(str(model.title), space)

# %% [markdown] lang="fr" id="course-map-read"
# Ceux qui ont les mêmes voisins : *do, appear, the, same, context* ne se trouvent que dans la dernière phrase, *for* et *farm* toujours
# ensemble. Rien dans leurs lignes ne les distingue (sinon la case où ils se croisent), donc rien dans leurs vecteurs : **on ne sait d’un mot que
# ses voisins**.
#
# ## Le gradient trouve la même chose
#
# La décomposition est la meilleure réponse possible à une question : quels $W$ et $V$, de deux colonnes, rendent $\lVert M - W V^T
# \rVert^2$ le plus petit ? (Eckart et Young, 1936.) Posons la même question à la descente de gradient, en partant de nombres au hasard.
# Le minimum doit être la somme des carrés des valeurs singulières abandonnées.

# %% [markdown] lang="en" id="course-map-read"
# Those that have the same neighbours: *do, appear, the, same, context* are found in the last sentence only, *for* and *farm* always
# together. Nothing in their rows tells them apart (but for the cell where they cross), so nothing in their vectors does: **all that is known of a
# word is its neighbours**.
#
# ## The gradient finds the same
#
# The decomposition is the best answer there is to a question: which $W$ and $V$, of two columns, make $\lVert M - W V^T \rVert^2$
# smallest? (Eckart and Young, 1936.) Let us ask gradient descent the same question, from random numbers. The minimum must be the sum of
# the squares of the singular values that were given up.

# %% id="gradient-code"
tg.manual_seed(0)
counts = tg.tensor(M, dtype=tg.float64)
W, V = (tg.randn(22, 2, dtype=tg.float64).requires_grad_() for _ in range(2))
optimizer = optim.Adam([W, V], lr=0.1)
for step in range(401):
    loss = ((counts - W @ V.T) ** 2).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 80 == 0:
        print(f"{step:4d} {float(loss):14.8f}")
print("SVD ", f"{(D[2:] ** 2).sum():14.8f}")
print(say(fr="gardé :", en="kept:"), f"{100 * (D[:2] ** 2).sum() / (D**2).sum():.1f} %")

# %% [markdown] lang="fr" id="cosine"
# ## Près : le cosinus
#
# Des mots fréquents ont de grands nombres. Pour comparer des sens, on compare des **directions** : le cosinus de l’angle,
# $\cos(a, b) = \dfrac{a \cdot b}{\lVert a\rVert\,\lVert b\rVert}$, qui va de −1 à 1.
#
# ### Exercice 10.1
#
# Écrivez le cosinus de l’angle entre les vecteurs `(a1, a2)` et `(b1, b2)`.

# %% [markdown] lang="en" id="cosine"
# ## Near: the cosine
#
# Frequent words have large numbers. To compare meanings one compares **directions**: the cosine of the angle,
# $\cos(a, b) = \dfrac{a \cdot b}{\lVert a\rVert\,\lVert b\rVert}$, which goes from −1 to 1.
#
# ### Exercise 10.1
#
# Write the cosine of the angle between the vectors `(a1, a2)` and `(b1, b2)`.

# %% id="exercise-1-answer"
answer = ...  # lambda a1, a2, b1, b2: ...
check.exercise("10.1", answer)

# %% [markdown] lang="fr" id="word2vec"
# ## Word2Vec : deviner les voisins
#
# Compter demande une matrice aussi large que le vocabulaire. Word2Vec ne compte pas : il lit le texte et apprend à deviner. En
# *skip-gram*, le mot lu, de vecteur $\mathbf{h}$, doit rendre probables ses voisins :
#
# $$P(C|w_t) = \prod_{w_c \in C} \frac{e^{\mathbf{v}_{w_c}^T \cdot \mathbf{h}}}{\sum_{w \in W} e^{\mathbf{v}_w^T \cdot \mathbf{h}}}
# \tag{9}$$
#
# Attention : il y a **deux tables**. $\mathbf{h}$ vient de celle des mots lus, $\mathbf{v}$ de celle des mots devinés. (*CBOW*, (8), fait
# l’inverse : $\mathbf{h}$ est la moyenne des voisins, et l’on devine le mot.)
#
# Le dénominateur parcourt tout le vocabulaire, à chaque pas. L’**échantillonnage négatif** remplace cette question à 100 000 réponses
# par quelques questions à deux réponses : ce mot-ci est-il un vrai voisin, $w_O$, ou un mot $w_i$ tiré au hasard ?
#
# $$L(\theta) = \log \sigma(\mathbf{v}_{w_O}^T \mathbf{h}) + \sum_{i=1}^k \mathbb{E}_{w_i \sim P_n(w)}[\log \sigma(-\mathbf{v}_{w_i}^T
# \mathbf{h})] \tag{10}$$
#
# (10) est à maximiser ; le coût est donc $-L$, et les $k$ mots tirés remplacent l’espérance. Voici la plus petite : un vrai voisin,
# un mot tiré.

# %% [markdown] lang="en" id="word2vec"
# ## Word2Vec: guess the neighbours
#
# Counting needs a matrix as wide as the vocabulary. Word2Vec does not count: it reads the text and learns to guess. In *skip-gram* the
# word read, of vector $\mathbf{h}$, must make its neighbours likely:
#
# $$P(C|w_t) = \prod_{w_c \in C} \frac{e^{\mathbf{v}_{w_c}^T \cdot \mathbf{h}}}{\sum_{w \in W} e^{\mathbf{v}_w^T \cdot \mathbf{h}}}
# \tag{9}$$
#
# Mind: there are **two tables**. $\mathbf{h}$ comes from that of the words read, $\mathbf{v}$ from that of the words guessed. (*CBOW*, (8),
# does the reverse: $\mathbf{h}$ is the mean of the neighbours, and the word is guessed.)
#
# The denominator goes through the whole vocabulary at every step. **Negative sampling** replaces this question with 100 000 answers by
# a few questions with two answers: is this word a true neighbour, $w_O$, or a word $w_i$ drawn at random?
#
# $$L(\theta) = \log \sigma(\mathbf{v}_{w_O}^T \mathbf{h}) + \sum_{i=1}^k \mathbb{E}_{w_i \sim P_n(w)}[\log \sigma(-\mathbf{v}_{w_i}^T
# \mathbf{h})] \tag{10}$$
#
# (10) is to be maximised; so the loss is $-L$, and the $k$ words drawn stand for the expectation. Here is the smallest: one true
# neighbour, one word drawn.

# %% id="word2vec-code"
h = tg.tensor([0.5, -0.2], requires_grad=True, name="h")
v_true = tg.tensor([0.1, 0.4], requires_grad=True, name="v_O")
v_drawn = tg.tensor([0.6, 0.3], requires_grad=True, name="v_1")
with tg.observe() as seen:
    loss = -F.logsigmoid((v_true * h).sum()) - F.logsigmoid(-(v_drawn * h).sum())
    loss.backward()
for name, each in (("h", h), ("v_O", v_true), ("v_1", v_drawn)):
    print(f"{name:4s} {each.detach().numpy().round(3)}  ∂J/∂{name} = {each.grad.detach().numpy().round(3)}")
tg.Graph.of(loss, observation=seen)

# %% [markdown] lang="fr" id="pull"
# Lisez le gradient de $\mathbf{v}_{w_O}$ : il est *opposé* à $\mathbf{h}$, donc la descente rapproche le vrai voisin de $\mathbf{h}$. Celui
# du mot tiré a le sens de $\mathbf{h}$ : la descente l’en éloigne. Rapprocher, éloigner : Word2Vec ne fait rien d’autre.
#
# ### Exercice 10.2
#
# Écrivez la première composante de $\partial J/\partial \mathbf{h}$, pour $J = -\log\sigma(\mathbf{v}\cdot\mathbf{h}) -
# \log\sigma(-\mathbf{n}\cdot\mathbf{h})$, où `s` $= \mathbf{v}\cdot\mathbf{h}$ et `r` $= \mathbf{n}\cdot\mathbf{h}$ sont donnés, ainsi que
# les premières composantes `v1` et `n1`. (Indice : $(\log\sigma)' = 1 - \sigma$.)

# %% [markdown] lang="en" id="pull"
# Read the gradient of $\mathbf{v}_{w_O}$: it is *opposite* to $\mathbf{h}$, so descent brings the true neighbour nearer to $\mathbf{h}$.
# That of the word drawn points as $\mathbf{h}$ does: descent moves it away. Nearer, further: Word2Vec does nothing else.
#
# ### Exercise 10.2
#
# Write the first component of $\partial J/\partial \mathbf{h}$, for $J = -\log\sigma(\mathbf{v}\cdot\mathbf{h}) -
# \log\sigma(-\mathbf{n}\cdot\mathbf{h})$, where `s` $= \mathbf{v}\cdot\mathbf{h}$ and `r` $= \mathbf{n}\cdot\mathbf{h}$ are given, and so are
# the first components `v1` and `n1`. (Hint: $(\log\sigma)' = 1 - \sigma$.)

# %% id="exercise-2-answer"
answer = ...  # lambda s, r, v1, n1: ...
check.exercise("10.2", answer)

# %% [markdown] lang="fr" id="frequent"
# ## Les mots fréquents
#
# *Le* et *est* sont partout et n’apprennent rien. Deux remèdes. Les mots négatifs sont tirés selon $P_n(w) \propto U(w)^{3/4}$ : les
# rares sont un peu favorisés. Et les mots fréquents sont parfois sautés à la lecture ; le cours ne donne pas la formule, et il y en a
# deux : celle de l’article (2013), $\sqrt{t/f}$, et celle du programme publié, un peu différente.
#
# **Prédisez.** Un mot est 16 fois plus fréquent qu’un autre. Combien de fois plus souvent est-il tiré comme négatif ?
#
# <details><summary>Réponse</summary>
#
# $16^{3/4} = 8$ fois.
#
# </details>

# %% [markdown] lang="en" id="frequent"
# ## Frequent words
#
# *The* and *is* are everywhere and teach nothing. Two remedies. Negative words are drawn by $P_n(w) \propto U(w)^{3/4}$: rare ones are
# favoured a little. And frequent words are sometimes skipped while reading; the course does not give the formula, and there are two:
# the paper's (2013), $\sqrt{t/f}$, and that of the released program, a little different.
#
# **Predict.** A word is 16 times as frequent as another. How many times as often is it drawn as a negative?
#
# <details><summary>Answer</summary>
#
# $16^{3/4} = 8$ times.
#
# </details>

# %% id="frequent-code"
frequencies = np.array([0.01, 0.05, 0.2])
for formula in ("paper", "code"):
    print(formula, kept(frequencies, 0.02, formula).round(3))

# %% [markdown] lang="fr" id="train"
# ## Apprendre
#
# Six phrases ne suffisent pas. Voici un texte français fabriqué par règle : 3 000 légendes d’images, où l’on dit d’un roi ce qu’on dit
# d’un homme (*il, monsieur, barbe…*) et ce qu’on dit d’un trône. Le modèle n’en sait rien : il lit, et devine les voisins.

# %% [markdown] lang="en" id="train"
# ## Learning
#
# Six sentences are not enough. Here is a French text made by rule: 3 000 captions of pictures, where of a king (*roi*) is said what is
# said of a man (*il, monsieur, barbe…*: he, mister, beard) and what is said of a throne (*trône*). The model knows nothing of that: it
# reads, and guesses neighbours.

# %% id="train-code"
word2vec = Catalogue().load("word2vec")
text = word2vec.corpus(word2vec.settings)
print(*text.text.splitlines()[:3], sep="\n")
run = train(word2vec)
losses, unseen, scores = zip(*((e.loss, e.validation_loss, e.score) for e in run.epochs), strict=True)
learning_diagram(str(word2vec.title), losses, unseen, scores, expected=run.recipe.score, kept=run.kept.number)

# %% [markdown] lang="fr" id="near"
# Le score est la part des 168 analogies du texte auxquelles le modèle répond juste. Il n’a jamais vu une analogie.
#
# Regardons ce qu’il sait : les voisins de *roi*, puis les cosinus de quelques mots.

# %% [markdown] lang="en" id="near"
# The score is the share of the text's 168 analogies that the model answers right. It never saw an analogy.
#
# Let us look at what it knows: the neighbours of *roi* (king), then the cosines of some words.

# %% id="near-code"
space = run.module.space()
for near in space.neighbours("roi"):
    print(f"{near.word:12s} {near.cosine:.3f}")
words = ["roi", "reine", "père", "mère", "acteur", "actrice", "paris", "france", "rome", "italie", "chat", "chaton"]
grid_diagram(
    say(fr="Cosinus de l’angle entre deux mots", en="Cosine of the angle between two words"),
    say(
        fr="1 : même direction. Les colonnes suivent l’ordre des lignes.",
        en="1: same direction. Columns in the order of rows.",
    ),
    {"cos": space.similarities(words)},
    rows=words,
)

# %% [markdown] lang="fr" id="analogies"
# ## Les analogies
#
# « Père est à mère ce que roi est à … » : partons de *roi*, et marchons comme de *père* à *mère*. Le mot le plus proche du point
# d’arrivée est la réponse, **les trois mots de la question étant exclus**.
#
# **Prédisez.** Pourquoi cette marche est-elle à peu près la même pour tous les couples ? Pensez à ce que le texte dit des uns et des
# autres.
#
# <details><summary>Réponse</summary>
#
# Le vecteur d’un mot résume ses voisins : ceux de son *rôle* (il, monsieur, barbe) et ceux de son *domaine* (trône, couronne). De *roi* à
# *reine*, le domaine reste, le rôle change ; de *père* à *mère* aussi, et du même changement.
#
# </details>

# %% [markdown] lang="en" id="analogies"
# ## Analogies
#
# “*Père* (father) is to *mère* (mother) as *roi* (king) is to …”: start from *roi* and walk as from *père* to *mère*. The word nearest to
# where you arrive is the answer, **the three words of the question being left out**.
#
# **Predict.** Why is this walk about the same for all the pairs? Think of what the text says of each.
#
# <details><summary>Answer</summary>
#
# The vector of a word sums up its neighbours: those of its *role* (he, mister, beard) and those of its *domain* (throne, crown). From
# king to queen the domain stays and the role changes; from father to mother too, by the same change.
#
# </details>

# %% id="analogies-code"
for a, b, c in (("père", "mère", "roi"), ("france", "paris", "italie"), ("chat", "chaton", "chien")):
    answers = ", ".join(f"{near.word} {near.cosine:.2f}" for near in space.analogy(a, b, c, 3))
    print(f"{b} − {a} + {c} = {answers}")
word_map(str(word2vec.title), space, arrows=[("père", "mère"), ("roi", "reine"), ("acteur", "actrice")])

# %% [markdown] lang="fr" id="groups"
# Enfin, des groupes de mots de même direction (*clustering*), que personne n’a nommés :

# %% [markdown] lang="en" id="groups"
# Finally, groups of words that point the same way (*clustering*), which nobody named:

# %% id="groups-code"
for group in space.groups(6):
    print("·", ", ".join(group[:9]), "…")

# %% [markdown] lang="fr" id="exercise-3"
# ### Exercice 10.3
#
# Dans (9), notons $s_w = \mathbf{v}_w^T \mathbf{h}$ les scores, et $p$ leur softmax. Le coût est $-\log p_c$. Le vocabulaire a trois mots,
# de scores `s1`, `s2`, `s3`, et le vrai voisin est le premier. Écrivez $\partial J/\partial s_2$ : ce qui éloigne un mot qui n’était pas
# là.

# %% [markdown] lang="en" id="exercise-3"
# ### Exercise 10.3
#
# In (9) write $s_w = \mathbf{v}_w^T \mathbf{h}$ for the scores, and $p$ for their softmax. The loss is $-\log p_c$. The vocabulary has three
# words, of scores `s1`, `s2`, `s3`, and the true neighbour is the first. Write $\partial J/\partial s_2$: what moves away a word that was
# not there.

# %% id="exercise-3-answer"
answer = ...  # lambda s1, s2, s3: ...
check.exercise("10.3", answer)

# %% [markdown] lang="fr" id="intact"
# ## Et si l’on comptait le dernier « and » ?
#
# Les vecteurs d’un si petit corpus tiennent à peu de chose : rendons à la dernière phrase son « and ».

# %% [markdown] lang="en" id="intact"
# ## And if the last “and” were counted?
#
# The vectors of so small a corpus hang by a thread: let us give the last sentence its “and” back.

# %% id="intact-code"
whole = built(model, replace(model.settings, corpus="intact"), seed=0).space()
for name in ("cnn", "and", "svm"):
    print(
        name, vectors[corpus.vocabulary.index(name)].round(3), "→", whole.vectors[whole.vocabulary.index(name)].round(3)
    )

# %% [markdown] lang="fr" id="further"
# ## Pour aller plus loin
#
# - `tinygrad-fr words word2vec roi --analogy père mère roi -o carte.svg` ; avec `--data TEXTE.txt`, un texte à vous.
# - `tinygrad-fr words glove roi` : GloVe, entre le comptage et l’apprentissage.
# - `tinygrad-fr words fasttext boulangers` : un mot jamais lu, deviné par ses morceaux.
#
# Tutoriel suivant : **11. Le RNN déplié**, où les mots se suivent.

# %% [markdown] lang="en" id="further"
# ## Going further
#
# - `tinygrad-fr words word2vec roi --analogy père mère roi -o map.svg`; with `--data TEXT.txt`, a text of yours.
# - `tinygrad-fr words glove roi`: GloVe, between counting and learning.
# - `tinygrad-fr words fasttext boulangers`: a word that was never read, guessed by its parts.
#
# Next tutorial: **11. The unrolled RNN**, where words follow one another.
