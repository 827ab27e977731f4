"""Trainings that end as soon as what a test asks of them is decided."""

from tinygrad_fr.training import Training


def until(decided, model, settings, **more):
    """Train by the recipe, or until an epoch decides it."""
    training = Training(model, settings, **more)
    while not training.over and not (training.epochs and decided(training.epochs[-1])):
        training.turn()
    return training.finish()


def reached(model, settings, **more):
    """Whether a training reaches its score. Where the best weights are kept, no later epoch can take back what one reached."""
    recipe = model.recipe(settings)
    return until(
        lambda epoch: recipe.patience is not None and epoch.score >= recipe.score, model, settings, **more
    ).reached
