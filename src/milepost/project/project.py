"""Project: a directory with a brief and a ledger, and everything one can do with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import polars as pl

from milepost.brief import Brief
from milepost.digest import Json
from milepost.errors import GateFailed, MilepostError, UsageError, Waits, did_you_mean
from milepost.ledger import Evidence, Ledger
from milepost.project import after, deliver, person
from milepost.project.labels import ProjectLabels
from milepost.project.person import named, whoami
from milepost.project.renew import Renewal, first, renew, settle
from milepost.project.start import OPTIONS, keep, start
from milepost.project.status import Status, status_of
from milepost.project.walk import road_of, walk
from milepost.registry import load_plugins
from milepost.shipping.verify import Proof
from milepost.steps.base import Step, typed
from milepost.steps.generation import Dataset, dataset, generations
from milepost.steps.outcomes import Arrived
from milepost.steps.renew import Renew
from milepost.steps.run import Road, current
from milepost.steps.work import STORE, Talk
from milepost.store.blobs import Blobs
from milepost.store.moving import located


class Project:
    """A machine-learning project in a directory.

    Args:
        folder: the directory with milepost.toml.

    Raises:
        BriefError: there is no milepost.toml, or it holds something that cannot be.
    """

    def __init__(self, folder: str | Path = ".") -> None:
        self.folder = Path(folder)
        self.brief = Brief.load(self.folder)
        store = self.folder / STORE
        self.ledger = Ledger(located(store))
        self.blobs = Blobs(store / "blobs")
        load_plugins(self.folder / "plugins")

    @classmethod
    def new(
        cls,
        folder: str | Path,
        data: Any,
        target: str = "",
        like: Brief | None = None,
        talk: Talk | None = None,
        **options: Any,
    ) -> Project:
        """Makes a project from data and a target; what is not said is inferred and explained.

        Args:
            folder: where; made if missing.
            data: a file, a folder, an SQL URL, or a pandas or Polars table (kept as Parquet in the folder).
            target: the target column, or several separated by commas; "" where folders are the classes.
            like: a brief whose other content is taken over.
            talk: where progress is shown.
            options: task, labels, positive, metric, time, group, split, test, production, budget,
                threads, seed, refit.

        Raises:
            UsageError: an unknown option, or the folder already holds a project.
            InputError: the data cannot be read, or the target is not in it.
        """
        for name in options:
            if name not in OPTIONS:
                raise UsageError(f"there is no option '{name}'.", todo=did_you_mean(name, OPTIONS))
        say = (talk or Talk()).say
        if isinstance(data, str | Path):
            start(Path(folder), str(data), target, options, like, say)
            return cls(folder)
        path = keep(Path(folder), data)
        try:
            start(Path(folder), str(path), target, options, like, say)
        except BaseException:
            path.unlink()
            raise
        return cls(folder)

    @property
    def road(self) -> Road:
        """The road of this project: steps, stores and engine as they are now."""
        return road_of(self.folder, self.brief, self.ledger, self.blobs)

    def run(
        self,
        until: str | None = None,
        start: str | None = None,
        yes: bool = False,
        waive_all: str | None = None,
        talk: Talk | None = None,
    ) -> Status:
        """Runs the road until a gate fails, a person has to answer, or its end.

        Args:
            until: the last step to run.
            start: run this step and those after it again even where nothing changed.
            yes: take every stated default; still stops where a gate fails.
            waive_all: reason with which every failed gate is waived on the way.
            talk: where progress is shown and questions are put.

        Returns the status afterwards; its `code` is the exit code.
        """
        talk = named(talk, yes)
        with self.ledger.rows.lock():
            settle(self.road)
            walk(self.road, talk, until, start, waive_all)
        return self.status()

    def renew(
        self,
        data: Any,
        pool: Any = None,
        yes: bool = False,
        waive_all: str | None = None,
        talk: Talk | None = None,
        **settings: Json,
    ) -> Renewal:
        """Makes the next generation of new rows, and promotes it where it beats the champion on fresh ones.

        The same call again goes on where it was stopped, and does nothing twice.

        Args:
            data: the new rows: a file, a folder, an SQL URL or a table.
            pool: rows without a label to list what to label next from; "requests": the request log.
            yes, waive_all, talk: as for `run`, on the candidate's road.
            settings: share, keep, rule, expired, labels, most.

        Raises:
            UsageError: the road is not at its end, or rows of an earlier generation.
            InputError: no two models can be compared on these rows.
        """
        step = cast(Renew, Renew.configured(settings))
        with self.ledger.rows.lock():
            return renew(self.road, data, pool, step, named(talk, yes), waive_all)

    def dataset(self, generation: int = 1) -> Dataset:
        """What a generation of the dataset is made of; `rows` reads its rows."""
        if generation == 1 and not generations(self.ledger):
            first(self.road, Talk(by=whoami()))
        return dataset(self.ledger, generation)

    def rows(self, part: str = "development", generation: int = 1) -> pl.DataFrame:
        """The rows of a generation to develop with, or its "pool"; sealed rows are not for reading."""
        if part not in ("development", "pool"):
            raise UsageError(f"'{part}' rows are not for reading.", expected="development or pool.")
        return self.blobs.get_frame(getattr(self.dataset(generation), part))

    def step(self, name: str, talk: Talk | None = None, **settings: Json) -> Evidence:
        """Runs one step, and stale ones above it, with settings that are kept for later runs.

        Raises:
            UsageError: a setting the step does not have, or a value it cannot work with; it is not kept.
            GateFailed: a step above failed.
            Waits: a step above waits for a person.
        """
        before = self.ledger.settings(name)
        if self.road.step(name, settings).settled:
            raise UsageError(f"'{name}' has a command of its own.", todo=f"milepost {name} --help")
        if settings:
            self.ledger.set(name, {**before, **settings})
        try:
            if name in after.names(self.road):
                return after.step(self.road, name, talk or Talk(by=whoami()))
            status = self.run(until=name, talk=talk)
        except MilepostError:
            if settings:
                self.ledger.set(name, before)
            raise
        made = current(self.road).get(name)
        if made is None:
            kind = GateFailed if status.code == GateFailed.exit_code else Waits
            raise kind(f"'{name}' was not reached.", todo=status.next)
        return made

    def monitor(self, talk: Talk | None = None, **settings: Json) -> Evidence:
        """Holds the requests that were answered against what is normal; failed where there is an alarm.

        Args:
            talk: where progress is shown.
            settings: see the milepost `monitor`.
        """
        return self.step("monitor", talk, **settings)

    def outcomes(self, data: Any, key: str = "", at: str = "", requests: str = "") -> Arrived:
        """Records truths that arrived late; see `milepost.steps.outcomes`.

        Args:
            data: a table of truths: the target, and what names the request of each.
            key: the columns that name it, separated by commas; "" finds them.
            at: the column that says when each became known.
            requests: a file of requests whose rows stand in the same order.

        Raises:
            InputError: something is wrong with the table; then nothing is recorded.
        """
        return after.outcomes(self, data, key, at, requests)

    def found(self, name: str) -> Any:
        """The findings of a step as its dataclass, or None where it has not run."""
        road = self.road
        kind: type[Step] = next(s for s in road.kinds if s.name == name)
        evidence = self.ledger.last(name) if kind in road.beyond else current(road).get(name)
        return None if evidence is None else typed(kind.findings, evidence.findings)

    def status(self) -> Status:
        """Where the project stands; runs nothing."""
        return status_of(self.road)

    def answer(self, question: str, value: Json, by: str | None = None, because: str = "") -> None:
        """Answers a question that waits, or changes an earlier answer.

        Raises `UsageError` where there is no such question, or the value is not among its options.
        """
        person.answer(self.road, question, value, by or whoami(), because)

    def waive(self, step: str, because: str, by: str | None = None) -> Evidence:
        """Waives a failed step with a reason and a name; the report prints it.

        Raises `UsageError` where it has not failed, or no reason is given.
        """
        return person.waive(self.road, step, because, by or whoami())

    def predict(self, rows: Any) -> Any:
        """Predictions for raw rows with the shipped package; pandas in gives pandas out, Polars gives Polars.

        Raises:
            UsageError: there is no package yet.
        """
        from milepost.project.answer import predict

        return predict(self.package, rows, self.brief.budget.threads, self.folder)

    @property
    def labels(self) -> ProjectLabels:
        """The labels that people give: asking for them, their state, files in and out, the label set."""
        return ProjectLabels(self.road, whoami())

    @property
    def package(self) -> Path:
        """The folder of the shipped package.

        Raises:
            UsageError: nothing was shipped yet.
        """
        folder = self.folder / "package"
        if not (folder / "manifest.json").is_file():
            raise UsageError(
                f"'{self.folder}' has no package yet.", todo=f"Run the road: milepost run {self.folder}"
            )
        return folder

    def ship(
        self, to: str = "server", out: str | Path | None = None, talk: Talk | None = None, point: str = ""
    ) -> Path:
        """Ships to a target, as a point of the frontier; returns the folder, copied to `out` where given.

        Raises:
            UsageError: there is no such target, or no such point.
            GateFailed, Waits: it is not proven, a constraint is broken, or a step above failed or waits.
        """
        return deliver.ship(self, to, out, talk, point)

    def verify(self) -> Proof:
        """Proves the package again: its digests, and its answers to the golden rows at batch 1, 5 and all."""
        from milepost.shipping.verify import verify

        return verify(self.package)

    def serve(self, port: int = 8080, host: str = "127.0.0.1") -> None:
        """Serves the package until the process is told to stop; requests are logged in the project."""
        from milepost.serving.__main__ import serve

        serve(str(self.package), host=host, port=port, log=str(self.folder / "requests"))

    def report(self, out: str | Path | None = None) -> Path:
        """Writes the report, one self-contained HTML file, and returns its path."""
        from milepost.project.tell import report

        return report(self.road, Path(out) if out else self.folder / "report.html")

    def looks(self) -> list[dict[str, Any]]:
        """Every look at validation rows so far."""
        return self.ledger.looks()

    def settings(self) -> Mapping[str, Json]:
        """The settings given for single steps."""
        return {kind.name: self.ledger.settings(kind.name) for kind in self.road.kinds}
