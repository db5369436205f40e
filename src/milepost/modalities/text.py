"""Free text: its bytes as a signal, scores of the target from its n-grams, and plain numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from milepost.graphs.builder import Builder
from milepost.graphs.characters import Line
from milepost.modalities import minilm
from milepost.modalities.base import (
    Array,
    Block,
    Facts,
    Fitted,
    Frozen,
    Modality,
    Vectorizer,
    View,
    modalities,
    text,
)
from milepost.modalities.grams import LONGEST
from milepost.modalities.languages import WORD, languages, scripts
from milepost.modalities.ngrams import TextVectorizer, encoded, plain_names
from milepost.modalities.numeric import QUANTILES, histogram
from milepost.modalities.prose import Scale
from milepost.modalities.wordvectors import MeansVectorizer, Vectors

LENGTH, WORDS, SHARE = 30, 4, 0.5
"""Prose is longer than so many characters, of so many words, and more than this share of it is distinct."""
COVERED = 0.99
"""The signal is as long as this share of the training rows needs."""
STEP = 16
FEW = 20_000
"""With more rows texts do not go through the pretrained network, of which one takes some milliseconds."""
SAMPLED = 20_000
"""Texts whose words and languages are counted."""


@dataclass(frozen=True, eq=False)
class TextSignal(Fitted):
    """The first bytes of a text, then its plain numbers, standardised.

    Args:
        features: their names.
        plain: how plain numbers are scaled.
        blocks: the one block of bytes.
    """

    features: tuple[str, ...]
    plain: Scale
    blocks: tuple[Block, ...] = ()

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        line, length = Line(builder), self.blocks[0].width
        data = line.cut(line.pad(builder.cast(raw[0], "float"), 0, length), 0, length)
        return builder.node("Concat", data, self.plain.emit(builder, raw[0]), axis=1)

    def shortcut(self, columns: pl.DataFrame) -> Array:
        """Bytes and plain numbers, bit by bit as the graph has them."""
        texts, length = encoded(columns.to_series()), self.blocks[0].width
        result = np.empty((len(texts), len(self.features)), np.float32)
        joined = b"".join(one[:length].ljust(length, b"\0") for one in texts)
        result[:, :length] = np.frombuffer(joined, np.uint8).reshape(len(texts), length)
        result[:, length:] = self.plain.of(texts)
        return result


@dataclass(frozen=True)
class SignalVectorizer(Vectorizer):
    """Learns how many bytes of a text matter: as many as 99 % of the training rows have, 2,048 at most."""

    name: str

    def fit(self, columns: pl.DataFrame, target: Array | None, weight: Array | None) -> Fitted:  # noqa: ARG002
        texts = encoded(columns[self.name])
        longest = float(np.quantile([len(one) for one in texts], COVERED)) if texts else 1.0
        length = int(min(max(STEP, STEP * np.ceil(longest / STEP)), LONGEST))
        names = (*(f"{self.name} byte {place + 1}" for place in range(length)), *plain_names(self.name))
        return TextSignal(names, Scale.fit(texts, "signals"), (Block("bytes", 0, (length,)),))


@dataclass(frozen=True, eq=False)
class TextEmbedding(Fitted):
    """What a pretrained network makes of a text.

    Args:
        features: their names.
        frozen: the network.
    """

    features: tuple[str, ...]
    frozen: Frozen | None = None


@dataclass(frozen=True)
class EmbeddingVectorizer(Vectorizer):
    """Learns nothing: a sentence embedding."""

    name: str

    def fit(self, columns: pl.DataFrame, target: Array | None, weight: Array | None) -> Fitted:  # noqa: ARG002
        names = tuple(f"{self.name} embedding {place + 1}" for place in range(minilm.WIDTH))
        return TextEmbedding(names, minilm.MiniLM())


class Text(Modality):
    """Columns of prose: messages, reviews, descriptions."""

    name: ClassVar[str] = "text"
    becomes: ClassVar[str] = (
        "its bytes for models that read them; for all others out-of-fold scores of the target from its words "
        "and runs of characters, its length, words, and shares of capitals, digits and marks"
    )

    def recognize(self, facts: Facts) -> tuple[float, str]:
        if facts.dtype != "text":
            return 0.0, f"its values are {facts.dtype}, not text."
        known = facts.rows - facts.missing
        told = f"{facts.length:.0f} characters and {facts.words:.0f} words on average"
        if facts.length > LENGTH and facts.words >= WORDS and facts.distinct > SHARE * known:
            return 0.95, f"it is free text, {told}."
        return 0.1, f"it is short or often repeated, {told}."

    def wire(self, facts: Facts) -> str:  # noqa: ARG002
        return "bytes"

    def summarize(self, column: pl.Series) -> Mapping[str, Any]:
        """Returns counts, lengths, the vocabulary, scripts and languages.

        `rows`, `missing`, `distinct`; `characters` and `words` with `mean`, `quantiles` and a `histogram`;
        `top`: the 20 most frequent words, each with the number of texts that hold it; `vocabulary`: distinct
        words; `non_ascii`: share of characters beyond ASCII; `scripts`, `languages`: shares, guessed. Words
        and languages are of at most 20,000 texts.
        """
        known = text(column).replace("", None).drop_nulls()
        facts: dict[str, Any] = {
            "rows": len(column),
            "missing": len(column) - len(known),
            "distinct": known.n_unique(),
        }
        if not len(known):
            return facts
        lengths = known.str.len_chars().to_numpy().astype(np.float64)
        counts = known.str.count_matches(r"\S+").to_numpy().astype(np.float64)
        beyond = lengths.sum() - int(known.str.count_matches(r"[\x00-\x7F]").sum())
        few = known.sample(min(SAMPLED, len(known)), seed=0).to_list()
        held: Counter[str] = Counter()
        for one in few:
            held.update(set(WORD.findall(one.lower())))
        top = sorted(held.items(), key=lambda item: (-item[1], item[0]))[:20]
        return {
            **facts,
            "characters": _spread(lengths),
            "words": _spread(counts),
            "top": [{"value": word, "count": count} for word, count in top],
            "vocabulary": len(held),
            "non_ascii": float(beyond / max(1.0, lengths.sum())),
            "scripts": scripts(few),
            "languages": languages(few),
        }

    def vectorizer(self, view: View, facts: Mapping[str, Facts]) -> Vectorizer:
        (one,) = facts.values()
        if view == "embedded" and embeds(one):
            return MeansVectorizer(one.name, one.vectors) if one.vectors else EmbeddingVectorizer(one.name)
        return SignalVectorizer(one.name) if view == "signals" else TextVectorizer(one.name, view)

    def views(self, facts: Mapping[str, Facts]) -> frozenset[View]:
        """Returns the view of their bytes, and that of word vectors or MiniLM where `embeds` finds so."""
        own: frozenset[View] = frozenset({"signals"})
        return own | {"embedded"} if all(embeds(one) for one in facts.values()) else own

    def pretrained(self, facts: Facts) -> Frozen | None:
        """Returns word vectors where they are named, else MiniLM where `embeds` finds so."""
        if not embeds(facts):
            return None
        return Vectors("its table of word vectors", facts.vectors) if facts.vectors else minilm.MiniLM()

    def examples(self, column: pl.Series) -> list[Any]:  # noqa: ARG002
        """Returns missing, empty, very long and odd texts."""
        plain = ["", " ", "never seen before", "WIN £1,000 now!!!", "one\ntwo\r\n\tthree", "\0"]
        odd = [
            "🚀🚀 👩\u200d👩\u200d👧",
            "مرحبا بالعالم",
            "e\u0301a\u0308 ﬁ",
            "東京タワー",
            "ΣΊΣΥΦΟΣ Straße Ж",
        ]
        return [None, *plain, *odd, "long text " * 10_000]


def embeds(facts: Facts) -> bool:
    """Whether something pretrained looks at texts: word vectors that the brief names, or else MiniLM.

    MiniLM does where it is installed, texts are few, and there is time.
    """
    if facts.vectors:
        return facts.pretrained
    return minilm.installed() and facts.rows <= FEW and facts.pretrained


def _spread(values: Array) -> dict[str, Any]:
    quantiles = np.quantile(values, QUANTILES)
    return {
        "mean": float(values.mean()),
        "quantiles": {f"{share:g}": float(at) for share, at in zip(QUANTILES, quantiles, strict=True)},
        "histogram": histogram(values),
    }


modalities.add(Text.name, Text())
