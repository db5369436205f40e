"""Random changes of training rows each time they are seen, so that a network learns what does not matter."""

from __future__ import annotations

from typing import Any

SHIFT, CUT = 0.08, 0.4
"""Of a picture's side: how far it is shifted at most, and the side of the square that is cut out."""
TIMES, BANDS = 0.2, 0.2
"""Of a spectrogram's frames and bands: how long a gap is at most."""
LOST = 0.05
"""Share of the bytes of a text that are lost."""


class Augment:
    """Random changes of a batch, drawn from a generator of its own.

    Pictures are shifted, mirrored where that is allowed, and lose a square (cutout, DeVries & Taylor 2017);
    spectrograms are shifted in time and lose a stretch of time and a band of frequencies (SpecAugment, Park
    et al. 2019); texts lose bytes.

    Args:
        strength: 1 is usual, 0 changes nothing.
        flip: whether pictures may be mirrored left to right.
        generator: torch generator on the device of the batches.
    """

    def __init__(self, strength: float, flip: bool, generator: Any) -> None:
        import torch

        self.torch, self.strength, self.flip, self.generator = torch, strength, flip, generator

    def pixels(self, x: Any) -> Any:
        """Scaled pictures (rows, height, width, channels)."""
        rows, height, width = x.shape[:3]
        down, right = self._place(rows, height), self._place(rows, width)
        if self.flip:
            turn = self._uniform(rows, 1) < 0.5
            right = self.torch.where(turn, right.flip(1), right)
        x = x[self.torch.arange(rows, device=x.device)[:, None, None], down[:, :, None], right[:, None, :]]
        if not self.strength:
            return x
        gone = self._gap(rows, height, CUT, half=True)[:, :, None] & self._gap(rows, width, CUT)[:, None, :]
        return x.masked_fill(gone[..., None], 0.0)

    def spectrogram(self, x: Any) -> Any:
        """Scaled spectrograms (rows, frames, bands)."""
        if not self.strength:
            return x
        rows, frames, bands = x.shape
        places = self._place(rows, frames)
        x = x[self.torch.arange(rows, device=x.device)[:, None], places]
        gone = self._gap(rows, frames, TIMES)[:, :, None] | self._gap(rows, bands, BANDS)[:, None, :]
        return x.masked_fill(gone, 0.0)

    def bytes(self, values: Any) -> Any:
        """Which bytes of texts (rows, length) are kept: 0/1 (rows, 1, length)."""
        return (self._uniform(*values.shape) >= LOST * self.strength).float()[:, None, :]

    def _uniform(self, *shape: int) -> Any:
        return self.torch.rand(shape, generator=self.generator, device=self.generator.device)

    def _place(self, rows: int, length: int) -> Any:
        """For each row where its places come from; beyond an edge stands the edge."""
        far = round(SHIFT * self.strength * length)
        offset = ((2 * far + 1) * self._uniform(rows, 1)).floor().long() - far
        return (self.torch.arange(length, device=offset.device) + offset).clamp(0, length - 1)

    def _gap(self, rows: int, length: int, share: float, half: bool = False) -> Any:
        """For each row which of its places are lost, bool (rows, length): up to a share of them, together."""
        most = min(0.5, share * self.strength) * length
        size = most * (1.0 if share == CUT else self._uniform(rows, 1))
        middle = self._uniform(rows, 1) * length
        if half:  # every other row keeps all
            middle = self.torch.where(self._uniform(rows, 1) < 0.5, middle, -length * 1.0)
        places = self.torch.arange(length, device=self.generator.device)
        return (places + 0.5 - middle).abs() < size / 2
