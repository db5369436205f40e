"""Loss against the size of models: where training goes on falling and validation turns."""

from __future__ import annotations

from collections.abc import Sequence

from milepost.report import theme
from milepost.report.blocks import Chart
from milepost.report.sentences import number
from milepost.report.theme import ACCENT, OTHER, WARN, Rows, data, finish, floats, unique

Numbers = Sequence[float]


def capacity(sizes: Sequence[str], train: Numbers, valid: Numbers, turn: int | None, title: str) -> Chart:
    """Returns training and validation loss by size, small to large, with the size at which validation turns.

    Args:
        sizes: the sizes in words.
        train, valid: losses at each.
        turn: place of the size at which validation turns, or None.
        title: what it shows.
    """
    import altair as alt

    learnt, judged, labels = floats(train), floats(valid), unique(sizes)
    rows: Rows = [
        {"size": label, "loss": loss, "of": name}
        for name, losses in (("training", learnt), ("validation", judged))
        for label, loss in zip(labels, losses, strict=True)
    ]
    x = alt.X(
        "size:N", sort=None, title="size of the model", scale=alt.Scale(type="point"),
        axis=alt.Axis(labelAngle=0 if sum(map(len, labels)) <= 60 else -30),
    )  # fmt: skip
    y = alt.Y("loss:Q", title="loss", axis=theme.axis([*learnt, *judged]))
    colours = alt.Scale(domain=["training", "validation"], range=[OTHER, ACCENT])
    legend = alt.Legend(orient="top", title=None, labelFontSize=13)
    base = alt.Chart(data(rows)).encode(x=x, y=y, color=alt.Color("of:N", scale=colours, legend=legend))
    layers = [base.mark_line(), base.mark_point(size=45)]
    told = "empty"
    if labels:
        told = (
            f"from {labels[0]} to {labels[-1]} training loss goes from {number(learnt[0])} to "
            f"{number(learnt[-1])}, validation loss from {number(judged[0])} to {number(judged[-1])}"
        )
    if turn is not None:
        mark = alt.Chart(data([{"size": labels[turn], "loss": judged[turn], "text": "turns here"}]))
        layers.append(mark.mark_point(size=130, color=WARN).encode(x=x, y=y))
        layers.append(mark.mark_text(dy=-14, color=WARN).encode(x=x, y=y, text="text:N"))
        told += f"; validation turns at {labels[turn]}"
    return finish(alt.layer(*layers), 250, title, f"Loss by size of the model: {told}.")
