"""Weights are read without running anything; whatever else a file holds is refused."""

from __future__ import annotations

import os
import pickle
import struct
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from milepost.errors import Corrupt
from milepost.modalities import lite
from milepost.modalities.weights import MAGIC, PROTOCOL, read

torch = pytest.importorskip("torch", reason="torch writes the files")


@pytest.fixture(autouse=True)
def _there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def old(path: Path, content: object) -> Path:
    torch.save(content, path, _use_new_zipfile_serialization=False)
    return path


def test_tensors_come_back_whatever_their_form(tmp_path: Path) -> None:
    base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
    tensors = OrderedDict(
        a=base, b=base[:, 1:, ::2], c=base.permute(2, 0, 1), d=torch.tensor(7), e=torch.zeros(0, 3),
        f=torch.tensor([1.5, -2.0], dtype=torch.float64), g=torch.tensor([1.5], dtype=torch.float16),
    )  # fmt: skip
    found = read(old(tmp_path / "w.pth", tensors))
    assert set(found) == set(tensors)
    for name, value in tensors.items():
        assert found[name].dtype == value.numpy().dtype, name
        assert np.array_equal(found[name], value.numpy()), name


@pytest.mark.skipif(not lite.installed(), reason="the weights are not installed (extra [image])")
def test_a_real_file_reads_as_torch_reads_it() -> None:
    from importlib.util import find_spec

    origin = find_spec(lite.PACKAGE)
    assert origin is not None
    path = Path(str(origin.origin)).parent / lite.FILE
    expected = torch.load(path, weights_only=True, map_location="cpu")
    found = read(path)
    assert list(found) == list(expected)
    assert all(np.array_equal(found[name], expected[name].numpy()) for name in expected)


class Evil:
    """Makes a folder where it is unpickled by whoever trusts it."""

    def __reduce__(self) -> tuple[object, ...]:
        return (os.mkdir, ("was-here",))


def test_the_trap_works() -> None:
    with pytest.raises(FileExistsError):
        [pickle.loads(pickle.dumps(Evil())) for _ in range(2)]


@pytest.mark.parametrize(
    "content",
    [Evil(), OrderedDict(a=Evil()), OrderedDict(a=3), [torch.zeros(2)], {"a": {"b": torch.zeros(2)}}],
    ids=["call", "call inside", "number", "list", "nested"],
)
def test_what_is_no_dict_of_tensors_is_refused_and_not_run(content: object, tmp_path: Path) -> None:
    with pytest.raises(Corrupt, match="safely"):
        read(old(tmp_path / "w.pth", content))
    assert not Path("was-here").exists()


@pytest.mark.parametrize("part", range(4))
def test_a_call_in_any_of_the_pickles_of_a_file_is_refused(part: int, tmp_path: Path) -> None:
    parts = [MAGIC, PROTOCOL, {"little_endian": True}, OrderedDict(), []]
    parts[part if part < 3 else 4] = Evil()
    path = tmp_path / "w.pth"
    path.write_bytes(b"".join(pickle.dumps(one, 2) for one in parts))
    with pytest.raises(Corrupt):
        read(path)
    assert not Path("was-here").exists()


def test_a_file_cut_short_or_of_another_format_is_refused(tmp_path: Path) -> None:
    data = old(tmp_path / "w.pth", OrderedDict(a=torch.ones(100), b=torch.ones(5))).read_bytes()
    for cut in (0, 1, 10, 100, len(data) - 30, len(data) - 1):
        (tmp_path / "cut.pth").write_bytes(data[:cut])
        with pytest.raises(Corrupt):
            read(tmp_path / "cut.pth")
    torch.save(OrderedDict(a=torch.ones(3)), tmp_path / "new.pth")
    with pytest.raises(Corrupt):
        read(tmp_path / "new.pth")


def test_a_tensor_cannot_reach_beyond_its_storage(tmp_path: Path) -> None:
    data = bytearray(old(tmp_path / "w.pth", OrderedDict(a=torch.ones(7))).read_bytes())
    at = data.rindex(struct.pack("<q", 7))
    data[at : at + 8] = struct.pack("<q", 9)
    (tmp_path / "w.pth").write_bytes(bytes(data))
    with pytest.raises(Corrupt, match="another size"):
        read(tmp_path / "w.pth")
