"""Classifier plugins under scikit-learn's conventions."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from tinygrad_fr import random
from tinygrad_fr.bridges.estimator import PluginClassifier
from tinygrad_fr.errors import UsageError
from tinygrad_fr.plugins import Catalogue

ROWS, CLASSES = load_iris(return_X_y=True)
ABSENT = {"check_array_api_input", "check_classifier_data_not_an_array"}  # they need other libraries


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")  # scikit-learn's checks give what is deprecated too
def test_scikit_learns_own_checks():
    found = check_estimator(PluginClassifier(epochs=30), on_fail="raise", on_skip=None)
    assert {check["check_name"] for check in found if check["status"] != "passed"} <= ABSENT
    assert len(found) > 50


@pytest.mark.long
def test_a_search_over_settings_finds_what_learns():
    search = GridSearchCV(
        PluginClassifier("mlp", epochs=30), {"settings__hidden": [1, 16], "settings__lr": [1e-6, 0.01]}, cv=3
    )
    search.fit(ROWS, CLASSES)
    assert search.best_params_["settings__lr"] == 0.01
    assert search.best_score_ > 0.9
    assert search.best_estimator_.weights_["hidden.weight"].shape == (search.best_params_["settings__hidden"], 4)


def test_it_stands_in_a_pipeline_and_keeps_words_as_classes():
    names = np.array(["setosa", "versicolor", "virginica"])[CLASSES]
    chain = make_pipeline(StandardScaler(), PluginClassifier(epochs=40)).fit(ROWS, names)
    assert set(chain.predict(ROWS)) == set(names)
    assert chain.score(ROWS, names) > 0.9
    assert cross_val_score(clone(chain), ROWS, names, cv=3).mean() > 0.9


@pytest.mark.long
def test_images_are_read_as_such():
    images, labels = load_digits(return_X_y=True)
    model = PluginClassifier("lenet", shape=(8, 8), epochs=3).fit(images[:600] / 16, labels[:600])
    assert model.score(images[600:900] / 16, labels[600:900]) > 0.8
    np.testing.assert_allclose(model.predict_proba(images[:5] / 16).sum(1), 1)


def test_same_state_same_answers_and_nobody_elses_numbers_change():
    random.manual_seed(5)
    expected = random.rand(3).tolist()
    random.manual_seed(5)
    one, other = (PluginClassifier(epochs=3, random_state=7).fit(ROWS, CLASSES) for _each in range(2))
    assert random.rand(3).tolist() == expected
    assert np.array_equal(one.predict_proba(ROWS), other.predict_proba(ROWS))
    back = pickle.loads(pickle.dumps(one))
    assert np.array_equal(back.predict_proba(ROWS), one.predict_proba(ROWS))


def test_a_plugin_itself_will_do_and_one_that_sorts_nothing_is_refused():
    assert PluginClassifier(Catalogue().load("mlp"), epochs=20).fit(ROWS, CLASSES).score(ROWS, CLASSES) > 0.8
    with pytest.raises(UsageError, match="“gan” sorts nothing into classes"):
        PluginClassifier("gan").fit(ROWS, CLASSES)
    with pytest.raises(UsageError, match="unknown setting “hiden”"):
        PluginClassifier(settings={"hiden": 3}).fit(ROWS, CLASSES)
