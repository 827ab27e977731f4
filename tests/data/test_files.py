"""A person's own data: what is read, and what is refused in one sentence that says where."""

import contextlib
import gzip
import os
import struct
import sys
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from tinygrad_fr.data import Labelled, load, read_arrays, read_csv, read_idx, read_images, read_mnist, text_of
from tinygrad_fr.errors import DataError, TinygradError, UsageError

TABLE = "width,height,kind\n1,2,cat\n3,4.5,dog\n5,6,cat\n7,8,dog\n"


def csv(tmp_path, text, **more):
    path = tmp_path / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_csv(path, **more)


def test_a_table(tmp_path):
    data = csv(tmp_path, TABLE)
    assert data.inputs.tolist() == [[1, 2], [3, 4.5], [5, 6], [7, 8]]
    assert data.classes == ("cat", "dog")
    assert data.labels.tolist() == [0, 1, 0, 1]
    assert data.inputs.dtype == np.float32
    assert data.labels.dtype == np.int64


@pytest.mark.parametrize(
    "text",
    [
        TABLE.replace("\n", "\r\n"),
        "\ufeff" + TABLE,
        TABLE.replace(",", ";").replace(".", ","),  # as a French spreadsheet writes it
        TABLE.replace(",", "\t"),
        TABLE.replace("cat", '"cat"') + "\n\n",
        TABLE.replace("width,", " width , "[:-1]),
    ],
    ids=["windows", "bom", "semicolons", "tabs", "quotes", "spaces"],
)
def test_the_same_table_in_other_clothes(tmp_path, text):
    data = csv(tmp_path, text)
    assert data.inputs.tolist() == [[1, 2], [3, 4.5], [5, 6], [7, 8]]
    assert data.labels.tolist() == [0, 1, 0, 1]


def test_another_target_and_some_columns(tmp_path):
    text = "kind,a,b,c\n10,1,2,3\n2,4,5,6\n10,7,8,9\n2,1,1,1\n"
    data = csv(tmp_path, text, target="kind", columns=["c", "a"])
    assert data.inputs.tolist() == [[3, 1], [6, 4], [9, 7], [1, 1]]
    assert data.classes == ("2", "10")  # numbers in their order
    assert data.labels.tolist() == [1, 0, 1, 0]


BAD_TABLES = {
    "ragged": ("a,b,c\n1,2,x\n1,2,3,y\n", r"t\.csv:3: expected 3 cells as in the header, found 4"),
    "short": ("a,b,c\n1,2,x\n\n1,y\n", r"t\.csv:4: expected 3 cells as in the header, found 2"),
    "missing": ("a,b,c\n1,2,x\n,2,y\n", r"t\.csv:3, column “a”: the value is missing"),
    "nan": ("a,b,c\n1,NaN,x\n1,2,y\n", r"t\.csv:2, column “b”: the value is missing"),
    "inf": ("a,b,c\n1,inf,x\n1,2,y\n", r"t\.csv:2, column “b”: expected a number, found “inf”"),
    "word": ("a,b,c\n1,2,x\n1,2o,y\n", r"t\.csv:3, column “b”: expected a number, found “2o”"),
    "class": ("a,b,c\n1,2,x\n1,2,\n", r"t\.csv:3, column “c”: the class is missing"),
    "one class": ("a,b,c\n1,2,x\n1,2,x\n", r"rows of at least two classes, got 2 rows of 1 classes"),
    "no classes": ("a,b\n1,2.1\n3,4.2\n5,6.3\n7,8.4\n", r"expected classes in column “b”, found 4 different values in 4 rows"),
    "no header": ("1,2,3\n4,5,6\n", r"expected the names of the columns on the first line"),
    "twice": ("a,a,c\n1,2,x\n", r"expected a name of its own for each column, found “a”"),
    "nameless": ("a,,c\n1,2,x\n", r"a column has no name"),
    "empty": ("", r"expected a header, then lines"),
    "only a header": ("a,b\n", r"expected a header, then lines"),
    "one column": ("a\nx\ny\n", r"expected a header, then lines"),
    "quote": ('a,b\n1,"x\n2,y\n', r"t\.csv:\d: not readable as CSV"),
    "latin": ("a,b\n1,é\n2,x\n".encode("latin-1"), r"t\.csv is not text in UTF-8: line 2, byte 7"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD_TABLES)
def test_a_bad_table(tmp_path, kind):
    text, message = BAD_TABLES[kind]
    with pytest.raises(DataError, match=message) as error:
        csv(tmp_path, text)
    assert "\n" not in str(error.value)


def test_a_column_that_is_not_there(tmp_path):
    with pytest.raises(
        UsageError, match=r"no column is called “kin” \(did you mean “kind”\?\); there are width, height, kind"
    ):
        csv(tmp_path, TABLE, target="kin")


def test_text_says_where_it_is_no_text(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_bytes("un é\ndeux ".encode() + b"\xff trois")
    with pytest.raises(DataError, match=r"corpus\.txt is not text in UTF-8: line 2, byte 12"):
        text_of(path)
    path.write_text("deux é", encoding="utf-8")
    assert text_of(path) == "deux é"


def idx(array, code=8):
    return struct.pack(">BBBB", 0, 0, code, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


IMAGES = np.arange(6 * 4 * 3, dtype=np.uint8).reshape(6, 4, 3)
LABELS = np.array([1, 0, 1, 0, 1, 1], np.uint8)


@pytest.mark.parametrize(
    ("code", "dtype"), [(8, ">u1"), (9, ">i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8")]
)
def test_idx_of_every_type(tmp_path, code, dtype):
    array = np.arange(-4, 8).astype(dtype).reshape(3, 4)
    (tmp_path / "a").write_bytes(idx(array, code))
    found = read_idx(tmp_path / "a")
    assert np.array_equal(found, array)
    assert found.dtype.isnative


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_mnists_files(tmp_path, packed):
    pack = gzip.compress if packed else bytes
    end = ".gz" if packed else ""
    for part in ("train", "t10k"):
        (tmp_path / f"{part}-images-idx3-ubyte{end}").write_bytes(pack(idx(IMAGES)))
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(idx(LABELS))
    data = load(tmp_path)
    assert data.inputs.shape == (6, 4, 3)
    assert data.inputs.max() == np.float32(IMAGES.max() / 255)
    assert data.classes == ("0", "1")
    train, test = data.split()
    assert len(train) == len(test) == 6  # its own test rows, not drawn ones
    assert len(load(tmp_path / f"train-images-idx3-ubyte{end}").split(0.5)[1]) == 3


BAD_IDX = {
    "truncated": (idx(IMAGES)[:-1], "expected 88 bytes for sizes 6×4×3, found 87"),
    "too long": (idx(IMAGES) + b"\0", "expected 88 bytes for sizes 6×4×3, found 89"),
    "header": (idx(IMAGES)[:9], "bytes for sizes"),
    "magic": (b"\x89PNG....", "no IDX file: expected it to start with 00 00, .* found 89 50 4e 47"),
    "type": (b"\0\0\x07\x01\0\0\0\0", "no IDX file"),
    "empty": (b"", "no IDX file: .* found –"),
    "gzip cut": (gzip.compress(idx(IMAGES))[:-9], "is not whole: its gzip ends too soon or is damaged"),
    "gzip spoiled": (gzip.compress(idx(IMAGES))[:30] + b"\0" * 40, "is not whole: its gzip"),
}


@pytest.mark.parametrize("kind", BAD_IDX)
def test_a_bad_idx(tmp_path, kind):
    data, message = BAD_IDX[kind]
    (tmp_path / "train-images-idx3-ubyte").write_bytes(data)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(LABELS))
    with pytest.raises(DataError, match=f"train-images-idx3-ubyte.*{message}"):
        read_mnist(tmp_path)


def test_images_and_labels_that_do_not_fit(tmp_path):
    images = tmp_path / "train-images-idx3-ubyte"
    with pytest.raises(DataError, match="expected a file train-images-idx3-ubyte"):
        read_mnist(tmp_path)
    images.write_bytes(idx(IMAGES))
    with pytest.raises(DataError, match="expected the labels beside the images, in train-labels-idx1-ubyte"):
        read_mnist(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(LABELS[:5]))
    with pytest.raises(DataError, match="expected images and as many labels, found sizes 6×4×3 and 5"):
        read_mnist(images)


def folder_of_images(path, sizes=((5, 4), (5, 4))):
    for name, (height, width) in zip(("cat", "dog"), sizes, strict=True):
        (path / name).mkdir(parents=True)
        for i in range(3):
            level = np.full((height, width), 51 * (i + 1), np.uint8)
            Image.fromarray(level).save(path / name / f"{i}.{('png', 'bmp', 'pgm')[i]}")
    (path / "readme.txt").write_text("beside the classes")
    return path


def test_images_in_folders(tmp_path):
    data = load(folder_of_images(tmp_path / "pets"))
    assert data.inputs.shape == (6, 5, 4)
    assert data.inputs[:, 0, 0].tolist() == pytest.approx([0.2, 0.4, 0.6] * 2)
    assert data.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert data.classes == ("cat", "dog")


def test_a_png_that_names_a_length_of_four_gigabytes_takes_no_memory(tmp_path):
    for kind in "ab":
        (tmp_path / kind).mkdir()
        Image.fromarray(np.zeros((4, 4), np.uint8)).save(tmp_path / kind / "1.png")
    path = tmp_path / "b" / "1.png"
    whole = path.read_bytes()
    end = whole.index(b"IDAT") + 4 + int.from_bytes(whole[whole.index(b"IDAT") - 4 : whole.index(b"IDAT")], "big")
    path.write_bytes(whole[: whole.index(b"IDAT") - 4] + b"\xff" * 4 + whole[whole.index(b"IDAT") : end])
    tracemalloc.start()
    try:
        with contextlib.suppress(DataError):
            read_images(tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()


def test_images_of_several_sizes_become_one(tmp_path):
    path = folder_of_images(tmp_path / "pets", ((5, 4), (9, 7)))
    assert load(path).inputs.shape == (6, 5, 4)
    assert read_images(path, (3, 3)).inputs.shape == (6, 3, 3)


def test_bad_folders_of_images(tmp_path):
    path = folder_of_images(tmp_path / "pets")
    (path / "dog" / "1.bmp").write_bytes(b"not an image")
    with pytest.raises(DataError, match=r"dog/1\.bmp cannot be read as an image"):
        load(path)
    whole = (path / "cat" / "0.png").read_bytes()
    (path / "dog" / "1.bmp").unlink()
    (path / "dog" / "0.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"dog/0\.png cannot be read as an image"):
        load(path)
    (path / "dog" / "0.png").write_bytes((path / "cat" / "1.bmp").read_bytes())  # a name that does not tell the truth
    with pytest.raises(DataError, match=r"dog/0\.png cannot be read as an image"):
        load(path)
    for file in (path / "dog").iterdir():
        file.unlink()
    with pytest.raises(DataError, match=r"dog holds no image \(\.bmp \.gif"):
        load(path)
    (path / "dog").rmdir()
    with pytest.raises(DataError, match="expected a folder of images for each of at least two classes"):
        load(path)


def test_numpys_arrays(tmp_path):
    np.savez(tmp_path / "a.npz", x=IMAGES, y=LABELS)
    data = load(tmp_path / "a.npz")
    assert data.inputs.shape == (6, 4, 3)
    assert data.inputs.max() <= 1
    np.savez(tmp_path / "b.npz", x_train=IMAGES, y_train=LABELS[:, None], x_test=IMAGES[:2], y_test=LABELS[:2])
    assert [len(part) for part in load(tmp_path / "b.npz").split()] == [6, 2]
    np.save(tmp_path / "c.npy", np.array([[0.5, 1.5, 7], [2.5, 3.5, 3], [0, 0, 7]]))
    data = load(tmp_path / "c.npy")
    assert data.classes == ("3", "7")
    assert data.inputs.tolist() == [[0.5, 1.5], [2.5, 3.5], [0, 0]]


def test_bad_arrays(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    path = tmp_path / "a.npy"
    np.save(path, np.array([Bomb()], object), allow_pickle=True)
    with pytest.raises(DataError, match=r"a\.npy is no whole file of numpy’s numbers"):
        load(path)
    assert not (tmp_path / "ran").exists()
    for arrays, message in (
        ({"a": IMAGES}, r"expected arrays x and y, .* found a \(6, 4, 3\)"),
        ({"x": IMAGES, "y": LABELS[:5]}, "expected one label a row, got 6 rows and 5 labels"),
        ({"x": IMAGES, "y": LABELS + 0.5}, "expected one whole number per row as its class"),
        ({"x": np.array(["a"]), "y": LABELS[:1]}, "expected numbers in array “x”"),
        ({"x": np.array([[np.nan], [1.0]]), "y": LABELS[:2]}, "found NaN in row 1"),
        (
            {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES[:, 1:], "y_test": LABELS},
            r"rows of one shape to learn from and to be scored on, got \(4, 3\) and \(3, 3\)",
        ),
    ):
        np.savez(tmp_path / "a.npz", **arrays)
        with pytest.raises(DataError, match=message):
            load(tmp_path / "a.npz")
    whole = (tmp_path / "a.npz").read_bytes()
    for data in (b"", b"junk", whole[: len(whole) // 2]):
        (tmp_path / "a.npz").write_bytes(data)
        with pytest.raises(DataError, match="is no whole file"):
            read_arrays(tmp_path / "a.npz")


def test_arrays_in_a_folder_are_those_of_an_archive(tmp_path):
    np.savez(tmp_path / "a.npz", x=IMAGES, y=LABELS)
    (tmp_path / "a").mkdir()
    np.save(tmp_path / "a" / "x.npy", IMAGES)
    with pytest.raises(DataError, match="expected arrays x and y"):
        load(tmp_path / "a")
    np.save(tmp_path / "a" / "y.npy", LABELS)
    assert load(tmp_path / "a").fingerprint == load(tmp_path / "a.npz").fingerprint
    (tmp_path / "a" / "y.npy").write_bytes(b"junk")
    with pytest.raises(DataError, match=r"y\.npy is no whole file"):
        load(tmp_path / "a")


def test_a_message_is_one_line_whatever_a_column_is_called(tmp_path):
    (tmp_path / "t.csv").write_text('"a\nb\x1b[31m\u202e",kind\n1,x\nq,y\n')
    with pytest.raises(DataError, match=r"column “a b \[31m ”: expected a number, found “q”"):
        load(tmp_path / "t.csv")
    with pytest.raises(UsageError, match=r"no column is called “none”; there are a b \[31m , kind"):
        load(tmp_path / "t.csv", "none")


def test_classes_that_are_large_numbers_stay_apart(tmp_path):
    (tmp_path / "t.csv").write_text("a,c\n" + "1,1234567\n2,1234568\n3,0.1\n" * 2)
    assert load(tmp_path / "t.csv").classes == ("0.1", "1234567", "1234568")


def test_what_cannot_be_loaded_at_all(tmp_path):
    with pytest.raises(UsageError, match="there is no file or folder"):
        load(tmp_path / "absent")
    (tmp_path / "a.xlsx").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"expected \.csv, \.tsv, \.parquet, \.npy, \.npz, \.txt, \.md, an IDX file"):
        load(tmp_path / "a.xlsx")
    with pytest.raises(UsageError, match="--target names a column of a CSV or Parquet file"):
        load(tmp_path / "a.xlsx", "kind")
    (tmp_path / "t.csv").mkdir()
    with pytest.raises(TinygradError, match=r"cannot read .*: it is a folder"):
        load(tmp_path / "t.csv")


def test_labels_out_of_range_and_numbers_that_are_none():
    with pytest.raises(DataError, match="row 3: expected a label from 0 to 1, got 2"):
        Labelled(np.zeros((3, 1)), [0, 1, 2], ("a", "b"))
    with pytest.raises(DataError, match="row 1: expected a label from 0 to 1, got -1"):
        Labelled(np.zeros((3, 1)), [-1, 1, 0], ("a", "b"))
    with pytest.raises(DataError, match="found inf in row 2"):
        Labelled([[0.0], [np.inf]], [0, 1], ("a", "b"))


def test_a_split_holds_every_row_once_and_is_the_same_again():
    data = Labelled(np.arange(10)[:, None], np.arange(10) % 2, ("even", "odd"))
    train, test = data.split(0.3)
    assert sorted(np.concatenate([train.inputs, test.inputs]).ravel().tolist()) == list(range(10))
    assert len(test) == 3
    assert np.array_equal(data.split(0.3)[1].inputs, test.inputs)
    assert not np.array_equal(data.split(0.3, seed=1)[1].inputs, test.inputs)
    assert data.fingerprint == Labelled(data.inputs, data.labels, data.classes).fingerprint
    assert data.fingerprint != Labelled(data.inputs + 1, data.labels, data.classes).fingerprint
    assert data.fingerprint != Labelled(data.inputs, 1 - data.labels, data.classes).fingerprint


def photos(tmp_path, *images, suffix=".png"):
    for i, image in enumerate(images):
        (tmp_path / f"c{i}").mkdir(parents=True, exist_ok=True)
        (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(tmp_path / f"c{i}" / f"x{suffix}")
    return tmp_path


STEPS = np.linspace(0, 1, 12).reshape(3, 4)


def palette():
    image = Image.new("P", (4, 3))
    image.putpalette([value for i in range(256) for value in (255 - i,) * 3])
    image.putdata([255 - round(255 * level) for level in STEPS.ravel()])
    return image


DEPTHS = {
    "8 bits": (Image.fromarray(np.round(255 * STEPS).astype(np.uint8)), ".png"),
    "16 bits": (Image.fromarray(np.round(65535 * STEPS).astype(np.uint16)), ".png"),
    "16 bits, TIFF": (Image.fromarray(np.round(65535 * STEPS).astype(np.uint16)), ".tif"),
    "16 bits, PGM": (Image.fromarray(np.round(65535 * STEPS).astype(np.uint16)), ".pgm"),
    "float, TIFF": (Image.fromarray(STEPS.astype(np.float32)), ".tif"),
    "palette": (palette(), ".png"),
    "grey, colours": (Image.fromarray(np.round(255 * STEPS).astype(np.uint8)).convert("RGB"), ".png"),
    "transparent ink": (
        Image.merge("RGBA", [Image.new("L", (4, 3))] * 3 + [Image.fromarray(np.round(255 * (1 - STEPS)).astype(np.uint8))]),
        ".png",
    ),
    "ink and paper": (Image.fromarray(np.round(255 * STEPS).astype(np.uint8)).convert("LA"), ".png"),
    "printer’s inks": (
        Image.merge("CMYK", [Image.new("L", (4, 3))] * 3 + [Image.fromarray(np.round(255 * (1 - STEPS)).astype(np.uint8))]),
        ".tif",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", DEPTHS)
def test_levels_are_scaled_by_the_range_of_their_depth(tmp_path, kind):
    image, suffix = DEPTHS[kind]
    rows = read_images(photos(tmp_path, image, image, suffix=suffix))
    np.testing.assert_allclose(rows.inputs[0], STEPS, atol=1.01 / 255)
    if "16" in kind or "float" in kind:
        np.testing.assert_allclose(rows.inputs[0], STEPS, atol=1 / 65535)


def test_two_depths_of_one_picture_are_one_picture(tmp_path):
    eight, sixteen = (np.round(top * STEPS).astype(dtype) for top, dtype in ((255, np.uint8), (65535, np.uint16)))
    rows = read_images(photos(tmp_path, eight, sixteen), size=(6, 8))
    np.testing.assert_allclose(rows.inputs[0], rows.inputs[1], atol=1 / 255)


def test_a_bit_is_black_or_white(tmp_path):
    rows = read_images(photos(tmp_path, Image.fromarray(STEPS > 0.5), Image.fromarray(STEPS < 0.5)))
    assert np.array_equal(rows.inputs[0], STEPS > 0.5)


@pytest.mark.parametrize(
    "levels",
    [1000 * STEPS.astype(np.float32), STEPS.astype(np.float32) - 0.5, (10**6 * STEPS).astype(np.int32), np.where(STEPS > 0.5, np.nan, STEPS).astype(np.float32)],
    ids=["float above 1", "float below 0", "32 bits", "NaN"],
)  # fmt: skip
def test_levels_without_a_known_range_are_refused(tmp_path, levels):
    with pytest.raises(DataError, match=r"x\.tif cannot be read as an image: expected levels of 1, 8 or 16 bits, or"):
        read_images(photos(tmp_path, levels, levels, suffix=".tif"))


def bomb_idx(folder):
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(
        gzip.compress(idx(np.zeros((1, 1, 1), np.uint8))[:4] + struct.pack(">III", 2**16, 2**7, 2**7) + bytes(2**20))
    )
    (folder / "train-labels-idx1-ubyte").write_bytes(idx(LABELS))
    return path


def bomb_npz(folder):
    np.savez_compressed(folder / "x.npz", x=np.zeros((2**12, 2**12), np.uint8), y=np.zeros(2**12, np.uint8))
    return folder / "x.npz"


def bomb_png(folder):
    Image.new("1", (4096, 4096)).save(photos(folder, STEPS > 0.5, STEPS > 0.5) / "c0" / "x.png")
    return folder


def bomb_parquet(folder):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a": np.zeros(2**20), "kind": np.zeros(2**20, np.int8)}), folder / "x.parquet")
    return folder / "x.parquet"


def bomb_words(folder):
    import pyarrow as pa
    import pyarrow.parquet as pq

    words = pa.DictionaryArray.from_arrays(np.arange(80_000, dtype=np.int32) % 2, ["a" * 100_000, "b" * 100_000])
    pq.write_table(pa.table({"a": np.arange(80_000.0), "kind": words}), folder / "x.parquet")
    return folder / "x.parquet"


@pytest.mark.parametrize("make", [bomb_idx, bomb_npz, bomb_png, bomb_parquet])
def test_sizes_are_read_before_anything_is_unpacked(tmp_path, make):
    path, bound = make(tmp_path), 2**23
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"would take [\d,]+ MB of memory, and at most 9 MB are read; --limit"):
            load(path, limit=bound)
        assert tracemalloc.get_traced_memory()[1] < bound
    finally:
        tracemalloc.stop()


@pytest.mark.long
def test_the_bound_can_be_raised(tmp_path):
    assert load(bomb_png(tmp_path / "images"), limit=2**28).inputs.shape == (2, 4096, 4096)
    with pytest.raises(DataError, match="two classes"):  # all labels are 0
        load(bomb_npz(tmp_path), limit=2**28)


def test_a_long_class_stands_in_memory_once(tmp_path):
    words = load(bomb_words(tmp_path)).classes  # 8 GB, one by one
    assert [len(word) for word in words] == [100_000, 100_000]
    (tmp_path / "t.csv").write_text("a,b\n" + f"1,x\n1,{'y' * 100_000}\n" + "2,x\n" * 40_000)
    assert len(load(tmp_path / "t.csv").classes[1]) == 100_000  # as an array of words: 16 GB


@pytest.mark.parametrize("columns", [20_000, 60_000])
def test_reading_a_table_takes_time_by_its_size_alone(tmp_path, columns):
    path = tmp_path / "wide.csv"
    header = ",".join(f"c{i}" for i in range(columns))
    row = ",".join(["1.5"] * (columns - 1))
    path.write_text(f"{header}\n{row},a\n{row},b\n")
    lines = 0

    def counted(_frame, event, _what):
        nonlocal lines
        lines += event == "line"
        return counted

    sys.settrace(counted)
    try:
        data = read_csv(path)
    finally:
        sys.settrace(None)
    assert data.inputs.shape == (2, columns - 1)
    assert lines < 30 * columns
    with pytest.raises(UsageError, match=r"no column is called “c”.*; there are c0, c1, .*, c19, …$"):
        read_csv(path, "c")
    path.write_text(f"{header},c7\n{row},a\n")
    with pytest.raises(DataError, match="expected a name of its own for each column, found “c7”"):
        read_csv(path)


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "device.npy").symlink_to("/dev/zero")
    for name in ("pipe.csv", "device.npy"):
        with pytest.raises(TinygradError, match=f"cannot read .*{name}: it is a pipe or a device, not a file"):
            load(tmp_path / name)
    (tmp_path / "circle.csv").symlink_to("circle.csv")
    for name in ("a\0b.csv", "a" * 300 + ".csv", "circle.csv"):
        with pytest.raises(UsageError, match="there is no file or folder"):
            load(tmp_path / name)
