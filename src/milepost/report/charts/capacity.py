"""Loss against the size of models: where training goes on falling and validation turns."""

from __future__ import annotations

from collections.abc import Sequence

from milepost.report import theme
from milepost.report.blocks import Chart
from milepost.report.sentences import number
from milepost.report.theme import ACCENT, OTHER, WARN, finish, floats, unique
from milepost.report.vega import Rows, channel, layer, mark

Numbers = Sequence[float]


def capacity(sizes: Sequence[str], train: Numbers, valid: Numbers, turn: int | None, title: str) -> Chart:
    """Returns training and validation loss by size, small to large, with the size at which validation turns.

    Args:
        sizes: the sizes in words.
        train, valid: losses at each.
        turn: place of the size at which validation turns, or None.
        title: what it shows.
    """
    learnt, judged, labels = floats(train), floats(valid), unique(sizes)
    rows: Rows = [
        {"size": label, "loss": loss, "of": name}
        for name, losses in (("training", learnt), ("validation", judged))
        for label, loss in zip(labels, losses, strict=True)
    ]
    under = {"labelAngle": 0 if sum(map(len, labels)) <= 60 else -30, "values": labels}
    x = channel("size:N", sort=None, title="size of the model", scale={"type": "point"}, axis=under)
    y = channel("loss:Q", title="loss", axis=theme.axis([*learnt, *judged]))
    colours = {"domain": ["training", "validation"], "range": [OTHER, ACCENT]}
    lines = {"x": x, "y": y, "color": channel("of:N", scale=colours, legend=theme.key())}
    layers = [mark("line", lines), mark("point", lines, size=45)]
    told = "empty"
    if labels:
        told = (
            f"from {labels[0]} to {labels[-1]} training loss goes from {number(learnt[0])} to "
            f"{number(learnt[-1])}, validation loss from {number(judged[0])} to {number(judged[-1])}"
        )
    if turn is not None:
        place: Rows = [{"size": labels[turn], "loss": judged[turn], "text": "turns here"}]
        layers.append(mark("point", {"x": x, "y": y}, place, size=130, color=WARN))
        words = {"x": x, "y": y, "text": channel("text:N")}
        layers.append(mark("text", words, place, dy=-14, color=WARN))
        told += f"; validation turns at {labels[turn]}"
    return finish(layer(*layers, rows=rows), 250, title, f"Loss by size of the model: {told}.")
