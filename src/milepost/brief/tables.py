"""The tables of milepost.toml as frozen models; what a key says of itself is its documentation."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from milepost.brief import checks

Names = Annotated[tuple[str, ...], BeforeValidator(checks.names)]
Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Threads = Annotated[int, Field(ge=1, le=1024)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]
Cost = Annotated[float | str | None, BeforeValidator(checks.cost)]
Margins = dict[str, dict[str, Annotated[float, Field(ge=0)]]]
Role = Literal["", "input", "target", "key", "time", "group", "weight", "ignored"]

HYPOTHESES = (
    "The target can be predicted from the inputs.",
    "The rows at hand hold enough information to learn how.",
)


def key(default: Any, says: str, example: Any = None) -> Any:
    """Declares a key: its default, its one-line description and an example of it."""
    return Field(default, description=says, examples=[default if example is None else example])


class Table(BaseModel):
    """One table: strict types, no unknown keys, no infinities, never changed once made."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Problem(Table):
    """What is to be found out, and for whom."""

    name: str = key("", "A short name of the project.", "late flights")
    question: str = key(
        "",
        "The question, in one sentence, and the moment at which it is asked.",
        "Asked at scheduled departure: will the flight arrive more than 15 minutes late?",
    )
    why: str = key("", "What the answer is used for.", "Warn passengers who have a connection.")
    for_whom: str = key("", "Who acts on the answer.", "the transfer desk")
    hypotheses: Names = key(HYPOTHESES, "The two hypotheses that the project makes.")

    @model_validator(mode="after")
    def _two(self) -> Problem:
        if len(self.hypotheses) != 2:
            raise ValueError(f"hypotheses holds {len(self.hypotheses)} sentences; two are expected")
        return self


class Target(Table):
    """What is predicted."""

    columns: Names = key((), "The target column, or several for a vector.", ("late",))
    task: str = key(
        "",
        'The task: "binary", "multiclass", "multilabel", "regression" or "vector"; empty: inferred.',
        "binary",
    )
    labels: Names = key(
        (), "What people who label choose among; the data may lack the column then.", ("cat", "dog")
    )
    positive: str = key("", "The class to find, in a binary task; empty: the rarer one.", "yes")


class Data(Table):
    """Where the rows come from, and how they may be divided."""

    source: str = key("", "A file, a folder or an SQL URL; paths are relative to this folder.", "rows.csv")
    test: str = key("", "Your own test file, sealed in place of a share of the rows.", "test.csv")
    production: str = key("", "A sample of rows as production has them.", "production.csv")
    licence: str = key("", "Under which licence or agreement the rows are used.", "CC0-1.0")
    origin: str = key("", "How the rows came to be.", "Exported from the booking system.")
    absent: str = key("", "Who or what could not be among the rows.", "Cancelled flights.")
    time: str = key("", "The column that orders the rows in time.", "scheduled")
    group: str = key("", "The column whose rows belong together, such as a person.", "customer")
    keys: Names = key((), "Columns that name a row: passed through, never learnt.", ("id",))
    split: Literal["", "random", "time", "group"] = key(
        "", 'How rows are divided: "random", "time" or "group"; empty: inferred.', "time"
    )
    delay: Annotated[str, BeforeValidator(checks.delay)] = key(
        "", "How long after the question the answer is known.", "30d"
    )

    @model_validator(mode="after")
    def _split_has_its_column(self) -> Data:
        for kind, column in (("time", self.time), ("group", self.group)):
            if self.split == kind and not column:
                raise ValueError(f'split = "{kind}" needs a column, named by the key `{kind}`')
        return self


class ColumnBrief(Table):
    """What is known of one column."""

    role: Role = key("", "What the column does; empty: inferred.", "ignored")
    modality: str = key("", 'The kind of its values, such as "number"; empty: inferred.', "category")
    available: bool = key(True, "Whether its value is known when the prediction is asked for.", False)
    because: str = key("", "The reason.", "Known only after landing.")
    monotone: Annotated[Literal["", "up", "down"], BeforeValidator(checks.direction)] = key(
        "", 'Of a number: as it grows the answer never falls ("up") or never rises ("down").', "up"
    )
    holidays: Annotated[str, BeforeValidator(checks.country)] = key(
        "", "Of dates: whose public holidays count, as a code of ISO 3166.", "DE-BY"
    )
    vectors: Annotated[str, BeforeValidator(checks.file)] = key(
        "", "Of a text: a file of word vectors in this folder, as word2vec, GloVe or fastText.", "wiki.vec"
    )
    vector_words: Count = key(50_000, "Of so many words a package holds vectors, at most.")


class Success(Table):
    """When the project has succeeded."""

    metric: str = key("", "The metric of success; empty: chosen by the task.", "roc_auc")
    bar: float | None = key(None, "The value it has to reach on sealed rows.", 0.75)


class Value(Table):
    """What a prediction is worth."""

    events_per_day: Positive | None = key(None, "Predictions asked for a day.", 900.0)
    prevalence: Share | None = key(
        None, "Share of the positive class in production, where the rows have another.", 0.02
    )
    cost_miss: Cost = key(None, "Cost of a missed positive: a number, or the column that holds it.", 5.0)
    cost_false_alarm: Cost = key(None, "Cost of a false alarm: a number, or the column that holds it.", 1.0)
    cost_unit: str = key("", "The unit of the costs.", "EUR")
    label_cost: Positive | None = key(None, "Cost of one more labelled row, in the same unit.", 0.5)
    hour_cost: Positive | None = key(None, "Cost of an hour of tuning, machine and people.", 20.0)
    capacity_per_day: Positive | None = key(None, "How many flagged cases can be looked at a day.", 200.0)


class Existing(Table):
    """The solution there is today, which has to be beaten."""

    rule: Annotated[str, BeforeValidator(checks.rule)] = key(
        "", "A Python function of this folder that answers for a table of rows.", "rules.py:late"
    )
    column: str = key("", "The column that holds its answers.", "score_today")

    @model_validator(mode="after")
    def _one(self) -> Existing:
        if self.rule and self.column:
            raise ValueError("rule and column are both given; the existing solution is one of them")
        return self


class Constraints(Table):
    """What the shipped model must keep to."""

    latency_ms: Positive | None = key(None, "Milliseconds for one row, at most.", 5.0)
    size_mb: Positive | None = key(None, "Megabytes of the package, at most.", 50.0)
    memory_mb: Positive | None = key(None, "Megabytes of memory while serving, at most.", 500.0)
    point: Annotated[Literal["", "ensemble", "single", "small"], BeforeValidator(checks.point)] = key(
        "", 'What ships: the whole "ensemble", its best "single" member, or its "small" part.', "small"
    )
    loss: Share | None = key(
        None, "Share of the gain over the naive answer that a smaller model may give up.", 0.02
    )
    where: Literal["", "server", "device", "browser"] = key(
        "", 'Where it runs: "server", "device" or "browser"; empty: a server.', "server"
    )
    privacy: str = key("", "What must not leave the house.", "No row leaves the company.")


class People(Table):
    """Whose results are compared, so that nobody is served worse unseen."""

    columns: Names = key((), "Columns whose groups are compared.", ("sex", "region"))


class Correction(Table):
    """What is done when the rows differ from production."""

    method: Literal["", "weights", "label-shift", "raking", "none"] = key(
        "",
        'The correction: "weights", "label-shift", "raking" or "none"; empty: asked for when needed.',
        "weights",
    )
    because: str = key("", "The reason for it.", "The sample was drawn by region.")
    margins: Margins = key(
        {}, "For raking: the shares of columns' values in production.", {"sex": {"f": 0.5, "m": 0.5}}
    )

    @model_validator(mode="after")
    def _complete(self) -> Correction:
        if self.method == "none" and not self.because:
            raise ValueError('method = "none" needs a reason, in the key `because`')
        if self.method == "raking" and not self.margins:
            raise ValueError('method = "raking" needs shares, in the key `margins`')
        return self


class Budget(Table):
    """How much work may be spent."""

    seconds: Annotated[float, BeforeValidator(checks.duration), Field(gt=0, le=1e9)] = key(
        120.0, 'Wall-clock time of the road until `final` has ended; "2m" and "1h" are understood.'
    )
    threads: Threads = key(2, "Threads used at once.")
    seed: Seed = key(0, "Seed of every random choice.")
    refit: Literal["development", "all"] = key(
        "development", 'Rows the shipped model is fitted on: "development", or "all" with the sealed ones.'
    )
    trials: Count | None = key(
        None, "Exact number of configurations to try, in place of the clock: the same package each time.", 20
    )
