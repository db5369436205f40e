import numpy as np
import pytest

from milepost.errors import InputError
from milepost.labels.formats.brush import decode, encode
from milepost.labels.shapes import pixels, runs


@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (300, 400)])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 1.0])
def test_there_and_back(shape: tuple[int, int], share: float) -> None:
    picture = np.random.default_rng(0).random(shape) < share
    packed = encode(runs(picture), shape[1], shape[0])
    assert all(0 <= byte <= 255 for byte in packed)
    back = decode(packed, shape[1], shape[0])
    assert back == runs(picture)
    assert (pixels({"rle": back, "width": shape[1], "height": shape[0]}) == picture).all()


def test_values_that_are_not_repeated_are_read_too() -> None:
    """Eight bytes, two pixels: a literal block, the alphas being 4 and 255."""
    block = [1, 2, 3, 4, 250, 251, 252, 255]
    bits = f"{8:032b}{7:05b}" + "".join(f"{size:04b}" for size in (2, 3, 7, 15)) + f"0{0:02b}{7:03b}"
    bits += "".join(f"{byte:08b}" for byte in block)
    bits += "0" * (-len(bits) % 8)
    assert decode([int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)], 2, 1) == [1, 1]


def test_broken_runs_are_refused() -> None:
    good = encode([3, 5], 4, 2)
    for packed, size in (
        (good[:-2], (4, 2)),
        (good, (5, 2)),
        ([300], (1, 1)),
        (["x"], (1, 1)),
        (good, (0, 2)),
    ):
        with pytest.raises(InputError):
            decode(packed, *size)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="do not fit"):
        decode(good, 1 << 20, 1 << 20)
