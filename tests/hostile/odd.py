"""Cases from other angles: what is no ordinary file, what says one thing and holds another, signs that look like numbers."""

import io
import json
import os
import zipfile

import numpy as np

from tests.hostile.cases import GOOD, TRAIN, npy, photo, written


def special(make):
    """A place that is no ordinary file, where a table is asked for."""

    def case(folder):
        path = folder / "t.csv"
        make(path)
        return (*TRAIN, str(path))

    return case


def looped(path):
    (path.parent / "other.csv").symlink_to(path)
    path.symlink_to("other.csv")


def pipe(path):
    os.mkfifo(path)


SPECIAL = {
    "a loop of links": looped,
    "a link to nothing": lambda path: path.symlink_to("nowhere.csv"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to zeros without end": lambda path: path.symlink_to("/dev/zero"),
    "a link to noise without end": lambda path: path.symlink_to("/dev/urandom"),
    "a link to nothing at all": lambda path: path.symlink_to("/dev/null"),
    "a pipe that nobody writes to": pipe,
    "a folder of its name": lambda path: path.mkdir(),
    "a link to the folder around it": lambda path: path.symlink_to("."),
}


def bomb(name, members):
    """An archive whose members are much larger than it is."""

    def case(folder):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for member, size in members.items():
                with archive.open(member, "w", force_zip64=True) as into:
                    for _part in range(size // 2**22):
                        into.write(bytes(2**22))
        path = written(folder, name, file.getvalue())
        return (
            (*TRAIN, str(path)) if name.endswith("npz") else ("render", "neuron", "-o", "x.svg", "--weights", str(path))
        )

    return case


def torch_like(folder):
    """An archive as torch saves one: its pickle is never read."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("m/data.pkl", b"cos\nsystem\n(S'touch hacked'\ntR.")
    return "render", "neuron", "-o", "x.svg", "--weights", str(written(folder, "m.pt", file.getvalue()))


ARRAYS = {
    "other end first, nan": npy(np.array([[1, np.nan], [0, 1]], ">f4")),
    "columns first, cut": npy(np.asfortranarray(np.ones((9, 9))))[:-8],
    "dates": npy(np.array([["2020-01-01", "NaT"]], "datetime64[s]")),
    "spans": npy(np.array([[1, 2]], "timedelta64[D]")),
    "fields within fields": npy(np.zeros(4, [("a", [("b", "f4"), ("c", "i2")]), ("d", "f4", 3)])),
    "texts of other ends": npy(np.array([["é", "b"]], ">U3")),
    "objects that are arrays": npy(np.array([[np.ones(2), None]], object)),
    "very wide texts": npy(np.zeros((2, 2), "U9999")),
    "extended numbers": npy(np.full((4, 3), np.longdouble("1e4000"))),
    "booleans": npy(np.ones((4, 2), bool)),
    "a picture": photo(),
    "a table": GOOD.encode("utf-8-sig"),
}
TABLES = {
    "lines of three kinds, a word": b"a,b,kind\r\n1,2,x\n3,4,y\r5,six,x\n",
    "UTF-16 without a mark": GOOD.encode("utf-16-le"),
    "UTF-16 with the mark of the other end": b"\xfe\xff" + GOOD.encode("utf-16-le"),
    "a mark in the middle": GOOD.encode() + b"\xef\xbb\xbf1,2,x\n",
    "numbers of other scripts, mixed": (GOOD + "1²,2,x\n").encode(),
    "a minus of typography": (GOOD + "1,\u22122..,x\n").encode(),
    "words of two directions": (GOOD + "\u202e1\u202c,z,x\n").encode(),
    "a name of escapes": b"\x1b]0;a\x07,b,kind\n1,x,y\n2,3,z\n",
    "pickled": b"\x80\x05\x95.",
    "an archive": b"PK\x05\x06" + bytes(18),
    "a name twice after folding": b"a,A,kind\n1,x,y\n1,2,z\n",
}
WEIGHTS = {
    "a name twice": '{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
    "NaN for a side": '{"w":{"dtype":"F32","shape":[NaN],"data_offsets":[0,4]}}',
    "infinity for an end": '{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,Infinity]}}',
    "a side of 5 000 digits": '{"w":{"dtype":"F32","shape":[' + "9" * 5000 + '],"data_offsets":[0,4]}}',
    "a mark first": '\ufeff{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
    "half of a pair": '{"\\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
    "true for a side": '{"w":{"dtype":"F32","shape":[true],"data_offsets":[0,4]}}',
    "1.0 for a side": '{"w":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}',
}
NAMES = {
    "emoji": "🦊.onnx", "a quote": "a'\"b.onnx", "a newline": "a\nb.onnx", "a bell": "a\x07b.onnx", "very long": "x" * 300 + ".onnx",
    "up and up": "../" * 400 + "m.onnx", "a drive": "C:\\models\\m.onnx", "a reserved name": "CON.onnx", "a colon": "m.onnx:stream", "a tilde": "~nobody/m.onnx",
    "a dash": "-m.onnx", "surrogates": "m\udcff.onnx", "a variable": "$HOME/m.onnx", "two directions": "\u202exnno.m.onnx", "blanks": " m .onnx",
}  # fmt: skip
OPTIONS = [
    ("train", "mlp", "--epochs", "١.٥"), ("train", "mlp", "--epochs", "²"), ("train", "mlp", "--epochs", "1e3"), ("train", "mlp", "--epochs", "0x10"),
    ("train", "mlp", "--seed", "nan"), ("train", "mlp", "--seed", "-٣"), ("train", "mlp", "--limit", "-inf"), ("train", "mlp", "--limit", "nan"),
    ("render", "mlp", "--dpi", "1e99", "-o", "x.png"), ("render", "mlp", "--radius", "nan", "--around", "x"), ("render", "lstm", "--steps", "∞"),
    ("render", "lstm", "--time", "-1..-5"), ("render", "lstm", "--time", "nan..2"), ("train", "mlp", "--set", "hidden=½"), ("train", "mlp", "--set", "lr=1e-400x"),
    ("train", "mlp", "--set", "hidden=" + "9" * 5000), ("render", "neuron", "--at", "w=nan"), ("render", "w*x", "--at", "w=1e999,x=1"), ("render", "w*x", "--at", "w=1,w=2"),
    ("render", "w*" * 3000 + "x"), ("render", "(" * 3000), ("render", "x" + "\0"), ("render", "mlp", "-o", "x\0.svg"), ("train", "mlp", "--plugin", "\0.py"),
]  # fmt: skip


def safetensors(text):
    head = text.encode("utf-8", "surrogatepass")
    return len(head).to_bytes(8, "little") + head + bytes(4)


def cases():
    """Every case: its name, and what makes its files and gives the arguments."""
    for what, make in SPECIAL.items():
        yield f"special: {what}", special(make)
    yield "bomb: an array", bomb("t.npz", {"x.npy": 2**30, "y.npy": 2**22})
    yield "bomb: many arrays", bomb("t.npz", {f"a{i}.npy": 2**27 for i in range(8)})
    yield "bomb: as torch saves", bomb("m.pt", {"m/data.pkl": 2**30})
    yield "a pickle as torch saves one", torch_like
    for what, data in ARRAYS.items():
        yield f"array: {what}", lambda folder, data=data: (*TRAIN, str(written(folder, "t.npy", data)))
    for what, data in TABLES.items():
        yield f"table: {what}", lambda folder, data=data: (*TRAIN, str(written(folder, "t.csv", data)))
    for what, text in WEIGHTS.items():
        yield f"weights: {what}", lambda folder, text=text: ("render", "neuron", "-o", "x.svg", "--weights", str(written(folder, "w.safetensors", safetensors(text))))  # fmt: skip
    for what, name in NAMES.items():
        yield f"name: {what}", lambda folder, name=name: ("render", name, "-o", "x.svg")
    for i, line in enumerate(OPTIONS):
        yield f"option {i}: {json.dumps(line[-1][:20])}", lambda folder, line=line: line
