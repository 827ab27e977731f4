"""What a pull costs in pages that compute: python -m benchmarks.living [NAME]…

Each page is opened in Chromium, in three sizes and both themes, and one slider is moved in every frame. Others may load the
machine, so what counts is the processor time of the page's own thread, which Chromium measures: sweep, redraw, style and
layout together. Frames a second are what that time allows, at most the 60 of a screen.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import sync_playwright

SCRIPT = """
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
x, y = torch.tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]]), torch.tensor([[0.], [1.], [1.], [0.]])
loss = nn.functional.mse_loss(model(x), y)
loss.backward()
"""
SEQUENCE = ("--set", "hidden=8", "--steps", "30")
# Name → what is typed after tinygrad-fr; FOLDER is one for files.
PAGES: dict[str, tuple[str, ...]] = {
    "step neuron": ("step", "neuron"),
    "render mlp, exclusive or, 8 units": ("render", "mlp", "--set", "data=xor", "--set", "hidden=8"),
    "render mlp, spiral, 32 units": ("render", "mlp", "--set", "data=spiral"),
    "render rnn, 30 steps, 8 units": ("render", "rnn", *SEQUENCE),
    "render lstm, 30 steps, 8 units": ("render", "lstm", *SEQUENCE),
    "render gru, 30 steps, 8 units": ("render", "gru", *SEQUENCE),
    "flow lstm, 30 steps, 8 units": ("flow", "lstm", *SEQUENCE),
    "gates lstm, 30 steps, 8 units": ("gates", "lstm", *SEQUENCE),
    "a formula": ("step", "L = (tanh(w*x + b) - 1)**2", "--at", "w=0.5,x=2,b=1"),
    "a PyTorch script (an MLP)": ("run", "FOLDER/script.py", "--page", "FILE"),
    "an ONNX file (the exclusive or)": ("step", "FOLDER/xor.onnx"),
}
SIZES = ((1280, 800), (1920, 1080), (390, 844))
FRAMES = 40
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# Moves the first slider a little in every frame, to and fro, and counts the frames of the browser meanwhile.
PULL = """async (frames) => {
  const range = [...document.querySelectorAll('.pulled input[type=range]')].find((each) => each.offsetParent);
  const [low, high] = [Number(range.min), Number(range.max)], first = range.valueAsNumber;
  const next = () => new Promise(requestAnimationFrame);
  range.dispatchEvent(new Event('pointerdown'));
  for (let i = 0; i < frames; i++) {
    range.value = first + (high - low) * 0.1 * Math.sin(i / 5 + 0.3);
    range.dispatchEvent(new Event('input'));
    await next();
  }
  await next();
  return frames;
}"""


class Cost(NamedTuple):
    """Milliseconds of the page's thread in a frame: all of it, and of that the page's own JavaScript, and style and layout."""

    all: float
    script: float
    layout: float

    @property
    def frames(self) -> int:
        """Frames a second that this allows."""
        return min(60, int(1000 / self.all))


def measured(browser: Any, file: Path, size: tuple[int, int], *, dark: bool) -> Cost:
    """The cost of a frame while a slider is pulled."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light"
    )
    page = context.new_page()
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready]", timeout=120_000)
    devtools = context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})

    def now() -> dict[str, float]:
        return {each["name"]: each["value"] for each in devtools.send("Performance.getMetrics")["metrics"]}

    page.evaluate(PULL, 10)  # the browser compiles
    before = now()
    frames = page.evaluate(PULL, FRAMES)
    spent = {key: 1000 * (value - before[key]) / frames for key, value in now().items()}
    context.close()
    return Cost(spent["TaskDuration"], spent["ScriptDuration"], spent["LayoutDuration"] + spent["RecalcStyleDuration"])


def written(name: str, folder: Path) -> Path:
    """The page of a command."""
    file = folder / f"{re.sub(r'[^a-z0-9]+', '-', name.lower())}.html"
    typed = [word.replace("FOLDER", str(folder)).replace("FILE", str(file)) for word in PAGES[name]]
    command = [sys.executable, "-m", "tinygrad_fr", "--lang", "en", *typed]
    if str(file) not in typed:
        command += ["-o", str(file)]
    subprocess.run(command, check=True, capture_output=True)
    return file


def main() -> None:
    """Print the table."""
    asked = sys.argv[1:]
    names = [name for name in PAGES if not asked or any(word in name for word in asked)]
    executable = next(path for name in BROWSERS if (path := shutil.which(name)))
    print("| Page | File | Frames a second | Thread a frame | Script | Style and layout | 1920×1080 | 390×844 | Dark |")
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as made, sync_playwright() as play:
        folder = Path(made)
        (folder / "script.py").write_text(SCRIPT, encoding="utf-8")
        export = [
            sys.executable,
            "-m",
            "tinygrad_fr",
            "export",
            "mlp",
            "--set",
            "data=xor",
            "-o",
            str(folder / "xor.onnx"),
        ]
        subprocess.run(export, check=True, capture_output=True)
        browser = play.chromium.launch(executable_path=executable)
        for name in names:
            file = written(name, folder)
            first, *others = (measured(browser, file, size, dark=False) for size in SIZES)
            dark = measured(browser, file, SIZES[0], dark=True)
            cells = [
                name,
                f"{file.stat().st_size // 1000} kB",
                str(first.frames),
                *(f"{value:.1f} ms" for value in first),
            ]
            cells += [f"{each.all:.1f} ms" for each in (*others, dark)]
            print(f"| {' | '.join(cells)} |", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
