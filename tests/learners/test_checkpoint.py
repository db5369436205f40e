"""A state on disk is read back as it was, and nothing else is believed."""

import pickle

import pytest

from milepost.learners.checkpoint import Checkpoint

torch = pytest.importorskip("torch", reason="needs the extra [network]")


def test_a_state_comes_back_and_goes(tmp_path):
    kept = Checkpoint(tmp_path / "new" / "one.state")
    assert kept.read() is None
    kept.write({"net": [torch.arange(3.0)], "loop": (1, 2.5, [(1, 0.5, float("nan"))])})
    found = Checkpoint(tmp_path / "new" / "one.state").read()
    assert found["net"][0].tolist() == [0.0, 1.0, 2.0]
    assert found["loop"][:2] == (1, 2.5)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["one.state"]
    kept.clear()
    assert kept.read() is None


def test_no_folder_keeps_nothing():
    kept = Checkpoint(None)
    kept.write({"step": 1})
    kept.clear()
    assert kept.read() is None
    assert not kept.due


def test_a_state_is_due_after_some_time(tmp_path):
    assert Checkpoint(tmp_path / "a", every=0.0).due
    assert not Checkpoint(tmp_path / "a", every=60.0).due


class Trap:
    def __reduce__(self):
        return print, ("code ran",)


@pytest.mark.parametrize("content", [b"", b"nonsense", pickle.dumps(Trap())])
def test_a_damaged_or_forged_file_is_no_state(tmp_path, content, capsys):
    (tmp_path / "a").write_bytes(content)
    assert Checkpoint(tmp_path / "a").read() is None
    assert "code ran" not in capsys.readouterr().out


def test_a_truncated_file_is_no_state(tmp_path):
    kept = Checkpoint(tmp_path / "a")
    kept.write({"net": [torch.zeros(1000)]})
    whole = (tmp_path / "a").read_bytes()
    (tmp_path / "a").write_bytes(whole[: len(whole) // 2])
    assert kept.read() is None
