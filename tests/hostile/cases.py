"""Files, names and options that somebody might give, by accident or on purpose: each is to end in one sentence."""

import gzip
import io
import itertools
import json
import struct
import zipfile
import zlib

import numpy as np
from PIL import Image

TRAIN = ("train", "mlp", "--epochs", "1", "--data")


def written(folder, name, data):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    data = data() if callable(data) else data  # what is long to make, and only for the test that asks for it
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def file_cases(family, name, contents, command=TRAIN):
    """A case for each content of a file of some name."""
    for i, (what, data) in enumerate(contents.items()):
        yield f"{family}: {i} {what}"[:60], lambda folder, data=data: (*command, str(written(folder, name, data)))


GOOD = "a,b,kind\n" + "1,2,x\n3,4,y\n" * 5

TABLES = {
    "empty": "", "a newline": "\n", "newlines": "\n" * 1000, "only a header": "a,b,kind\n", "one column": "a\nx\ny\n",
    "one cell": "1", "no class": "a,b\n1,2.5\n3,4.5\n5,6.5\n", "one class": "a,kind\n1,x\n2,x\n", "a name twice": "a,a,kind\n1,2,x\n",
    "no name": "a,,kind\n1,2,x\n", "numbers as names": "1,2,3\n4,5,6\n", "ragged": "a,b,kind\n1,2\n", "too long a line": GOOD + "1,2,3,x\n",
    "a word": GOOD + "one,2,x\n", "missing": GOOD + ",2,x\n", "nothing": GOOD + ",,\n", "nan": GOOD + "nan,2,x\n", "inf": GOOD + "1,inf,x\n",
    "-inf": GOOD + "-Infinity,2,x\n", "too large": GOOD + "1e400,2,x\n", "too large for 32 bits": GOOD + "1e39,2,x\n", "python’s": GOOD + "1_000,2,x\n",
    "hexadecimal": GOOD + "0x10,2,x\n", "a date": GOOD + "2024-01-01,2,x\n", "a fraction": GOOD + "1/2,2,x\n", "percent": GOOD + "5%,2,x\n",
    "a formula": GOOD + "=1+1,2,x\n", "money": GOOD + "$5,2,x\n", "a NUL": GOOD + "1\0,2,x\n", "NULs": b"\0" * 5000,
    "no class here": GOOD + "1,2,\n", "class NaN": GOOD + "1,2,nan\n", "open quote": GOOD + '1,"2,x\n', "quote inside": GOOD + '1,2"2,x\n',
    "quotes": '"' * 999, "a long cell": GOOD + "1," + "2" * 140_000 + ",x\n", "a long line": "a" * (2**24 + 5), "a long line of cells": GOOD + "1," * 40_000 + "x\n",
    "columns": ",".join(f"c{i % 20_000}" for i in range(20_001)) + "\n1\n", "utf-16": GOOD.encode("utf-16"), "utf-32": GOOD.encode("utf-32"),
    "latin-1": GOOD.replace("x", "é").encode("latin-1"), "cp1252": GOOD.replace("x", "€").encode("cp1252"), "half a character": GOOD.encode() + b"1,2,\xc3",
    "a BOM": "\ufeff", "two BOMs": "\ufeff\ufeff" + GOOD.replace("1,", "?,"), "bytes": bytes(range(256)), "a PNG": b"\x89PNG\r\n\x1a\n" + bytes(99),
    "gzip": gzip.compress(GOOD.encode(), mtime=0), "a page": "<!doctype html><html><table><tr><td>1</td></tr></table></html>", "JSON": json.dumps({"a": [1, 2]}),
    "semicolons, a word": GOOD.replace(",", ";") + "x;2;x\n", "tabs, ragged": GOOD.replace(",", "\t") + "1\t2\n", "old Mac’s lines, ragged": GOOD.replace("\n", "\r") + "1\r",
    "two decimal commas": "a;b;kind\n" + "1,5;2;x\n" * 3 + "1,2,3;4;y\n", "spaces": "a b kind\n1 2 x\n", "escapes": GOOD + "\x1b[31m,2,x\n", "all different": "a,kind\n" + "".join(f"{i},k{i}\n" for i in range(50)),
    "bars": GOOD.replace(",", "|"), "infinite class": "a,b\n1,inf\n2,inf\n", "line separators": GOOD.replace("\n", "\u2028"),
}  # fmt: skip


def npy(array, **more):
    file = io.BytesIO()
    np.save(file, array, **more)
    return file.getvalue()


def header(text, version=(1, 0)):
    data = text.encode("latin-1")
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H" if version[0] == 1 else "<I", len(data)) + data


def shaped(shape, dtype="<f4", more=b"", order="False"):
    return header(f"{{'descr': {dtype!r}, 'fortran_order': {order}, 'shape': {shape}, }}") + more


TABLE = npy(np.array([[1.0, 2, 0], [3, 4, 1]] * 4))
ARRAYS = {
    "empty": b"", "magic": b"\x93NUMPY", "version 9": header("{}", (9, 0)), "version 3": header("{}", (3, 0)), "header cut": TABLE[:40], "cut": TABLE[:-5],
    "no header": header(""), "a list": header("[]"), "code": header("__import__('os').system('true')"), "deep": header("(" * 4000), "signs": header("-" * 9000 + "1"), "long header": header("{" + " " * 60_000 + "}"),
    "no shape": header("{'descr': '<f4', 'fortran_order': False}"), "shape of a word": shaped("'x'"), "negative": shaped((-1, 3)), "huge": shaped((10**12, 3)), "huger": shaped((2**62, 2**62)), "float sides": shaped((2.0, 3)),
    "33 sides": shaped((1,) * 33, more=b"1234"), "65 sides": shaped((1,) * 65, more=b"1234"), "unknown type": shaped((2, 3), "<q9"), "type of a word": shaped((2, 3), "hello"), "wide type": shaped((2, 3), "<V999999999"), "no width": shaped((2, 3), "<V0"),
    "order of a word": shaped((2, 3), order="'x'"), "objects": npy(np.array([[1, None]], dtype=object)), "a pickle": b"\x80\x04N.", "texts": npy(np.array([["a", "b"]])), "bytes": npy(np.array([[b"a", b"b"]])), "complex": npy(np.ones((4, 3), complex)),
    "dates": npy(np.array([["2024-01-01"] * 3], "datetime64[D]")), "records": npy(np.zeros(3, [("a", "f4"), ("b", "i4")])), "a number": npy(np.array(3.0)), "a row": npy(np.arange(5.0)), "one column": npy(np.ones((5, 1))), "cube": npy(np.ones((2, 3, 4))),
    "no rows": npy(np.ones((0, 3))), "no columns": npy(np.ones((3, 0))), "classes with points": npy(np.array([[1.0, 0.5], [2, 1.5]])), "NaN class": npy(np.array([[1.0, np.nan], [2, 1]])), "infinite class": npy(np.array([[1.0, np.inf], [2, 1]])), "huge class": npy(np.array([[1.0, 1e30], [2, 1]])),
    "NaN": npy(np.array([[np.nan, 0], [2, 1.0]])), "inf": npy(np.array([[np.inf, 0], [2, 1.0]])), "too large for 32 bits": npy(np.array([[1e200, 0], [2, 1.0]])), "one class": npy(np.ones((4, 3))), "a table in text": GOOD, "zeros": bytes(999),
}  # fmt: skip


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def archive(members, method=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for name, data in members.items():
            made.writestr(zipfile.ZipInfo(name), data, method)
    return file.getvalue()


def lying(data, size):
    """An archive whose directory says another size of its first member."""
    place = data.index(b"PK\x01\x02") + 24
    return data[:place] + struct.pack("<I", size) + data[place + 4 :]


X, Y = np.arange(12.0).reshape(6, 2), np.arange(6) % 2
WHOLE = npz(x=X, y=Y)
ARCHIVES = {
    "empty": b"", "no members": archive({}), "cut": WHOLE[:-30], "no end": WHOLE[:-22], "middle": WHOLE[:100] + b"\xff" * 20 + WHOLE[120:], "no y": npz(x=X), "no x": npz(y=Y), "other names": npz(a=X, b=Y),
    "lengths": npz(x=X, y=Y[:4]), "x of texts": npz(x=np.array(["a"] * 6), y=Y), "y of texts": npz(x=X, y=np.array(["a", "b"] * 3)), "y of points": npz(x=X, y=Y + 0.5), "y of NaN": npz(x=X, y=np.full(6, np.nan)), "y in a table": npz(x=X, y=X),
    "y a number": npz(x=X, y=np.array(1)), "x a number": npz(x=np.array(1.0), y=Y), "one class": npz(x=X, y=Y * 0), "nothing": npz(x=X[:0], y=Y[:0]), "NaN": npz(x=X * np.nan, y=Y), "complex": npz(x=X * 1j, y=Y), "objects": archive({"x.npy": npy(np.array([None, 1]), allow_pickle=True), "y.npy": npy(Y)}),
    "text inside": archive({"x.npy": b"hello", "y.npy": npy(Y)}), "empty inside": archive({"x.npy": b"", "y.npy": npy(Y)}), "huge claim inside": archive({"x.npy": shaped((10**9, 2)), "y.npy": npy(Y)}), "path": archive({"../x.npy": npy(X), "y.npy": npy(Y)}),
    "bomb": lambda: archive({"x.npy": shaped((2**29,), "|u1", bytes(2**20)) + bytes(2**27), "y.npy": npy(Y)}, zipfile.ZIP_DEFLATED), "bomb of small": lambda: archive({"x.npy": shaped((2**26,), "|u1", bytes(2**26)), "y.npy": npy(Y)}, zipfile.ZIP_DEFLATED),
    "says 4 GB": lying(WHOLE, 2**32 - 2), "says nothing": lying(WHOLE, 0), "lzma": archive({"x.npy": b"hello" * 99, "y.npy": npy(Y)}, zipfile.ZIP_LZMA), "bzip2": archive({"x.npy": b"", "y.npy": b"x"}, zipfile.ZIP_BZIP2), "shapes of both halves": npz(x_train=X, y_train=Y, x_test=X[:, :1], y_test=Y), "half of the halves": npz(x_train=X, x_test=X, y_test=Y),
    "negative label too large": npz(x=X, y=np.array([2.0**70] * 6)),
}  # fmt: skip


def idx(kind, sizes, data=b"", start=b"\0\0"):
    return start + bytes([kind, len(sizes) % 256]) + b"".join(struct.pack(">I", size) for size in sizes) + data


LABELS = idx(8, (4,), bytes([0, 1, 0, 1]))
PIXELS = idx(8, (4, 2, 2), bytes(range(16)))
IMAGES = {
    "empty": b"", "2 bytes": b"\0\0", "magic": b"\1\2\3\4", "a type of its own": idx(7, (4, 2, 2), bytes(16)), "no dimensions": idx(8, ()), "header cut": PIXELS[:9], "cut": PIXELS[:-1], "too long": PIXELS + b"0", "one dimension": LABELS,
    "33 dimensions": idx(8, (1,) * 33, b"1"), "65 dimensions": idx(8, (1,) * 65, b"1"), "255 dimensions": idx(8, (1,) * 255, b"1"), "huge": idx(8, (2**32 - 1,) * 3), "overflow": idx(14, (2**31,) * 9), "no images": idx(8, (0, 2, 2)), "no pixels": idx(8, (4, 0, 2)), "3 images": idx(8, (3, 2, 2), bytes(12)),
    "NaN": idx(13, (4, 1, 1), struct.pack(">ffff", 1, 2, float("nan"), 3)), "inf": idx(14, (4, 1, 1), struct.pack(">dddd", 1, 2, float("inf"), 3)), "too large": idx(14, (4, 1, 1), struct.pack(">dddd", 1, 2, 1e300, 3)), "a table": GOOD, "gzip’s magic": b"\x1f\x8b", "gzip cut": gzip.compress(PIXELS, mtime=0)[:-9], "gzip’s sum": gzip.compress(PIXELS, mtime=0)[:-8] + bytes(8),
    "gzip of gzip": gzip.compress(gzip.compress(PIXELS, mtime=0), mtime=0), "gzip of nothing": gzip.compress(b"", mtime=0), "bomb": lambda: gzip.compress(idx(8, (2**14, 2**8, 2**8)) + bytes(2**24), mtime=0), "bomb after its end": lambda: gzip.compress(PIXELS + bytes(2**26), mtime=0), "zlib": zlib.compress(PIXELS),
}  # fmt: skip
ANSWERS = {
    "empty": b"", "images": PIXELS, "3 labels": idx(8, (3,), bytes(3)), "5 labels": idx(8, (5,), bytes(5)), "one class": idx(8, (4,), bytes(4)), "cut": LABELS[:-1], "text": "labels", "gzip cut": gzip.compress(LABELS, mtime=0)[:9],
}  # fmt: skip


def pair(images, labels):
    def make(folder):
        written(folder, "t-labels-idx1-ubyte", labels)
        return (*TRAIN, str(written(folder, "t-images-idx3-ubyte", images)))

    return make


def photo(mode="L", size=(5, 4), form="PNG", **more):
    file = io.BytesIO()
    Image.new(mode, size).save(file, form, **more)
    return file.getvalue()


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, depth=8, colour=0, data=b""):
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")  # fmt: skip


def floats(values):
    file = io.BytesIO()
    Image.fromarray(np.asarray(values, np.float32).reshape(2, 2)).save(file, "TIFF")
    return file.getvalue()


def ints(values):
    file = io.BytesIO()
    Image.fromarray(np.asarray(values, np.int32).reshape(2, 2)).save(file, "TIFF")
    return file.getvalue()


PHOTOS = {
    "x.png": {
        "empty": b"", "magic": b"\x89PNG\r\n\x1a\n", "text": "no picture", "a JPEG": photo(form="JPEG"), "cut": photo(size=(50, 40))[:-40], "header cut": photo()[:20], "no data": png(5, 4), "no width": png(0, 4), "no height": png(5, 0), "no depth": png(5, 4, 0), "depth 3": png(5, 4, 3), "colour 9": png(5, 4, 8, 9),
        "13 300²": png(13_300, 13_300), "60 000²": png(60_000, 60_000), "2³¹": png(2**31 - 1, 2**31 - 1), "16 bits, 13 300²": png(13_300, 13_300, 16), "a broken chunk": photo()[:30] + b"\xff" * 9 + photo()[39:],
        "SVG": "<svg xmlns='http://www.w3.org/2000/svg'/>", "a GIF": photo(form="GIF"), "zeros": bytes(500),
    },
    "x.jpg": {"empty": b"", "cut": photo(size=(90, 90), form="JPEG")[:200], "a PNG": photo(), "text": "x", "magic": b"\xff\xd8\xff"},
    "x.gif": {"empty": b"", "header": b"GIF89a", "sides": b"GIF89a" + b"\xff" * 7, "text": "x"},
    "x.bmp": {"empty": b"", "header": b"BM" + bytes(52), "text": "x", "sides": photo(form="BMP")[:18] + struct.pack("<ii", 2**30, 2**30) + photo(form="BMP")[26:]},
    "x.tif": {
        "empty": b"", "header": b"II*\0", "circle": b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 0) + struct.pack("<I", 8), "far": b"II*\0" + struct.pack("<I", 2**31), "text": "x",
        "above 1": floats([0, 1, 2, 3]), "below 0": floats([-1, 0, 0, 1]), "NaN": floats([0, 1, np.nan, 0]), "inf": floats([0, 1, np.inf, 0]), "32 bits": ints([0, 10**6, 5, 7]), "negative": ints([-5, 0, 5, 7]),
    },
    "x.pgm": {"empty": b"", "header": b"P5", "words": b"P5 a b c", "sides": b"P5 99999 99999 255\n", "no top": b"P5 2 2 0\n1234", "cut": b"P5 20 20 255\n12"},
    "x.webp": {"empty": b"", "text": "x", "riff": b"RIFF\x24\0\0\0WEBPVP8 "},
}  # fmt: skip


def in_folder(name, data):
    def make(folder):
        written(folder, f"photos/a/{name}", data)
        written(folder, "photos/b/y.png", photo())
        return (*TRAIN, str(folder / "photos"))

    return make


def folders():
    """Folders that are no folders of images."""

    def of(*names):
        def make(folder):
            (folder / "photos").mkdir()
            for name in names:
                written(folder, f"photos/{name}", photo())
            return (*TRAIN, str(folder / "photos"))

        return make

    yield "folder: nothing in it", of()
    yield "folder: one class", of("a/x.png")
    yield "folder: images alone", of("x.png", "y.png")
    yield "folder: no images in one", of("a/x.png", "b/x.txt")
    yield "folder: hidden ones", of(".a/x.png", ".b/x.png")
    yield "folder: a folder named as an image", of("a/x.png", "b/x.png/z.png")
    yield "folder: of another suffix", of("a/x.heic", "b/x.heic")


def tensors(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def one(dtype="F32", shape=(2,), ends=(0, 8), name="w"):
    return {name: {"dtype": dtype, "shape": list(shape), "data_offsets": list(ends)}}


WEIGHTS = {
    "empty": b"", "7 bytes": b"1234567", "no header": tensors(b""), "length": tensors(b"{}", length=99), "2⁶³": tensors(b"{}", length=2**63), "2⁶⁴": tensors(b"{}", length=2**64 - 1), "text": "weights", "no JSON": tensors(b"hello"), "list": tensors(b"[]"), "number": tensors(b"3"), "deep": tensors(b'{"a":' * 100_000), "deep lists": tensors(b"[" * 100_000),
    "nothing": tensors({}), "data of nobody": tensors({}, b"x" * 9), "cut": tensors(one()), "too long": tensors(one(), bytes(9)), "shape": tensors(one(shape=(3,)), bytes(8)), "negative": tensors(one(shape=(-2,)), bytes(8)), "huge": tensors(one(shape=(2**40, 2**40)), bytes(8)), "type": tensors(one("F99"), bytes(8)), "bfloat16": tensors(one("BF16", (4,)), bytes(8)), "float8": tensors(one("F8_E4M3", (8,)), bytes(8)),
    "ends": tensors(one(ends=(8, 0)), bytes(8)), "outside": tensors(one(ends=(0, 99)), bytes(8)), "before": tensors(one(ends=(-8, 0)), bytes(8)), "hole": tensors(one(ends=(8, 16)), bytes(16)), "overlap": tensors({**one(), **one(name="v")}, bytes(8)), "no type": tensors({"w": {"shape": [2], "data_offsets": [0, 8]}}, bytes(8)), "words": tensors({"w": "x"}), "metadata": tensors({"__metadata__": 3}), "deep metadata": tensors({"__metadata__": {"a": {"b": 1}}}),
    "others": tensors(one(), bytes(8)), "latin": tensors(b'{"\xe9": 1}'), "twice": tensors(b'{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', bytes(8)), "a pickle": b"\x80\x02}q\x00.", "torch’s zip": archive({"archive/data.pkl": b"\x80\x02}q\x00."}), "zeros": bytes(4096), "ones": b"\xff" * 4096,
    "a long name": tensors(one(name="w" * 100_000), bytes(8)), "names": tensors({f"w{i}": one()["w"] | {"data_offsets": [8 * i, 8 * i + 8]} for i in range(3000)}, bytes(24_000)),
}  # fmt: skip
CONFIGS = {
    "empty": "", "null": "null", "a list": "[]", "a number": "3", "a text": '"mlp"', "open": "{", "deep": '{"a":' * 100_000, "deep lists": "[" * 100_000, "NaN": '{"model": NaN}', "digits": '{"seed": ' + "1" * 9000 + "}", "bytes": b"\xff\xfe", "BOM": "\ufeff{}", "NUL": "\0", "nothing": "{}", "half a character": '{"model": "\\ud800", "settings": {}}', "utf-16": "{}".encode("utf-16"),
}  # fmt: skip
FIELDS = {
    "model": [None, 3, 1.5, True, [], {}, "no such", "", "a\0b", "../mlp", "x" * 9999], "settings": [None, 3, "x", [], {"no": 1}, {"gate": 3}, {"gate": None}, {"gate": []}, {"lr": "fast"}, {"lr": -1}, {"lr": {}}],
    "seed": [None, "x", 1.5, True, -1, [], {}], "epochs": ["x", 0, -1, 1.5, True, [], {}], "weights": [3, [], {}, True], "data": [3, "x", [], {}, {"path": "no", "target": None}, {"path": 3, "target": 3, "fingerprint": 3}, {"path": "no.csv", "target": None, "fingerprint": "x", "more": 1}, {"path": "a\0b.csv", "target": None, "fingerprint": "x"}, {"path": "x" * 5000, "target": None, "fingerprint": ""}],
    "version": [None, 3, "", "99.0", []], "more": [1], "": [None],
}  # fmt: skip


def config(text, command):
    def make(folder):
        path = written(folder, "run/config.json", text)
        return (
            *command,
            str(path.parent),
            *(("--resume",) if command[0] == "train" else ("-o", str(folder / "x.onnx"))),
        )

    return make


def configs():
    whole = {"model": "neuron", "settings": {"gate": "and"}, "seed": 0, "epochs": None, "weights": None, "data": None, "version": VERSION}  # fmt: skip
    texts = {**CONFIGS, **{f"{field} = {json.dumps(value)[:25]}": json.dumps({**whole, field: value}) for field, values in FIELDS.items() for value in values}}  # fmt: skip
    texts |= {f"no {field}": json.dumps({k: v for k, v in whole.items() if k != field}) for field in ("model", "settings")}  # fmt: skip
    for what, text in texts.items():
        yield f"config: {what}", config(text, ("train", "neuron", "--run"))
    for what in CONFIGS:
        yield f"config, exported: {what}", config(texts[what], ("export",))


def checkpoints():
    for what, data in itertools.chain(WEIGHTS.items(), {"no words": tensors({"__metadata__": {"x": "y"}}), "deep words": tensors({"__metadata__": {"checkpoint 1": "[" * 100_000}}), "other words": tensors({"__metadata__": {"checkpoint 1": "{}"}}), "words of none": tensors({"__metadata__": {"checkpoint 1": "x"}})}.items()):  # fmt: skip

        def make(folder, data=data):
            whole = {"model": "neuron", "settings": {}, "version": VERSION}
            written(folder, "run/config.json", json.dumps(whole))
            return (
                "train",
                "neuron",
                "--resume",
                "--run",
                str(written(folder, "run/checkpoint.safetensors", data).parent),
            )

        yield f"checkpoint: {what}", make


NAMES = {
    "none": "", "spaces": "  ", "NUL": "a\0b", "300 letters": "a" * 300, "5000 letters": "a/" * 2500, "half a character": "\ud800", "under a file": "/dev/null/x", "nowhere": "/no/such/x", "é of 200": "é" * 200,
}  # fmt: skip
PLACES = {
    "run": ("train", "neuron", "--epochs", "1", "--run"), "resume": ("train", "neuron", "--resume", "--run"), "data": TRAIN, "weights": ("render", "neuron", "-o", "x.svg", "--weights"), "plugin": ("models", "--plugin"),
    "picture": ("render", "neuron", "-o"), "curve": ("train", "neuron", "--epochs", "1", "--weights"), "sweep": ("sweep", "neuron", "--grid", "gate=and,or", "--run"), "export": ("export", "neuron", "--weights"), "text": ("words", "word2vec", "--data"),
}  # fmt: skip


def names():
    for place, command in PLACES.items():
        for what, name in NAMES.items():
            if (place, what) in (("run", "nowhere"), ("sweep", "nowhere")):
                continue  # is made
            ended = f"{name}.svg" if place == "picture" and name.strip() else name
            yield f"name of {place}: {what}", lambda folder, command=command, ended=ended: (*command, ended)


OPTIONS = """train
train nothing
train mlp --epochs 0
train mlp --epochs -1
train mlp --epochs 1.5
train mlp --epochs x
train mlp --epochs 99999999999999999999x
train mlp --seed -1
train mlp --seed x
train mlp --set
train mlp --set x
train mlp --set =
train mlp --set no=1
train mlp --set hidden=
train mlp --set hidden=0
train mlp --set hidden=-1
train mlp --set hidden=1e9
train mlp --set hidden=nan
train mlp --set lr=nan
train mlp --set lr=inf
train mlp --set lr=-1
train mlp --resume
train mlp --target x
train mlp --limit 0
train mlp --limit x
train mlp --confusion x.docx
train mlp -o x.docx
train mlp -o noend
train lstm --confusion x.svg
train mlp --no-such
train mlp mlp
render
render nothing
render mlp --zoom nearer
render mlp --pass sideways
render lstm --steps 0
render lstm --steps -3
render mlp --steps 3
render lstm --time x
render lstm --time 5..2
render lstm --time 0
render mlp --theme pink
render mlp --size vast
render mlp --color loud
render mlp --around nobody
render mlp --around x --radius -1
render mlp -o x.docx
render mlp -o .
render mlp -o x.svg/
step mlp --json --nothing
diff mlp
diff mlp mlp mlp
diff mlp:no=1 mlp
flow nothing
compare mlp
compare mlp nothing
sweep mlp --run x
sweep mlp --grid x --run x
sweep mlp --grid hidden= --run x
sweep mlp --grid hidden=1,1 --run x
sweep mlp --grid no=1 --run x
sweep mlp --grid hidden=2 --seeds 0 --run x
sweep mlp --grid hidden=2 --workers 0 --run x
sweep mlp --grid hidden=2 --workers 1 --cluster y --run x
export mlp -o x.txt
models show nothing
plugins check nothing
plugins nothing
tutorial export 999 -o x
check nothing
words mlp
ask mlp 3
--lang
--lang de models
--nothing
nothing""".splitlines()
ENDS = [b"", b"\0" * 50, b"onnx", b"\x08\x0d" * 50, b"\xff" * 300, bytes(range(256)), b"\x08\x08\x12\x04test:\x00", b"\x3a\xff\xff\xff\xff\x0f", b"\x0a" * 5000, gzip.compress(b"x", mtime=0), GOOD.encode(), photo()]  # fmt: skip


def parquets():
    import pyarrow as pa
    import pyarrow.parquet as pq

    def made(**columns):
        file = io.BytesIO()
        pq.write_table(pa.table(columns), file)
        return file.getvalue()

    whole = made(a=[1.0, 2.0], kind=["x", "y"])
    yield from file_cases("Parquet", "t.parquet", {
        "empty": b"", "magic": b"PAR1", "twice": b"PAR1PAR1", "cut": whole[:-9], "no start": whole[9:], "zeros": bytes(500), "text": GOOD, "length": whole[:-8] + b"\xff\xff\xff\x7fPAR1", "broken data": whole[:20] + b"\xff" * 30 + whole[50:],
        "no rows": made(a=pa.array([], pa.float64()), kind=pa.array([], pa.string())), "one column": made(kind=["x", "y"]), "texts": made(a=["x", "y"], kind=["x", "y"]), "lists": made(a=[[1], [2]], kind=[0, 1]), "maps": made(a=[{"b": 1}, {"b": 2}], kind=[0, 1]), "missing": made(a=[1.0, None], kind=[0, 1]), "NaN": made(a=[1.0, float("nan")], kind=[0, 1]), "missing class": made(a=[1.0, 2.0], kind=["x", None]),
        "dates": made(a=pa.array([1, 2], pa.date32()), kind=[0, 1]), "class of lists": made(a=[1, 2], kind=[[1], [2]]), "class of bytes": made(a=[1, 2], kind=[b"x", b"y"]), "all different": made(a=np.arange(9.0), kind=np.arange(9)), "one class": made(a=[1, 2], kind=[0, 0]), "a bomb": lambda: made(a=np.zeros(2**25, np.int8), kind=np.zeros(2**25, np.int8)),
    })  # fmt: skip


VERSION = "0"  # the test says which


def cases():
    """Every case: its name, and what makes its files and gives the arguments."""
    yield from file_cases("table", "t.csv", TABLES)
    yield from file_cases("array", "t.npy", ARRAYS)
    yield from file_cases("archive", "t.npz", ARCHIVES)
    for what, data in IMAGES.items():
        yield f"IDX: {what}", pair(data, LABELS)
    for what, data in ANSWERS.items():
        yield f"IDX labels: {what}", pair(PIXELS, data)
    for name, contents in PHOTOS.items():
        for what, data in contents.items():
            yield f"image {name}: {what}", in_folder(name, data)
    yield from folders()
    yield from file_cases("weights", "w.safetensors", WEIGHTS, ("render", "neuron", "-o", "x.svg", "--weights"))
    yield from parquets()
    yield from configs()
    yield from checkpoints()
    yield from names()
    for line in OPTIONS:
        yield f"option: {line}", lambda folder, line=line: tuple(line.split())
    for i, data in enumerate(ENDS):
        yield f"ONNX: {i}", lambda folder, data=data: ("render", str(written(folder, "m.onnx", data)), "-o", "x.svg")
    for suffix in (".txt", ".md"):
        yield from file_cases(f"text {suffix}", f"t{suffix}", {"empty": "", "one word": "chat chat", "signs": "1 2 3 !", "latin-1": "été".encode("latin-1"), "zeros": bytes(99), "utf-16": "le chat".encode("utf-16")}, ("words", "word2vec", "--data"))  # fmt: skip
