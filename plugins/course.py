"""The inventory of the course: every system, formula and idea that it names, and what answers each."""

from __future__ import annotations

from tinygrad_fr.plugins import Text
from tinygrad_fr.plugins.course import Course, Row

MODELS = "tests/plugins/test_models.py"
SEPARATORS = "tests/plugins/test_separators.py"
VECTORS = "tests/plugins/test_words.py"
LEARNING = "tests/plugins/test_learning.py"
READINGS = "tests/plugins/test_sequences.py"
TRANSFORMERS = "tests/plugins/test_transformers.py"
ATTENTION = "tests/explain/test_attention.py"
RECIPE = f"{MODELS}::test_the_recipe_reaches_its_score"
PUBLISHED = f"{MODELS}::test_full_sizes_count_as_published"
PROOF = "tests/test_gradients.py::test_proof"
KINK = "tests/test_gradients.py::test_gradient_at_a_kink_lies_between_the_one_sided_ones"
LAYERS = "tests/oracle/test_layers.py::test_layer"
STEPS = "tests/oracle/test_ops.py::test_optimizers_take_torchs_steps"
EQUATIONS = "tests/explain/test_derivations.py::test_the_engine_gives_what_equations_1_to_7_give"
GATES = "tests/explain/test_flow_and_gates.py::test_gates_obey_the_courses_equations"
FLOW = "tests/explain/test_flow_and_gates.py"
ACTIVATIONS = "tests/explain/test_activations.py"
DESCENT = "tests/explain/test_descent.py"
JACOBIAN = "tests/explain/test_jacobian.py"
REMEDIES = "tests/explain/test_remedies.py"

MILESTONES = Text(fr="Jalons", en="Milestones")
NEURON = Text(fr="Introduction aux réseaux de neurones", en="Introduction to neural networks")
TRAINING = Text(fr="Apprentissage", en="Training")
VISION = Text(fr="Vision par ordinateur", en="Computer vision")
WORDS = Text(fr="Représentations distribuées", en="Distributed representations")
SEQUENCES = Text(fr="Réseaux de neurones récurrents", en="Recurrent neural networks")

ROWS = (
    Row(
        MILESTONES,
        Text(fr="McCulloch-Pitts 1943", en="McCulloch-Pitts 1943"),
        Text(
            fr="neurone à seuil : ET, OU, NON par des poids choisis à la main, sans gradient",
            en="threshold neuron: AND, OR, NOT by hand-set weights, without gradient",
        ),
        ("render mcculloch-pitts --pass both", "train mcculloch-pitts --set gate=or"),
        (f"{SEPARATORS}::test_weights_chosen_by_hand_compute_the_gate_and_no_gradient_passes_the_step",),
        tutorials=(1,),
    ),
    Row(
        MILESTONES,
        Text(fr="Perceptron 1958", en="Perceptron 1958"),
        Text(
            fr="règle de l’erreur à côté de la règle du gradient ; les données séparables convergent, XOR échoue",
            en="mistake rule beside the gradient rule; separable data converge, XOR fails",
        ),
        ("train perceptron", "train perceptron --set rule=gradient", "train perceptron --set data=xor --epochs 5"),
        (
            f"{SEPARATORS}::test_mistakes_are_fewer_than_novikoff_says",
            f"{SEPARATORS}::test_mistakes_and_gradient_take_the_same_steps",
            f"{SEPARATORS}::test_a_line_separates_and_and_or_but_not_xor",
        ),
        tutorials=(1,),
    ),
    Row(
        MILESTONES,
        Text(fr="Rétropropagation 1986", en="Backpropagation 1986"),
        Text(
            fr="perceptron multicouche sur XOR ; équations (2) à (7) vérifiées nombre par nombre",
            en="multi-layer perceptron on XOR; equations (2) to (7) checked number by number",
        ),
        ("train mlp --set data=xor", "step mlp --set data=xor --course"),
        (f"{MODELS}::test_the_mlp_learns_its_other_data", EQUATIONS),
        tutorials=(1, 2, 3),
    ),
    Row(
        MILESTONES,
        Text(fr="SVM 1995", en="SVM 1995"),
        Text(fr="SVM linéaire : coût charnière et L2", en="linear SVM: hinge loss and L2"),
        ("train svm", "step svm"),
        (f"{SEPARATORS}::test_the_svm_is_scikit_learns",),
    ),
    Row(
        MILESTONES,
        Text(fr="Forêts aléatoires", en="Random forest"),
        Text(
            fr="non dérivables : celles de scikit-learn, sur les mêmes lignes que nos modèles",
            en="not differentiable: scikit-learn’s, on the same rows as our models",
        ),
        ("train mlp --baseline",),
        ("tests/cli/test_train.py::test_data_of_ones_own",),
    ),
    Row(
        MILESTONES,
        Text(fr="LeNet-5 1998", en="LeNet-5 1998"),
        Text(
            fr="61 706 paramètres comme publié ; 98 % sur des chiffres jamais vus",
            en="61 706 parameters as published; 98 % on digits never seen",
        ),
        ("train lenet", "render lenet"),
        (RECIPE, PUBLISHED),
        tutorials=(8,),
    ),
    Row(
        MILESTONES,
        Text(fr="AlexNet 2012", en="AlexNet 2012"),
        Text(
            fr="un petit réseau qui apprend les chiffres ; le réseau d’origine, 61 100 840 paramètres",
            en="a small network that learns digits; the original one, 61 100 840 parameters",
        ),
        ("train alexnet", "render alexnet --set preset=full"),
        (RECIPE, PUBLISHED),
        tutorials=(8,),
    ),
    Row(
        MILESTONES,
        Text(fr="VGG 2014", en="VGG 2014"),
        Text(fr="petit ; VGG-11, 16 et 19 de taille publiée", en="small; VGG-11, 16 and 19 of published size"),
        ("train vgg", "render vgg --set preset=vgg16"),
        (RECIPE, PUBLISHED),
        tutorials=(8,),
    ),
    Row(
        MILESTONES,
        Text(fr="GoogLeNet 2014", en="GoogLeNet 2014"),
        Text(
            fr="petit ; 6 624 904 paramètres, sans les têtes auxiliaires",
            en="small; 6 624 904 parameters, without the auxiliary heads",
        ),
        ("train googlenet", "render googlenet --set preset=full"),
        (RECIPE, PUBLISHED),
        tutorials=(8,),
    ),
    Row(
        MILESTONES,
        Text(fr="ResNet 2015", en="ResNet 2015"),
        Text(
            fr="petit ; ResNet-18 et 50 de taille publiée ; le gradient avec et sans raccourcis",
            en="small; ResNet-18 and 50 of published size; the gradient with and without shortcuts",
        ),
        ("train resnet", "render resnet --set preset=resnet18", "flow deep --residual --compare"),
        (RECIPE, PUBLISHED, f"{JACOBIAN}::test_depth_sigmoid_against_relu_and_plain_against_residual"),
        tutorials=(15,),
    ),
    Row(
        MILESTONES,
        Text(fr="ViT 2017+", en="ViT 2017+"),
        Text(fr="petit ; ViT-B/16, 86 567 656 paramètres", en="small; ViT-B/16, 86 567 656 parameters"),
        ("train vit", "render vit"),
        (RECIPE, PUBLISHED),
        tutorials=(16,),
    ),
    Row(
        MILESTONES,
        Text(fr="Hinton 2006 (pré-entraînement profond)", en="Hinton 2006 (deep pre-training)"),
        Text(
            fr="autoencodeur, appris couche par couche puis d’un bout à l’autre",
            en="autoencoder, trained layer by layer and end to end",
        ),
        ("train autoencoder", "compare autoencoder pretraining"),
        (RECIPE, f"{LEARNING}::test_the_autoencoder_gives_back_more_than_principal_components"),
        tutorials=(15,),
    ),
    Row(
        MILESTONES,
        Text(fr="GAN 2014, Deep Q-Network 2014", en="GAN 2014, Deep Q-Network 2014"),
        Text(
            fr="GAN sur un mélange en deux dimensions ; DQN dans un petit environnement",
            en="GAN on a 2-D mixture; DQN on a small environment",
        ),
        ("train gan", "compare gan momentum 0 0.5 0.9", "train dqn"),
        (
            RECIPE,
            f"{LEARNING}::test_both_losses_of_the_gan_are_the_papers",
            f"{LEARNING}::test_the_cart_and_the_pole_move_as_gymnasiums",
            f"{LEARNING}::test_values_are_learned_towards_what_the_lagging_copy_promises",
        ),
    ),
    Row(
        MILESTONES,
        Text(fr="Transformer 2017, GPT-3, BERT", en="Transformer 2017, GPT-3, BERT"),
        Text(
            fr="encodeur-décodeur, décodeur causal, encodeur masqué ; sur de petites tâches en français",
            en="encoder-decoder, causal decoder, masked encoder; on small tasks in French",
        ),
        (
            "attention transformer --trained -o attention.svg",
            "ask transformer quatre-vingt-dix-neuf",
            "ask gpt 'la vache'",
            "ask bert '[MASK] vache noire dort sur le toit. elle est petite.'",
        ),
        (
            RECIPE,
            PUBLISHED,
            f"{ATTENTION}::test_they_are_the_weights_that_the_module_itself_gives",
            f"{TRANSFORMERS}::test_gpt_sees_nothing_of_what_follows",
            f"{TRANSFORMERS}::test_bert_finds_the_article_from_what_follows_it",
        ),
        tutorials=(16,),
    ),
    Row(
        NEURON,
        Text(fr="z = Σ w x + b, a = f(z)", en="z = Σ w x + b, a = f(z)"),
        Text(fr="un neurone, un nœud par opération", en="one neuron, one node an operation"),
        ("render neuron --pass both", "step neuron", "train neuron"),
        (RECIPE, "tests/explain/test_walk.py::test_the_neuron_line_by_line"),
        tutorials=(1, 17),
    ),
    Row(
        NEURON,
        Text(
            fr="Fonctions d’activation : sigmoïde, tanh, ReLU, Leaky ReLU, softmax",
            en="Activation functions: sigmoid, tanh, ReLU, Leaky ReLU, softmax",
        ),
        Text(
            fr="valeur, dérivée d’ordre 1 et 2, points anguleux, saturation",
            en="value, first and second derivative, kinks, saturation",
        ),
        ("activations", "check sigmoid tanh relu leaky_relu softmax", "step neuron --set activation=sigmoid"),
        (
            PROOF,
            KINK,
            f"{ACTIVATIONS}::test_slopes_and_saturation_are_those_of_the_formulas",
            "tests/explain/test_walk.py::test_saturation_and_dead_units_are_said",
        ),
        tutorials=(4,),
    ),
    Row(
        TRAINING,
        Text(fr="Descente de gradient stochastique : w ← w − η ∇J", en="Stochastic gradient descent: w ← w − η ∇J"),
        Text(
            fr="SGD, inertie, Nesterov, Adagrad, RMSprop, Adam, AdamW ; lectures mélangées par une graine ; la falaise",
            en="SGD, momentum, Nesterov, Adagrad, RMSprop, Adam, AdamW; their ways on the map of the loss; readings shuffled by a seed; the cliff",
        ),
        ("train mlp", "descent", "descent --surface saddle", "cliff"),
        (
            STEPS,
            f"{DESCENT}::test_sgd_in_the_ravine_is_two_geometric_series",
            f"{DESCENT}::test_momentum_is_its_recurrence",
            f"{MODELS}::test_a_loader_reads_every_row_once_in_a_seeded_order",
            f"{REMEDIES}::test_the_cliff",
        ),
        tutorials=(5,),
    ),
    Row(
        TRAINING,
        Text(
            fr="Rétropropagation, équations (1) à (7), erreur locale δ",
            en="Backpropagation, equations (1) to (7), local error δ",
        ),
        Text(
            fr="les gradients du moteur à côté des δ du cours ; la règle de la chaîne écrite, pas à pas",
            en="the engine’s gradients beside the course’s δ; the chain rule written out, step by step",
        ),
        ("step mlp --course", "step neuron --derive", "step neuron"),
        (EQUATIONS, "tests/explain/test_derivations.py::test_the_neuron_derived"),
        tutorials=(2, 3, 6),
    ),
    Row(
        TRAINING,
        Text(
            fr="Surapprentissage : L1, L2, dropout, arrêt anticipé, augmentation",
            en="Overfitting: L1, L2, dropout, early stopping, augmentation",
        ),
        Text(
            fr="coûts d’entraînement et de validation, sans remède et avec chacun ; les poids de la meilleure époque sont gardés",
            en="training and validation loss, without a remedy and with each; the weights of the best epoch are kept",
        ),
        ("compare overfit remedy -o curves.svg", "train overfit --set remedy=none -o curve.svg"),
        (
            f"{LEARNING}::test_without_a_remedy_rows_are_learned_by_heart_and_each_remedy_helps",
            "tests/training/test_loop.py::test_patience_keeps_the_best_weights",
            "tests/test_vocabulary.py::test_the_same_seed_drops_the_same_elements",
            "tests/data/test_transforms.py::test_the_same_seed_gives_the_same_rows_and_the_next_batch_others",
        ),
        tutorials=(7,),
    ),
    Row(
        VISION,
        Text(
            fr="Convolution, cartes de caractéristiques, pooling, aplatissement, couche dense",
            en="Convolution, feature maps, pooling, flattening, dense layer",
        ),
        Text(
            fr="opérations et couches, formes lues sur l’image du réseau",
            en="operations and layers, shapes read on the picture of the network",
        ),
        ("render lenet", "maps lenet --trained -o maps.svg", "check conv2d max_pool2d_with_indices avg_pool2d"),
        (LAYERS, PROOF, "tests/explain/test_feature_maps.py::test_a_map_is_the_image_correlated_with_its_filter"),
        tutorials=(8,),
    ),
    Row(
        VISION,
        Text(fr="Neocognitron 1980, LeCun 1989", en="Neocognitron 1980, LeCun 1989"),
        Text(
            fr="paire de couches S et C ; le réseau de 1989",
            en="pair of S and C layers; the network of 1989",
        ),
        ("render lenet --set preset=neocognitron", "render lenet --set preset=1989", "train lenet --set preset=1989"),
        (PUBLISHED, f"{MODELS}::test_the_networks_before_lenet_5_learn_too"),
        tutorials=(8,),
    ),
    Row(
        VISION,
        Text(fr="Normalisation : Batch, Layer, Instance, Group", en="Normalisation: Batch, Layer, Instance, Group"),
        Text(fr="les quatre, égales à celles de PyTorch", en="all four, equal to PyTorch’s"),
        (
            "check batch_norm layer_norm group_norm",
            "compare norms norm -o curves.svg",
            "flow deep --norm --compare",
        ),
        (
            LAYERS,
            f"{MODELS}::test_each_normalisation_learns_where_none_does_not",
            "tests/plugins/test_reading.py::test_normalised_layers_have_mean_zero_and_variance_one",
        ),
        tutorials=(9,),
    ),
    Row(
        WORDS,
        Text(fr="One-hot ou dense, produit scalaire, cosinus", en="One-hot or dense, dot product, cosine"),
        Text(fr="opérations ; lire une ligne de la table", en="operations; reading a row of the table"),
        ("check embedding cosine_similarity", "words cooccurrence --similar cnn svm crop"),
        (
            "tests/oracle/test_ops.py::test_embedding",
            f"{VECTORS}::test_reading_a_row_of_the_table_is_the_product_with_a_one_hot",
        ),
        tutorials=(10,),
    ),
    Row(
        WORDS,
        Text(fr="Cooccurrences et SVD", en="Co-occurrence and SVD"),
        Text(
            fr="le corpus du cours, ses vecteurs à 8 décimales, et la variante corrigée",
            en="the course’s corpus, its vectors to 8 decimals, and the corrected variant",
        ),
        ("words cooccurrence -o map.svg", "words cooccurrence --set corpus=intact"),
        (
            f"{VECTORS}::test_the_courses_22_vectors_to_its_8_decimals",
            f"{VECTORS}::test_the_corrected_corpus_counts_the_last_and",
        ),
        tutorials=(10,),
    ),
    Row(
        WORDS,
        Text(
            fr="Word2Vec : CBOW (8), skip-gram (9), échantillonnage négatif (10), P(w) ∝ U^3/4, sous-échantillonnage",
            en="Word2Vec: CBOW (8), skip-gram (9), negative sampling (10), P(w) ∝ U^3/4, subsampling",
        ),
        Text(
            fr="appris sur un fichier de texte ; mots voisins, analogies, carte en deux dimensions",
            en="trained on a text file; nearest words, analogies, 2-D map",
        ),
        (
            "words word2vec roi --analogy père mère roi -o map.svg",
            "train word2vec --set architecture=cbow --set objective=softmax",
            "words word2vec --groups 6",
        ),
        (
            RECIPE,
            f"{VECTORS}::test_every_word2vec_answers_the_analogies",
            f"{VECTORS}::test_words_are_drawn_by_the_power_of_their_counts",
        ),
        tutorials=(10,),
    ),
    Row(
        WORDS,
        Text(fr="GloVe 2014, fastText 2016", en="GloVe 2014, fastText 2016"),
        Text(
            fr="moindres carrés pondérés sur les cooccurrences ; vecteurs de morceaux de mots pour un mot inconnu",
            en="weighted least squares on co-occurrences; vectors of pieces of words for an unknown word",
        ),
        ("words glove reine", "words fasttext boulangers"),
        (
            RECIPE,
            f"{VECTORS}::test_glove_is_weighted_least_squares",
            f"{VECTORS}::test_fasttext_answers_for_a_word_that_was_never_read",
        ),
        tutorials=(10,),
    ),
    Row(
        SEQUENCES,
        Text(fr="RNN : h_t, y_t, dépliage, h_0", en="RNN: h_t, y_t, unrolling, h_0"),
        Text(fr="le réseau déplié dans le temps", en="the network unrolled through time"),
        ("render rnn", "train rnn"),
        (RECIPE, "tests/cli/test_commands.py::test_render_unrolls_as_many_steps_as_asked"),
        tutorials=(11,),
    ),
    Row(
        SEQUENCES,
        Text(
            fr="Disparition du gradient : ReLU, LSTM et GRU, écrêtage",
            en="Vanishing gradient: ReLU, LSTM and GRU, clipping",
        ),
        Text(
            fr="‖∂L/∂h_t‖ selon t, jacobiennes, borne, verdict, chaque remède à part",
            en="‖∂L/∂h_t‖ against t, Jacobians, bound, verdict, each remedy by itself",
        ),
        (
            "flow rnn lstm gru --set reading=pixels",
            "flow rnn --activation relu --init identity --compare",
            "flow lstm --clip-norm 1",
        ),
        (
            f"{FLOW}::test_flow_is_the_gradient_of_each_state",
            f"{JACOBIAN}::test_a_linear_recurrence_keeps_rho_to_the_lag",
            f"{REMEDIES}::test_clipping_by_norm_is_the_training_loops",
        ),
        tutorials=(12,),
    ),
    Row(
        SEQUENCES,
        Text(fr="LSTM : portes f, i, o, C̃, C, h", en="LSTM: gates f, i, o, C̃, C, h"),
        Text(
            fr="chaque porte à chaque pas ; la route de C, produit des portes d’oubli à côté de ∂C_T/∂C_t mesuré",
            en="every gate at every step; the road of C, product of forget gates beside the measured ∂C_T/∂C_t",
        ),
        ("gates lstm", "gates lstm --set reading=order --compare", "train lstm"),
        (GATES, RECIPE, f"{REMEDIES}::test_at_rest_the_road_is_all_that_comes_back"),
        tutorials=(13,),
    ),
    Row(
        SEQUENCES,
        Text(fr="GRU : z, r, h̃, h", en="GRU: z, r, h̃, h"),
        Text(fr="les mêmes vues, dans les deux conventions", en="the same views, in both conventions"),
        ("gates gru", "gates gru --set convention=torch", "train gru"),
        (f"{FLOW}::test_gates_of_the_gru_obey_its_convention", RECIPE),
        tutorials=(14,),
    ),
    Row(
        SEQUENCES,
        Text(
            fr="Applications : traduction, génération de texte, séries temporelles, parole",
            en="Applications: translation, text generation, time series, speech",
        ),
        Text(
            fr="nombres français en lettres → chiffres, texte lettre à lettre, séries temporelles",
            en="French number words → digits, text letter by letter, time series",
        ),
        (
            "ask seq2seq quatre-vingt-dix-neuf",
            "ask lstm 'la vache' --set reading=text",
            "train gru --set reading=series",
            "train lstm --set reading=copy",
        ),
        (RECIPE, f"{READINGS}::test_each_reading_is_learned"),
        tutorials=(11,),
    ),
)


def _slip(said: Text, handled: Text, tests: tuple[str, ...] = (), commands: tuple[str, ...] = ()) -> Row:
    return Row(Text(fr="", en=""), said, handled, commands, tests)


SLIPS = (
    _slip(
        Text(fr="(3) et (4) : un produit avec σ′", en="(3) and (4): a product with σ′"),
        Text(
            fr="il se fait élément par élément ; softmax veut sa jacobienne, et avec l’entropie croisée δ = p − y",
            en="it is element-wise; softmax needs its Jacobian, and with cross-entropy δ = p − y",
        ),
        (EQUATIONS,),
        ("step mlp --course",),
    ),
    _slip(
        Text(fr="(5) et (6) : un seul exemple", en="(5) and (6): one sample"),
        Text(
            fr="un lot somme ou moyenne ; a⁽⁰⁾ = x est sous-entendu",
            en="a batch sums or averages; a⁽⁰⁾ = x is implied",
        ),
        (EQUATIONS,),
        ("step mlp --course",),
    ),
    _slip(
        Text(fr="softmax comme fonction d’un seul z", en="softmax as if of one z"),
        Text(
            fr="il lit toute la ligne, et retranche son maximum pour rester fini",
            en="it reads the whole row, and takes its maximum off to stay finite",
        ),
        ("tests/kernels/test_softmax.py::test_rows_at_the_ends", PROOF),
        ("check softmax",),
    ),
    _slip(
        Text(fr="ReLU « non saturante »", en="ReLU “non-saturating”"),
        Text(fr="elle sature pour z < 0 : unités mortes", en="it saturates for z < 0: dead units"),
        (
            f"{JACOBIAN}::test_nothing_comes_back_through_dead_units",
            "tests/explain/test_walk.py::test_saturation_and_dead_units_are_said",
        ),
        ("activations relu", "step neuron --set activation=relu"),
    ),
    _slip(
        Text(fr="Leaky ReLU : max(αz, z)", en="Leaky ReLU: max(αz, z)"),
        Text(fr="vaut seulement pour 0 < α < 1", en="holds for 0 < α < 1 only"),
        (PROOF, KINK),
        ("check leaky_relu",),
    ),
    _slip(
        Text(fr="z « pré-synaptique »", en="z “pre-synaptic”"),
        Text(fr="c’est la pré-activation", en="it is the pre-activation"),
        ("tests/explain/test_walk.py::test_the_neuron_line_by_line",),
        ("step neuron",),
    ),
    _slip(
        Text(fr="σ et tanh sans lien", en="σ and tanh unrelated"),
        Text(fr="tanh z = 2 σ(2z) − 1", en="tanh z = 2 σ(2z) − 1"),
        (f"{ACTIVATIONS}::test_tanh_is_a_sigmoid_stretched",),
        ("activations sigmoid tanh",),
    ),
    _slip(
        Text(fr="dropout", en="dropout"),
        Text(
            fr="deux modes, apprentissage et évaluation, et une échelle 1/(1 − p) à l’apprentissage",
            en="two modes, training and evaluation, and a scale 1/(1 − p) in training",
        ),
        (LAYERS, "tests/test_vocabulary.py::test_the_same_seed_drops_the_same_elements"),
        ("train alexnet",),
    ),
    _slip(
        Text(fr="« convolution » des CNN", en="“convolution” of CNNs"),
        Text(fr="c’est une corrélation croisée", en="it is cross-correlation"),
        (LAYERS,),
        ("check conv2d",),
    ),
    _slip(
        Text(fr="pooling et nombre de paramètres", en="pooling and the number of parameters"),
        Text(
            fr="le pooling n’en a pas ; il réduit ceux des couches denses qui suivent",
            en="pooling has none; it shrinks those of the dense layers after it",
        ),
        (PUBLISHED,),
        ("render lenet",),
    ),
    _slip(
        Text(fr="BatchNorm", en="BatchNorm"),
        Text(
            fr="γ, β, statistiques courantes, variance biaisée, ε sous la racine ; « covariate shift » est le décalage de covariables",
            en="γ, β, running statistics, biased variance, ε inside the root; “covariate shift”",
        ),
        (LAYERS,),
        ("check batch_norm",),
    ),
    _slip(
        Text(fr="SVD et ACP", en="SVD and PCA"),
        Text(fr="semblables seulement après centrage", en="alike only after centring"),
        (f"{VECTORS}::test_svd_is_pca_only_once_centred",),
        ("models show cooccurrence",),
    ),
    _slip(
        Text(fr="(8) et (9) : un vecteur par mot", en="(8) and (9): one vector a word"),
        Text(fr="Word2Vec a deux tables, entrée et sortie", en="Word2Vec has two tables, input and output"),
        (f"{VECTORS}::test_the_loss_is_the_opposite_of_equation_10_and_the_softmaxs_cross_entropy",),
        ("render word2vec --zoom op",),
    ),
    _slip(
        Text(fr="(10) comme coût", en="(10) as a loss"),
        Text(
            fr="elle est à maximiser : le coût est −L ; k tirages estiment l’espérance",
            en="it is to be maximised: the loss is −L; k samples estimate the expectation",
        ),
        (f"{VECTORS}::test_the_loss_is_the_opposite_of_equation_10_and_the_softmaxs_cross_entropy",),
        ("models show word2vec",),
    ),
    _slip(
        Text(fr="sous-échantillonnage sans formule", en="subsampling without a formula"),
        Text(
            fr="celle de l’article et celle du code diffèrent : les deux, nommées",
            en="the paper’s and the code’s differ: both, named",
        ),
        (f"{VECTORS}::test_subsampling_by_the_papers_formula_and_by_the_codes",),
        ("train word2vec --set subsampling=code",),
    ),
    _slip(
        Text(fr="analogies", en="analogies"),
        Text(fr="les trois mots de la question sont exclus", en="the three words of the query are excluded"),
        (f"{VECTORS}::test_analogies_leave_out_the_three_words_of_the_question",),
        ("words word2vec --analogy père mère roi",),
    ),
    _slip(
        Text(fr="σ du RNN et σ des portes", en="the RNN’s σ and the gates’ σ"),
        Text(
            fr="la première est toute non-linéarité, la seconde la sigmoïde",
            en="the first is any non-linearity, the second the sigmoid",
        ),
        (GATES, f"{JACOBIAN}::test_a_step_is_the_derivative_of_its_cell"),
        ("flow rnn --activation relu --compare", "gates lstm"),
    ),
    _slip(
        Text(fr="l’écrêtage parmi les remèdes à la disparition", en="clipping among the remedies for vanishing"),
        Text(
            fr="c’est le produit ∏ diag(σ′)·W_hh qui rétrécit ; l’écrêtage traite l’explosion",
            en="the product ∏ diag(σ′)·W_hh is what shrinks; clipping treats explosion",
        ),
        (f"{JACOBIAN}::test_the_chain_rule_joins_the_steps", f"{REMEDIES}::test_clipping_keeps_the_descent_on_the_map"),
        ("cliff", "flow lstm --clip-norm 1"),
    ),
    _slip(
        Text(fr="« * » dans LSTM et GRU", en="“*” in LSTM and GRU"),
        Text(
            fr="élément par élément ; f = 1 garde tout ; un biais d’oubli de 1 au départ est l’usage",
            en="element-wise; f = 1 keeps everything; a forget bias of 1 at the start is common",
        ),
        (GATES, f"{FLOW}::test_the_carousel_at_rest_keeps_sigma_of_the_forget_bias"),
        ("flow lstm --forget-bias 5 --compare",),
    ),
    _slip(
        Text(fr="GRU : deux conventions", en="GRU: two conventions"),
        Text(
            fr="le cours : h = (1 − z) h₋₁ + z h̃, r avant le produit ; PyTorch échange z et met r après",
            en="the course: h = (1 − z) h₋₁ + z h̃, r before the product; PyTorch swaps z and puts r after it",
        ),
        ("tests/oracle/test_recurrent.py::test_the_courses_gru_is_torchs_with_z_exchanged_where_r_is_one",),
        ("gates gru --set convention=torch",),
    ),
    _slip(
        Text(fr="dates", en="dates"),
        Text(
            fr="BERT est de 2018, les forêts aléatoires de 2001, DQN de 2013 et 2015, ViT de 2020",
            en="BERT is of 2018, random forests of 2001, DQN of 2013 and 2015, ViT of 2020",
        ),
        commands=("course",),  # a note, and the map shows it
    ),
)

COURSE = Course(
    Text(
        fr="Deep learning : introduction, vision, représentations distribuées, réseaux récurrents",
        en="Deep learning: introduction, vision, distributed representations, recurrent networks",
    ),
    ROWS,
    SLIPS,
)
