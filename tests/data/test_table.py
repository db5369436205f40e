"""What was loaded is brought to the few types, media among them."""

import polars as pl

from milepost.data.files import Aside
from milepost.data.formats import Part
from milepost.data.table import finish
from milepost.testing.media import png


def test_text_gets_its_types_and_bytes_become_references():
    import numpy as np

    frame = pl.DataFrame({"n": ["1", "2"], "p": [png(np.zeros((2, 2, 3))), b""]})
    part = Part(frame, "csv", ("f", "d", 1), untyped=True, aside=(Aside("x", "it is not there"),))
    table = finish(frame, part, ("a note",), (part.file,), "csv")
    assert table.frame["n"].to_list() == [1, 2]
    assert table.held == ("p",)
    assert [a.reason for a in table.aside] == ["it is not there", "it is empty (0 bytes)"]
    assert table.notes[0] == "a note"
