"""Takes very many images down the road to `tune` and tells the most memory that each step held.

    python benchmarks/crowd.py [--images 100000] [--pixels 224] [--budget 900s] [--tune 60s] [--keep DIR]

The images are made by program: coloured clouds of two kinds that differ in a faint stripe, as JPEG files in a
folder a class. Each step runs in a process of its own, whose children count; pages of files do not, as they
can be given back. Images go through the pretrained network where the budget allows it, see `prepare`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

STEPS = ("frame", "collect", "annotate", "understand", "measure", "prepare", "protocol", "baseline", "tune")
PART = 500


def make(given: tuple[Path, int, int, int]) -> None:
    """Writes some of the images."""
    from PIL import Image

    home, start, count, pixels = given
    rng = np.random.default_rng(start)
    wave = np.sin(np.arange(pixels) * 0.7)
    for number in range(start, start + count):
        kind = number % 2
        small = rng.integers(0, 256, (6, 6, 3), np.uint8)
        image = np.asarray(Image.fromarray(small).resize((pixels, pixels), Image.Resampling.BICUBIC))
        stripe = wave[:, None] if kind else wave[None, :]
        striped = np.clip(image + 6 * stripe[:, :, None], 0, 255).astype(np.uint8)
        Image.fromarray(striped).save(home / ("lying", "standing")[kind] / f"{number:06}.jpg", quality=80)


def peak(command: list[str]) -> tuple[float, float, int]:
    """Seconds, the most memory in GiB, and the exit code of a command."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    most = 0.0
    while child.poll() is None:
        most = max(most, sum(map(held, family(child.pid))))
        time.sleep(0.1)
    if child.returncode not in (0, 3, 4):
        sys.exit(child.stderr.read().decode()[-2000:] if child.stderr else 1)
    return time.perf_counter() - start, most / 2**20, child.returncode


def family(pid: int) -> list[int]:
    """A process and its children."""
    try:
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(one for child in told for one in family(int(child)))]


def held(pid: int) -> float:
    """Resident memory in KiB that is not of a file: pages of files can be given back."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return float(next((line.split()[1] for line in status.splitlines() if line.startswith("RssAnon")), 0))


def main() -> None:
    """Makes the images, runs the steps, prints a line a step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--pixels", type=int, default=224)
    parser.add_argument("--budget", default="900s")
    parser.add_argument("--tune", default="60s")
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.keep) as temporary:
        home = Path(temporary) / "images"
        for label in ("lying", "standing"):
            (home / label).mkdir(parents=True)
        starts = range(0, given.images, PART)
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            parts = [(home, at, min(PART, given.images - at), given.pixels) for at in starts]
            list(pool.map(make, parts))
        project, command = str(Path(temporary) / "project"), [sys.executable, "-m", "milepost"]
        told = peak([*command, "new", project, "--data", str(home), "--budget", given.budget])
        print(f"{'new':12} {told[0]:7.0f} s {told[1]:6.2f} GiB", flush=True)
        for step in STEPS:
            run = ["run", project, "--until", step, "--yes", "--waive-all", "benchmark"]
            if step == "tune":
                run = [step, project, "--yes", "--budget", given.tune]
            seconds, most, code = peak([*command, *run])
            print(f"{step:12} {seconds:7.0f} s {most:6.2f} GiB  exit code {code}", flush=True)


if __name__ == "__main__":
    main()
