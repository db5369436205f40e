"""Two samples of texts, images and sounds are told apart where they differ, and not where they do not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.data.test_copies import pictures, read, sounds
from tests.data.test_nearimage import painted
from tests.data.test_nearsound import clip, hissing
from tests.data.test_neartext import sentences

from milepost.data import content
from milepost.data.content import apart, drawn, numbers
from milepost.modalities import doors


def test_texts_of_one_source_cannot_be_told_apart() -> None:
    texts = pl.Series("said", sentences(800, 8))
    sizes = [apart(numbers(texts[:500], "text"), numbers(texts[500:], "text"), s).size for s in range(3)]
    assert max(sizes) < 0.1


def test_new_words_show_and_the_rows_that_hold_them_are_the_surest() -> None:
    texts = sentences(800, 8)
    changed = [f"{t} lottery winner" if k % 3 == 0 else t for k, t in enumerate(texts[500:])]
    found = apart(numbers(pl.Series(texts[:500]), "text"), numbers(pl.Series(changed), "text"))
    assert found.auc > 0.6
    surest = np.argsort(-found.now)[:20]
    assert (surest % 3 == 0).mean() > 0.9


def test_darker_pictures_show_and_others_do_not(tmp_path: Path) -> None:
    base = pictures(tmp_path, [painted(s, 40) for s in range(120)])
    dark = pictures(
        tmp_path, [(painted(s, 40) * 0.5).astype(np.uint8) for s in range(120, 160)], optimize=True
    )
    before = numbers(pl.Series(base[:80]), "image")
    assert apart(before, numbers(pl.Series(base[80:]), "image")).size < 0.25
    assert apart(before, numbers(pl.Series(dark), "image")).size > 0.6


def test_noisier_sounds_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(doors.decoders, "wave", read)
    waves = [clip(seed, seed % 3) for seed in range(90)]
    noisy = [np.r_[w[0], w[1:] + (hissing(w)[1:] - w[1:]) * 200].astype(np.float32) for w in waves[60:]]
    base, loud = sounds(tmp_path, waves, "a"), sounds(tmp_path, noisy, "b")
    before = numbers(pl.Series(base[:60]), "sound")
    assert apart(before, numbers(pl.Series(base[60:]), "sound")).size < 0.35
    assert apart(before, numbers(pl.Series(loud), "sound")).size > 0.6


def test_windows_that_hold_the_same_pictures_look_at_each_once(tmp_path: Path, monkeypatch) -> None:
    seen: list[bytes] = []
    whole = content.decode
    monkeypatch.setattr(content, "decode", lambda data, form: (seen.append(data), whole(data, form))[1])
    photos = pl.Series(pictures(tmp_path, [painted(s, 40) for s in range(900, 906)]))
    first = numbers(photos, "image")
    assert np.array_equal(numbers(photos[::-1], "image"), first[::-1])
    assert len(seen) == 6


def test_missing_and_lost_values_are_rows_of_zeros() -> None:
    lost = f"image:{'0' * 64}"
    assert not numbers(pl.Series([None, lost], dtype=pl.String), "image")[:, :197].any()
    assert numbers(pl.Series([None, "word"]), "text").shape[0] == 2
    few = apart(np.zeros((2, 3)), np.zeros((9, 3)))
    assert (few.auc, few.size) == (0.5, 0.0)


def test_at_most_so_many_rows_are_drawn_in_order() -> None:
    rows = drawn(5_000)
    assert len(rows) == 500
    assert (np.diff(rows) > 0).all()
    assert drawn(7).tolist() == list(range(7))
