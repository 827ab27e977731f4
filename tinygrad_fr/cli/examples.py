"""Examples at the end of each command's help: the command line, and what it shows."""

from __future__ import annotations

from tinygrad_fr.locale import _


def examples() -> dict[str, list[tuple[str, str]]]:
    """A command's name → its examples."""
    return {
        "demo": [("demo -o demo", _("train on real digits, then open demo/index.html"))],
        "tutorial": [
            ("tutorial list", _("which there are, and how long each takes")),
            ("tutorial open 1", _("the first one, in Jupyter")),
            ("tutorial export 12 --run -o notebooks", _("one as a notebook, with its pictures")),
            ("tutorial progress", _("which exercises of this folder's notebooks are answered")),
        ],
        "slides": [
            ("slides 5 -o descent.pdf", _("one idea per page, with the tutorial's own pictures")),
            ("slides 5 -o descent.pptx", _("the same for PowerPoint, with what to ask the class in its notes")),
            ("slides 5 --only answers -o key.pdf", _("the answers of its exercises")),
        ],
        "course": [
            ("course", _("the whole map")),
            ("course --json", _("the same as data")),
        ],
        "models": [
            ("models", _("every model at hand")),
            ("models show lstm", _("one: what it is, and its settings")),
        ],
        "run": [
            ("run lesson.py", _("a script written for PyTorch, unchanged")),
            ("run --check lesson.py", _("which names of PyTorch it uses that are not here")),
            ("run --draw loss.svg lesson.py", _("and then its last backward pass, with its own lines and names")),
        ],
        "render": [
            ("render neuron --pass both -o neuron.svg", _("one neuron, with values and gradients")),
            ("render lstm --steps 100 -o lstm.svg", _("a hundred steps, rolled into one cell")),
            ("render lenet --size slide --theme dark -o lenet.png", _("for a projector in a dark room")),
            ("render mlp --set hidden=3 --zoom scalar -o mlp.pdf", _("down to single multiplications")),
        ],
        "step": [
            ("step neuron", _("→ and ← walk through it")),
            ("step neuron --plain", _("every step as text")),
            ("step lstm -o lstm.html", _("one page to walk through in a browser")),
            ("step neuron --derive", _("the chain rule written out")),
        ],
        "flow": [
            ("flow rnn lstm gru -o flow.svg", _("three models on one scale")),
            ("flow rnn --init orthogonal --compare", _("a remedy, beside the model without it")),
            ("flow lstm --during-training --json", _("what training does to it, as data")),
        ],
        "diagnose": [
            ("diagnose mlp -o health.svg", _("a sound training, and what it looks like")),
            ("diagnose mlp --set lr=5", _("one whose steps are too large")),
        ],
        "gallery": [("gallery -o gallery", _("every picture in one folder, with a page"))],
        "diff": [
            ("diff rnn lstm -o diff.svg", _("what one has and the other has not")),
            ("diff mlp mlp:hidden=8", _("one model, two settings")),
        ],
        "cliff": [("cliff -o cliff.svg", _("with clipping and without"))],
        "activations": [
            ("activations -o activations.svg", _("all of them on one page")),
            ("activations sigmoid tanh relu", _("three in the terminal")),
        ],
        "descent": [("descent -o descent.svg", _("every optimizer from the same point"))],
        "gates": [
            ("gates lstm -o gates.svg", _("every gate, step by step")),
            ("gates lstm --set reading=order --compare -o gates.svg", _("before and after training")),
        ],
        "attention": [("attention transformer -o attention.svg", _("every head as a map"))],
        "maps": [("maps lenet -o maps.svg", _("filters, and what each finds in a digit"))],
        "ask": [("ask seq2seq quatre-vingt-douze", _("a number read by a network, and where it looked"))],
        "train": [
            ("train mlp", _("by its recipe, with the learning curve in the terminal")),
            ("train lenet -d runs/lenet -o curve.svg", _("kept in a folder, the curve drawn")),
            ("train lenet -d runs/lenet --resume", _("go on where it was stopped")),
            ("train mlp --data flowers.csv --target kind", _("on a table of yours")),
        ],
        "export": [
            ("export lstm -o lstm.onnx", _("for onnxruntime and Netron")),
            ("export runs/lenet -o lenet.onnx", _("a trained run")),
        ],
        "compare": [("compare overfit remedy -o compare.svg", _("each remedy against overfitting"))],
        "sweep": [
            ("sweep mlp --grid lr=0.1,0.01 --grid hidden=8,16 --seeds 5 -d mlp", _("twenty runs, on every core")),
            ("sweep mlp --grid lr=0.1,0.01 -d shared --cluster tcp://host:8786", _("on a Dask cluster")),
        ],
        "words": [
            ("words word2vec roi --count 3", _("the nearest words")),
            ("words word2vec -o words.svg", _("all of them on a plane")),
        ],
        "plugins": [
            ("plugins list", _("where each comes from")),
            ("plugins new my-model", _("a package to start from")),
            ("plugins check my_model.py", _("its promises, one by one")),
        ],
        "check": [
            ("check tanh conv2d lstm", _("operations by name")),
            ("check my_op --plugin my_op.py --examples 200", _("one of yours; a failure is drawn")),
            ("check --all --examples 100000 --workers 4", _("everything, on four cores")),
        ],
        "probes": [("probes", _("what the engine does where others go wrong"))],
        "doctor": [
            ("doctor", _("what works here, and how to mend what does not")),
            ("doctor --json", _("the same, to go with a question")),
        ],
        "completion": [
            ("completion bash >> ~/.bashrc", _("in bash, from the next shell on")),
            ("completion zsh >> ~/.zshrc", _("in zsh")),
            ("completion fish > ~/.config/fish/completions/tinygrad-fr.fish", _("in fish")),
        ],
    }  # fmt: skip
