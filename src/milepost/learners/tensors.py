"""What every trainer on PyTorch needs: rows as tensors, and the loss of each row."""

from __future__ import annotations

from typing import Any

import numpy as np

from milepost.learners.base import Batch


def tensors(batch: Batch, link: str, device: str = "cpu") -> tuple[Any, Any, Any]:
    """Returns features, targets and weights with mean 1 as tensors.

    Args:
        batch: rows.
        link: the link of the head; "softmax" has class codes (rows,), others floats (rows, width).
        device: where they lie.
    """
    import torch

    y = batch.y if link == "softmax" else np.asarray(batch.y, np.float32).reshape(len(batch.y), -1)
    weight = np.ones(len(y)) if batch.weight is None else np.asarray(batch.weight, np.float64)
    weight = (weight / weight.mean()).astype(np.float32)
    x, y, weight = (
        torch.from_numpy(np.ascontiguousarray(array)).to(device)
        for array in (np.asarray(batch.x, np.float32), y, weight)
    )
    return x, y.long() if link == "softmax" else y, weight


def losses(link: str, raw: Any, y: Any) -> Any:
    """Returns the loss of each row (rows,), the mean over outputs where there are several."""
    from torch.nn import functional

    if link == "softmax":
        return functional.cross_entropy(raw, y, reduction="none")
    if link == "identity":
        return ((raw - y) ** 2).mean(dim=1)
    return functional.binary_cross_entropy_with_logits(raw, y, reduction="none").mean(dim=1)
