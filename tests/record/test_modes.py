"""Modes as decorators: with and without parentheses, of functions, methods and generators, and from several threads."""

import threading

import pytest

import tinygrad_fr as tg

DECORATORS = {
    "no_grad()": (lambda: tg.no_grad(), False),
    "no_grad": (lambda: tg.no_grad, False),
    "inference_mode()": (lambda: tg.inference_mode(), False),
    "inference_mode": (lambda: tg.inference_mode, False),
    "inference_mode(False)": (lambda: tg.inference_mode(False), True),
    "set_grad_enabled(False)": (lambda: tg.set_grad_enabled(False), False),
    "enable_grad": (lambda: tg.enable_grad, True),
}


@pytest.fixture(params=DECORATORS)
def mode(request):
    """A decorator, and whether gradients are recorded under it."""
    make, grad = DECORATORS[request.param]
    return make(), grad


def test_a_function_runs_in_its_mode_and_keeps_its_name(mode):
    decorate, grad = mode

    @decorate
    def told(x):
        """What it says."""
        return tg.is_grad_enabled(), (2 * x).requires_grad

    assert tg.is_grad_enabled()
    assert told(tg.ones(1, requires_grad=True)) == (grad, grad)
    assert (told.__name__, told.__doc__, tg.is_grad_enabled()) == ("told", "What it says.", True)


def test_a_generator_is_in_its_mode_while_it_runs(mode):
    decorate, grad = mode
    seen = []

    @decorate
    def steps():
        try:
            given = yield tg.is_grad_enabled()
            try:
                yield given, tg.is_grad_enabled()
            except ValueError:
                yield "caught", tg.is_grad_enabled()
            yield "last"
        finally:
            seen.append(tg.is_grad_enabled())
        return 5

    def outer():
        return (yield from steps())

    running = outer()
    assert next(running) is grad
    assert tg.is_grad_enabled()
    assert running.send(3) == (3, grad)
    assert running.throw(ValueError()) == ("caught", grad)
    assert next(running) == "last"
    with pytest.raises(StopIteration) as end:
        next(running)
    assert end.value.value == 5

    left = steps()
    next(left)
    left.close()
    assert seen == [grad, grad]
    assert tg.is_grad_enabled()


def test_an_error_inside_a_generator_leaves_the_mode():
    @tg.no_grad()
    def steps():
        yield 1
        raise KeyError("x")

    running = steps()
    next(running)
    with pytest.raises(KeyError):
        next(running)
    assert tg.is_grad_enabled()


def test_threads_share_a_decorated_function_and_not_its_mode():
    together = threading.Barrier(2)
    found = {}

    @tg.no_grad()
    def meet():
        together.wait()
        together.wait()
        return tg.is_grad_enabled()

    def run(grad):
        with tg.set_grad_enabled(grad):
            inside = meet()
            found[grad] = inside, tg.is_grad_enabled()

    threads = [threading.Thread(target=run, args=(grad,)) for grad in (True, False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {True: (False, True), False: (False, False)}
