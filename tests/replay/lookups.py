"""Scripts that change a place where Python looks for what a step names, and what they are held to."""

import tinygrad_fr as tg


def scripts():
    """An empty list of scripts, and the decorator that enters one."""
    entered = []

    def script(function):
        """A program that gives what its calls gave, for a step that is run as it is or compiled."""
        entered.append(function)
        return function

    return entered, script


def plainly(given):
    """What a script gave, with the classes of its numbers."""
    if isinstance(given, tuple | list):
        return [plainly(each) for each in given]
    return (str(given.dtype), given.tolist()) if isinstance(given, tg.Tensor) else (type(given), given)


def sees_the_change(function):
    """Hold a compiled step to what the eager one gives, before and after the change."""
    expected = [plainly(given) for given in function(lambda step: step)]
    assert any(each != expected[0] for each in expected)
    assert [plainly(given) for given in function(tg.compile)] == expected
