"""Sounds as a kind of column: recognised, summarised, and told apart by all views."""

import numpy as np
import polars as pl
import pytest

from milepost.data.facts import facts_of
from milepost.data.recipe import Recipe
from milepost.data.schema import Column, Schema
from milepost.modalities import media
from milepost.modalities.base import Facts, modalities
from milepost.modalities.examine import examine
from milepost.modalities.sound import CELLS, SoundClips, examples, inspect, spectrogram
from milepost.modalities.waves import pcm
from milepost.testing.modalities import check_modality
from milepost.testing.sounds import sounds

pytest.importorskip("soundfile", reason="needs the extra [audio]")


def column(wire="wave"):
    return Column("sound", "sound", "sound", "input", wire)


def test_passes_the_checks():
    check_modality(SoundClips(), pl.DataFrame({"clip": [*examples()[:5], None]}))


def test_is_recognised_and_measured():
    facts = facts_of(sounds(30)["sound"])
    assert facts.dtype == "sound"
    assert 0.5 <= facts.low < facts.high <= 1.0
    sure, why = SoundClips().recognize(facts)
    assert sure == 1.0
    assert "seconds long" in why
    assert SoundClips().recognize(Facts("a", "text", 1, 0, 1))[0] == 0
    assert modalities["sound"].views({"a": facts}) == {"signals", "embedded"}


def test_the_spectrogram_is_as_long_as_the_sounds_and_as_fine_as_rows_allow():
    def of(high, rows=100):
        return spectrogram(Facts("a", "sound", rows, 0, rows, 0.1, high))

    assert of(0.9).seconds == 1.0
    assert of(500.0).seconds == of(None).seconds == 10.0
    assert of(0.01).frames >= 8
    assert of(10.0).hop > of(1.0).hop
    for rows in (100, 20_000, 100_000):
        assert rows * of(10.0, rows).width <= CELLS or of(10.0, rows).hop == 1_024


def test_is_summarised():
    frame = sounds(40).vstack(pl.DataFrame({"sound": [None, *examples()[:2]], "kind": ["tone"] * 3}))
    found = SoundClips().summarize(frame["sound"])
    assert (found["rows"], found["missing"], found["looked_at"]) == (43, 1, 42)
    assert found["silent"] == 1
    assert found["clipped"] >= 1
    assert found["channels"] == {"1": 40, "2": 2}
    assert sum(found["rates"].values()) == 42
    assert SoundClips().summarize(pl.Series("a", [None], pl.String))["looked_at"] == 0


def test_bytes_are_examined_when_they_are_collected():
    facts, why = examine(pcm(np.zeros(800), 8_000), "sound")
    assert why == ""
    assert facts["seconds"] == 0.1
    assert "empty" in examine(b"", "sound")[1]
    assert inspect(b"RIFF1234WAVEjunk")[1]
    assert not inspect(b"nonsense")[1].endswith(".")


@pytest.mark.parametrize("view", ["trees", "dense", "embedded"])
def test_scores_and_statistics_tell_kinds_apart(view):
    frame = sounds(240, ("tone", "burst"), seed=1)
    y = (frame["kind"] == "tone").to_numpy().astype(float)
    recipe = Recipe.of(frame.select("sound"), Schema((column(),)))
    transform, x = recipe.fit(frame[:160], view, y[:160])
    held = transform.matrix(frame[160:])
    if view == "embedded":
        from sklearn.linear_model import LogisticRegression

        right = LogisticRegression(C=10.0, max_iter=500).fit(x, y[:160]).score(held, y[160:])
    else:
        assert transform.features[0] == "sound score"
        right = ((held[:, 0] > 0.5) == (y[160:] > 0.5)).mean()
        assert np.corrcoef(x[:, 0], y[:160])[0, 1] > 0.7, "out of fold"
    assert right > 0.9


def test_only_the_order_in_time_tells_chirps_apart():
    """Pooled statistics cannot, the network on spectrograms can: what each is for."""
    pytest.importorskip("torch", reason="needs the extra [network]")
    from milepost.learners.base import Batch, Job
    from milepost.learners.deep import DeepNetwork
    from milepost.tasks.heads import SigmoidHead

    frame = sounds(380, ("rising", "falling"), seed=2)
    y = (frame["kind"] == "rising").to_numpy().astype(float)
    recipe = Recipe.of(frame.select("sound"), Schema((column(),)))
    transform, x = recipe.fit(frame[:300], "signals", y[:300])
    held = transform.matrix(frame[300:])
    train, valid = (Batch(a, b, blocks=transform.blocks) for a, b in ((x, y[:300]), (held, y[300:])))
    params = {"channels": 8, "epochs": 8, "batch": 32, "width": 32, "augment": 0.5}
    model = DeepNetwork().fit(train, valid, Job(params, SigmoidHead(), seed=1))
    right = ((model.raw(held)[:, 0] > 0) == (y[300:] > 0.5)).mean()
    trees, _ = recipe.fit(frame[:300], "dense", y[:300])
    pooled = ((trees.matrix(frame[300:])[:, 0] > 0.5) == (y[300:] > 0.5)).mean()
    assert right > 0.9
    assert pooled < right - 0.1


def test_examples_are_made_and_readable():
    assert len(set(examples())) == len(examples()) >= 8
    assert all(examine(media.load(value), "sound")[1] == "" for value in examples())
    assert SoundClips().examples(pl.Series("a", [None], pl.String))[0] is None
