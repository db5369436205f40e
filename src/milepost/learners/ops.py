"""The operations a deep network is written in: PyTorch runs them in training, a graph holds them after."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from milepost.learners.encoder import Encoder
from milepost.modalities.base import Block

Array = np.ndarray[Any, Any]
T = TypeVar("T")
CHARACTERS = 256
"""Values of a byte; 0 stands beyond the end of a text."""


@dataclass(frozen=True)
class Scale:
    """How a signal is scaled before the first convolution.

    Args:
        mean, sd: float32 (channels,) of pixels, (bands,) of a spectrogram, over training rows.
    """

    mean: Array
    sd: Array


class Ops(ABC, Generic[T]):
    """What the bodies of a network are written in; each weight has a name."""

    @abstractmethod
    def bytes(self, block: Block) -> tuple[T, T]:
        """The bytes of texts (rows, length), and which of them there are: 0/1 (rows, 1, length)."""

    @abstractmethod
    def planes(self, block: Block, scale: Scale) -> T:
        """A scaled picture (rows, channels, height, width), or spectrogram (rows, 1, frames, bands)."""

    @abstractmethod
    def others(self, columns: Array, encoder: Encoder) -> T:
        """What an encoder makes of the features that are no signals (rows, width)."""

    @abstractmethod
    def embed(self, name: str, values: T, size: int) -> T:
        """A row of a table that is learnt for each byte: (rows, size, length)."""

    @abstractmethod
    def conv(self, name: str, x: T, units: int, form: tuple[int, int], last: bool = False) -> T:
        """A convolution along all axes behind the channels, zeros beyond the borders.

        Pictures are normalised over the batch afterwards (Ioffe & Szegedy 2015): this folds into the weights.

        Args:
            name: of its weights.
            x: (rows, channels, length) or (rows, channels, height, width).
            units: channels it makes.
            form: the size of its window, and its stride.
            last: whether it ends a residual branch, which then begins at nothing (Goyal et al. 2017).
        """

    @abstractmethod
    def dense(self, name: str, x: T, units: int) -> T:
        """A product with weights and a sum with biases (rows, units)."""

    @abstractmethod
    def relu(self, x: T) -> T:
        """What is positive, else 0."""

    @abstractmethod
    def add(self, x: T, y: T) -> T:
        """The sum."""

    @abstractmethod
    def mul(self, x: T, y: T) -> T:
        """The product."""

    @abstractmethod
    def thin(self, mask: T) -> T:
        """A mask (rows, 1, length) after a convolution of stride 2: every second of its places.

        So the end of a text is where it is, however long the block of its bytes.
        """

    @abstractmethod
    def pool(self, x: T, mask: T | None = None) -> T:
        """The largest and the mean value of each channel (rows, 2 channels); under a mask what is not there
        has no say. Values must not be negative."""

    @abstractmethod
    def course(self, x: T) -> T:
        """The largest and the mean value of each channel and band over time (rows, 2 channels bands).

        What a sound is depends on which of its frequencies are there, but not on when.

        Args:
            x: (rows, channels, frames, bands).
        """

    @abstractmethod
    def join(self, parts: list[T]) -> T:
        """Vectors side by side."""

    def drop(self, x: T) -> T:
        """Dropout, in training only."""
        return x
