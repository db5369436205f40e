"""A made-up language whose word vectors carry the class: words never seen in training tell it as well."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

WIDTH = 12
SYLLABLES = ("ba", "du", "fe", "gi", "ko", "lu", "me", "no", "pa", "ri", "su", "ta", "ve", "zo")


def words(count: int, seed: int = 0) -> list[str]:
    """Distinct words of three or four syllables."""
    rng = np.random.default_rng(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(rng.choice(SYLLABLES, rng.integers(3, 5)))] = None
    return list(found)


COUNT = 4_000
WORDS = words(COUNT)
GLAD, SAD, FILL = WORDS[:1500], WORDS[1500:3000], WORDS[3000:]
"""Words of either class, and such that say nothing: so many that few texts share one."""


def vectors(seed: int = 1) -> dict[str, np.ndarray]:
    """A vector for each word; its first number is near 1 for glad words and near -1 for sad ones."""
    rng = np.random.default_rng(seed)
    made = {word: rng.normal(0, 0.3, WIDTH) for word in WORDS}
    for side, group in ((1.0, GLAD), (-1.0, SAD)):
        for word in group:
            made[word][0] += side
    return made


def write(path: Path, made: dict[str, np.ndarray], header: bool = True) -> Path:
    """Writes vectors as word2vec does, or as GloVe does."""
    lines = [f"{len(made)} {WIDTH}"] if header else []
    lines += [f"{word} {' '.join(f'{number:.5f}' for number in vector)}" for word, vector in made.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def texts(rows: int, part: slice, seed: int = 2) -> pl.DataFrame:
    """Texts of eight words, five of them of one class and of a part of its words, and the class."""
    rng = np.random.default_rng(seed)
    kinds = rng.choice(["glad", "sad"], rows)
    said = [
        rng.permutation([*rng.choice((GLAD if kind == "glad" else SAD)[part], 5), *rng.choice(FILL, 3)])
        for kind in kinds
    ]
    return pl.DataFrame({"said": [" ".join(one) + f" {n}" for n, one in enumerate(said)], "mood": kinds})


SEEN, UNSEEN = slice(0, 900), slice(900, 1500)
"""The words of a class in training, and the others."""
