"""Trains the common network from nothing: its form, its scales, and its epochs."""

from __future__ import annotations

from typing import Any

import numpy as np

from milepost.learners.base import Batch, Params
from milepost.learners.bodies import Form
from milepost.learners.encoder import Encoder
from milepost.learners.epochs import Epochs
from milepost.learners.loss import constant
from milepost.learners.ops import Scale
from milepost.learners.torchops import TorchOps
from milepost.modalities.base import Block

Array = np.ndarray[Any, Any]
SAMPLE = 1_000
"""Rows whose values say how a signal is scaled."""


class Trainer(Epochs[TorchOps]):
    """One training run of a deep network that begins from nothing."""

    def network(self, train: Batch) -> TorchOps:
        """The network before it learns."""
        start = constant(train, self.job.head.link, self.job.head.width)
        params = self.params
        noise = (float(params["dropout"]), float(params["augment"]), bool(params["flip"]))
        form = form_of(train, params, self.job.head.width)
        return TorchOps(form, start, self.job.seed, self.device, noise)


def form_of(train: Batch, params: Params, outputs: int) -> Form:
    """The form of a network for rows with these signals."""
    signal = np.zeros(train.x.shape[1], bool)
    for block in train.blocks:
        signal[block.columns] = True
    columns = np.flatnonzero(~signal)
    codes = tuple(train.codes[column] for column in columns) if train.codes else ()
    return Form(
        blocks=train.blocks,
        scales=tuple(scale_of(train.x, block) for block in train.blocks),
        columns=columns,
        encoder=Encoder.of(train.x[:, columns], codes, 0, int(params["embedding"])),
        channels=int(params["channels"]),
        depth=int(params["depth"]),
        width=int(params["width"]),
        outputs=outputs,
    )


def scale_of(x: Array, block: Block) -> Scale | None:
    """Mean and spread of each channel or band over some rows; None for bytes."""
    if block.kind == "bytes":
        return None
    some = x[:: -(-len(x) // SAMPLE) or 1, block.columns].reshape(-1, block.shape[-1]).astype(np.float64)
    sd = some.std(axis=0) if len(some) else np.ones(block.shape[-1])
    mean = some.mean(axis=0) if len(some) else np.zeros(block.shape[-1])
    return Scale(mean.astype(np.float32), np.maximum(sd, 1e-3).astype(np.float32))
