"""Remembers finished fits in the project's store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from milepost.digest import Digest
from milepost.learners.base import Point
from milepost.store.blobs import Blobs
from milepost.store.rows import Rows
from milepost.training.fit import Fitted


class Remembered:
    """Finished fits as rows of the log, their predictions as blobs.

    Args:
        rows: the append-only log.
        blobs: holds the predictions.
        folder: where long fits keep their state while they run; None: nowhere.
    """

    def __init__(self, rows: Rows, blobs: Blobs, folder: Path | None = None) -> None:
        self.rows, self.blobs, self.folder = rows, blobs, folder

    def checkpoint(self, key: Digest) -> Path | None:
        """The file of a running fit's state."""
        return None if self.folder is None else self.folder / f"{key[:24]}.state"

    def leave(self, learnt: bytes) -> Digest:
        """Keeps what a fit learnt, for a refit to begin from."""
        return self.blobs.put(learnt)

    def recall(self, key: Digest) -> Fitted | None:
        """The fit of a key, if it was ever finished or cut by its time limit."""
        entry = self.rows.last("fit", key)
        if entry is None:
            return None
        body = dict(entry.body)
        prediction = self.blobs.get_array(body.pop("prediction"))
        curve = tuple(Point(**point) for point in body.pop("curve"))
        return Fitted(prediction=prediction, curve=curve, **body)

    def remember(self, key: Digest, fitted: Fitted) -> None:
        """Keeps a finished fit."""
        body = {k: v for k, v in vars(fitted).items() if k not in ("prediction", "curve")}
        body["prediction"] = self.blobs.put_array(fitted.prediction)
        body["curve"] = [asdict(point) for point in fitted.curve]
        self.rows.append("fit", key, body)

    def recall_all(self, key: Digest) -> list[Fitted] | None:
        """The fits of all folds of a configuration that was remembered as a whole."""
        entry = self.rows.last("fits", key)
        if entry is None:
            return None
        body = entry.body
        parts = np.split(self.blobs.get_array(body["prediction"]), np.cumsum(body["rows"])[:-1])
        return [
            Fitted(prediction=part, curve=tuple(Point(**point) for point in curve), **fit)
            for part, curve, fit in zip(parts, body["curves"], body["fits"], strict=True)
        ]

    def remember_all(self, key: Digest, fits: Sequence[Fitted]) -> None:
        """Keeps a configuration's quick fits in one row and one blob."""
        plain = [{k: v for k, v in vars(fit).items() if k not in ("prediction", "curve")} for fit in fits]
        body = {
            "fits": plain,
            "curves": [[asdict(point) for point in fit.curve] for fit in fits],
            "rows": [len(fit.prediction) for fit in fits],
            "prediction": self.blobs.put_array(np.concatenate([fit.prediction for fit in fits])),
        }
        self.rows.append("fits", key, body)
