"""What each contender of `tables.py` does with a table: fit within the budget, give answers and a size.

It runs in the environment of the contender, so that imports of peers and of milepost lie inside functions.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

Job = Mapping[str, Any]
Answers = Callable[[Any], Any]
"""From a table of rows to answers."""
NAMES = {
    "autogluon": {"average_precision": "average_precision", "rmse": "root_mean_squared_error"},
    "flaml": {"average_precision": "ap"},
}
"""What a peer calls a metric, where that is not its usual name."""
NUMBER = "float64"


def frames(job: Job) -> tuple[Any, Any, Any]:
    """Rows to learn from, their targets, and rows held out, as pandas tables; moments are seconds."""
    import pandas as pd

    train, held = pd.read_parquet(job["train"]), pd.read_parquet(job["held"])
    for name in held.columns:
        if pd.api.types.is_datetime64_any_dtype(train[name]):
            for part in (train, held):
                seconds = part[name].astype("datetime64[ms]").astype("int64") / 1000
                part[name] = seconds.where(part[name].notna())
        elif pd.api.types.is_bool_dtype(train[name]) or not pd.api.types.is_numeric_dtype(train[name]):
            for part in (train, held):
                part[name] = part[name].astype("object").where(part[name].notna(), None)
        else:
            train[name], held[name] = train[name].astype(NUMBER), held[name].astype(NUMBER)
    return train.drop(columns=job["target"]), train[job["target"]], held


def texts(table: Any) -> list[str]:
    """The columns that are no numbers."""
    return [name for name in table.columns if table[name].dtype == object]


def categories(table: Any, held: Any) -> Callable[[Any], Any]:
    """Turns texts into pandas categories, those of the training rows and of the held ones."""
    import pandas as pd

    kinds = {n: sorted({str(v) for v in pd.concat([table[n], held[n]]).dropna()}) for n in texts(table)}

    def turn(rows: Any) -> Any:
        made = {
            n: pd.Categorical([None if v is None else str(v) for v in rows[n]], categories=k)
            for n, k in kinds.items()
        }
        return rows.assign(**made)

    return turn


def filled(table: Any, held: Any, turn: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Puts training medians into the gaps of numbers, and a column beside each that says where they were."""
    numbers = [name for name in table.columns if table[name].dtype == NUMBER]
    some = [name for name in numbers if table[name].isna().any() or held[name].isna().any()]
    middle = {name: table[name].median() for name in some}

    def fill(rows: Any) -> Any:
        gaps = {f"{name} missing": rows[name].isna().astype(NUMBER) for name in some}
        return turn(rows.assign(**{name: rows[name].fillna(at) for name, at in middle.items()}, **gaps))

    return fill


def sized(path: Path) -> int:
    """Bytes of a file or of all files of a folder."""
    return (
        path.stat().st_size
        if path.is_file()
        else sum(f.stat().st_size for f in path.rglob("*") if f.is_file())
    )


def saved(job: Job, model: Any) -> int:
    """Bytes of a model as Python keeps it."""
    path = Path(job["folder"]) / "model.pickle"
    path.write_bytes(pickle.dumps(model))
    return sized(path)


def shaped(job: Job, model: Any, turn: Callable[[Any], Any]) -> Answers:
    """Answers of a model with scikit-learn's manners."""
    if job["task"] == "regression":
        return lambda rows: np.asarray(model.predict(turn(rows)), float).reshape(-1)
    place = [job["labels"].index(str(label)) for label in model.classes_]

    def answer(rows: Any) -> Any:
        proba = np.zeros((len(rows), len(job["labels"])))
        proba[:, place] = model.predict_proba(turn(rows))
        return proba[:, 1] if job["task"] == "binary" else proba

    return answer


def lightgbm(job: Job) -> tuple[Answers, Callable[[], int]]:
    """LightGBM as it comes, texts as categories."""
    import lightgbm

    x, y, held = frames(job)
    turn = categories(x, held)
    kind = lightgbm.LGBMRegressor if job["task"] == "regression" else lightgbm.LGBMClassifier
    x.columns = names = [f"c{i}" for i in range(x.shape[1])]
    held.columns = names
    turn = categories(x, held)
    model = kind(n_jobs=job["threads"], random_state=job["seed"], verbose=-1).fit(turn(x), y)

    def renamed(rows: Any) -> Any:
        return turn(rows.set_axis(names, axis=1))

    return shaped(job, model, renamed), lambda: len(model.booster_.model_to_string())


def catboost(job: Job) -> tuple[Answers, Callable[[], int]]:
    """CatBoost as it comes, texts as categories."""
    import catboost

    x, y, _ = frames(job)
    columns = texts(x)

    def turn(rows: Any) -> Any:
        return rows.assign(**{n: ["" if v is None else str(v) for v in rows[n]] for n in columns})

    kind = catboost.CatBoostRegressor if job["task"] == "regression" else catboost.CatBoostClassifier
    model = kind(
        thread_count=job["threads"], random_seed=job["seed"], verbose=False, allow_writing_files=False
    ).fit(turn(x), y, cat_features=columns)
    path = Path(job["folder"]) / "model.cbm"

    def size() -> int:
        model.save_model(str(path))
        return sized(path)

    return shaped(job, model, turn), size


def histgb(job: Job) -> tuple[Answers, Callable[[], int]]:
    """scikit-learn's histogram gradient boosting; texts as categories, above 255 levels as their codes."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    x, y, held = frames(job)
    turn = categories(x, held)
    wide = [n for n in texts(x) if len(turn(x)[n].cat.categories) > 254]

    def coded(rows: Any) -> Any:
        made = turn(rows)
        return made.assign(**{n: made[n].cat.codes.astype(float).where(made[n].notna()) for n in wide})

    kind = HistGradientBoostingRegressor if job["task"] == "regression" else HistGradientBoostingClassifier
    model = kind(random_state=job["seed"], categorical_features="from_dtype").fit(coded(x), y)
    return shaped(job, model, coded), lambda: saved(job, model)


def flaml(job: Job) -> tuple[Answers, Callable[[], int]]:
    """FLAML's AutoML within the budget."""
    from flaml import AutoML

    x, y, held = frames(job)
    turn, model = categories(x, held), AutoML()
    metric = NAMES["flaml"].get(job["metric"], job["metric"])
    settings = {"time_budget": job["budget"], "n_jobs": job["threads"], "seed": job["seed"], "verbose": 0}
    task = "regression" if job["task"] == "regression" else "classification"
    model.fit(turn(x), y, task=task, metric=metric, log_file_name="", **settings)
    return shaped(job, model, turn), lambda: saved(job, model)


def kit(job: Job, name: str) -> tuple[Answers, Callable[[], int]]:
    """A network of pytabkit, epochs chosen by cross-entropy; it takes no gaps: they get median and mark."""
    import pytabkit

    x, y, held = frames(job)
    turn = filled(x, held, categories(x, held))
    metric = {} if job["task"] == "regression" else {"val_metric_name": "cross_entropy"}
    kind = getattr(pytabkit, f"{name}_{'Regressor' if job['task'] == 'regression' else 'Classifier'}")
    model = kind(n_threads=job["threads"], random_state=job["seed"], device="cpu", verbosity=0, **metric)
    model.fit(turn(x), y)
    return shaped(job, model, turn), lambda: saved(job, model)


def autogluon(job: Job, presets: str) -> tuple[Answers, Callable[[], int]]:
    """AutoGluon within the budget; its size is that of the copy it makes for deployment."""
    from autogluon.tabular import TabularDataset, TabularPredictor

    x, y, _ = frames(job)
    metric = NAMES["autogluon"].get(job["metric"], job["metric"])
    folder = Path(job["folder"]) / "autogluon"
    predictor = TabularPredictor(
        label=job["target"], eval_metric=metric, path=str(folder), verbosity=1,
        problem_type=job["task"],
        **({"positive_class": job["labels"][1]} if job["task"] == "binary" else {}),
    )  # fmt: skip
    table = TabularDataset(x.assign(**{job["target"]: y}))
    predictor.fit(table, presets=presets, time_limit=job["budget"], num_cpus=job["threads"])
    lean = folder.with_name("deployed")
    predictor = predictor.clone_for_deployment(str(lean), return_clone=True)
    predictor.persist()

    def answer(rows: Any) -> Any:
        if job["task"] == "regression":
            return predictor.predict(rows).to_numpy()
        proba = predictor.predict_proba(rows)
        found = np.zeros((len(rows), len(job["labels"])))
        for label in proba.columns:
            found[:, job["labels"].index(str(label))] = proba[label].to_numpy()
        return found[:, 1] if job["task"] == "binary" else found

    return answer, lambda: sized(lean)


def milepost(job: Job) -> tuple[Answers, Callable[[], int]]:
    """The whole road of milepost within the budget; answers are those of the package.

    The brief says that rows come at random, as the held ones do; else a column of moments would make milepost
    choose for a future that follows all rows. It also says that all columns are known in time: the index
    drops leaks for everybody, and milepost would leave out what else it takes for one.
    """
    import polars as pl

    from milepost import Project
    from milepost.brief.brief import Brief
    from milepost.serving.answer import Answerer
    from milepost.shipping.batch import batches
    from milepost.shipping.manifest import open_package

    known = {"available": True, "because": "the benchmark's index drops what is not"}
    names = [name for name in pl.read_parquet_schema(job["train"]) if name != job["target"]]
    project = Project.new(
        Path(job["folder"]) / "project", Path(job["train"]), job["target"], task=job["task"],
        metric=job["metric"], budget=job["budget"], threads=job["threads"], refit="all", seed=job["seed"],
        split="random", like=Brief.of({"columns": dict.fromkeys(names, known)}),
    )  # fmt: skip
    status = project.run(yes=True, waive_all="a benchmark goes on to its end")
    if not status.done:
        raise SystemExit(f"the road did not end: {status.next}")
    package = open_package(project.package)
    answerer, threads = Answerer(package), job["threads"]
    wanted = {f"proba_{label}": at for at, label in enumerate(job["labels"])}

    def answer(rows: Any) -> Any:
        if isinstance(rows, dict):
            return answerer.answer([{name: rows[name] for name in answerer.columns}])
        found = pl.concat(list(batches(package, rows, threads)))
        if job["task"] == "regression":
            return found["prediction"].to_numpy()
        proba = np.zeros((len(found), len(wanted)))
        for name, at in wanted.items():
            if name in found.columns:
                proba[:, at] = found[name].to_numpy()
        return proba[:, 1] if job["task"] == "binary" else proba

    facts = {"inside": inside(project, job)}
    (Path(job["folder"]) / "inside.json").write_text(json.dumps(facts["inside"], default=vars))
    return answer, lambda: sized(project.package)


def inside(project: Any, job: Job) -> dict[str, Any]:
    """What milepost itself promised and found on its own sealed rows, and the seconds of each milepost."""
    tuned, final, miles = project.found("tune"), project.found("final"), project.status().miles
    promise = {"expected": final.expected, "low": final.low, "high": final.high, "noise": final.noise}
    promise |= {"sealed": final.score, "naive": tuned.naive}
    small = next((point for point in final.points if point.name == "small"), None)
    if small is not None and final.score != final.naive:
        lost = (final.score - small.sealed) / (final.score - final.naive)
        promise |= {"small_bytes": small.bytes, "small_share": lost}
    said = {"looks": tuned.looks, "metric": job["metric"], "points": final.points}
    return {**said, "promise": promise, "seconds": {m.step: m.seconds for m in miles}}


CONTENDERS: Mapping[str, Callable[[Job], tuple[Answers, Callable[[], int]]]] = {
    "milepost": milepost,
    "autogluon-medium": lambda job: autogluon(job, "medium_quality"),
    "autogluon-best": lambda job: autogluon(job, "best_quality"),
    "flaml": flaml,
    "catboost": catboost,
    "lightgbm": lightgbm,
    "histgb": histgb,
    "realmlp": lambda job: kit(job, "RealMLP_TD_S"),
    "tabm": lambda job: kit(job, "TabM_D"),
}
