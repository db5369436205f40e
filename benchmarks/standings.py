"""Tells what `tables.py` found: scores from 0 (LightGBM as it comes) to 1 (the best of a table), and prices.

Contenders without a clock stand beside every budget. Means and their 95 % intervals are over tables, by
resampling them; a score below -1 counts as -1, so that one failure does not decide.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from milepost import metrics
from milepost.steps.margin import margin

Array = np.ndarray[Any, Any]
Line = Mapping[str, Any]
HEAD = (
    "contender", "tables", "mean score", "median", "mean rank", "best on", "fit s", "CPU s", "row ms",
    "rows/s", "MB", "peak MB",
)  # fmt: skip
ZERO, MINE, FLOOR, DRAWS = "lightgbm", "milepost", -1.0, 5_000


def scored(keep: Path, entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lines of a table with their scores, and milepost's gain over each in paired standard errors.

    It is the gain of milepost with as much time, where that did not run with the most that is less.
    """
    folder = keep / entry["name"]
    shape = folder / "shape.json"
    if not shape.exists():
        return []
    job = json.loads(shape.read_text())
    metric, truth = metrics.get(entry["metric"]), coded(job, pl.read_parquet(folder / "truth.parquet"))
    lines = [json.loads(path.read_text()) for path in sorted(folder.glob("*/line.json"))]
    answers = {}
    for line in lines:
        line["path"] = path = folder / f"{line['contender']}-{line['budget']:g}-{line['seed']}"
        line |= {"rows": job["rows"], "columns": job["columns"], "metric": metric.name}
        if "error" not in line:
            given = answers[path] = np.load(path / "answers.npy")
            line["score"] = float(metric(truth, given)) if np.isfinite(given).all() else float("nan")
        if (path / "inside.json").exists():
            line |= json.loads((path / "inside.json").read_text())["promise"]
    mine = {
        (n["budget"], n["seed"]): answers[n["path"]]
        for n in lines
        if n["contender"] == MINE and n["path"] in answers
    }
    times = sorted({budget for budget, _ in mine})
    for line in lines:
        last = max([budget for budget in times if budget <= line["budget"]], default=min(times, default=0.0))
        own = mine.get((last, line["seed"]))
        if own is not None and line["path"] in answers and line["contender"] != MINE:
            line["z"] = gained(metric, truth, own, answers[line["path"]])
    return lines


def coded(job: Mapping[str, Any], table: pl.DataFrame) -> Array:
    """The truth as metrics take it: numbers, or places among the labels."""
    column = table[job["target"]]
    if job["task"] == "regression":
        return column.cast(pl.Float64).to_numpy()
    place = {label: at for at, label in enumerate(job["labels"])}
    return np.array([place[label] for label in column.to_list()])


def gained(metric: Any, truth: Array, mine: Array, other: Array) -> float:
    """The gain of one prediction over another in paired standard errors."""
    gain, error = margin(metric, truth, [mine, other], np.arange(len(truth)))
    return gain / error if error > 0 else 0.0


def placed(lines: Sequence[Line], budget: float) -> dict[str, float]:
    """Each contender's score of one table at a budget, 0 for LightGBM and 1 for the best, or {}."""
    here = {n["contender"]: n["score"] for n in lines if n["budget"] in (0.0, budget) and "score" in n}
    here = {name: score for name, score in here.items() if np.isfinite(score)}
    if ZERO not in here or len(here) < 2:
        return {}
    sign = 1.0 if metrics.get(lines[0]["metric"]).better == "higher" else -1.0
    best = max(sign * score for score in here.values())
    span = best - sign * here[ZERO]
    if span <= 0:
        return {}
    return {name: max(FLOOR, (sign * s - sign * here[ZERO]) / span) for name, s in here.items()}


def interval(values: Sequence[float], seed: int = 0) -> str:
    """A mean with its interval over tables."""
    array = np.array(values)
    draws = np.random.default_rng(seed).choice(array, (DRAWS, len(array))).mean(1)
    low, high = np.quantile(draws, [0.025, 0.975])
    return f"{array.mean():.3f} ({low:.2f} to {high:.2f})"


def standing(found: Mapping[str, Sequence[Line]], budget: float, first: str = MINE) -> list[str]:
    """The table of contenders at one budget: only tables that the first of them ended count in scores."""
    places = {name: placed(lines, budget) for name, lines in found.items()}
    names = sorted({n for place in places.values() for n in place})
    whole = [name for name, place in places.items() if place and first in place]
    rows = ["| " + " | ".join(HEAD) + " |", "|" + " --- |" * len(HEAD)]
    order = []
    for name in names:
        scores = [places[t][name] for t in whole if name in places[t]]
        if not scores:
            continue
        ranks = [1 + sum(s > places[t][name] for s in places[t].values()) for t in whole if name in places[t]]
        mine = [
            line for t in whole for line in found[t]
            if line["contender"] == name and line["budget"] in (0.0, budget) and "score" in line
        ]  # fmt: skip

        def middle(key: str, unit: float = 1.0, lines: Sequence[Line] = mine) -> float:
            return float(np.median([line[key] for line in lines if key in line] or [np.nan])) / unit

        cells = (
            name, len(scores), interval(scores), f"{np.median(scores):.3f}", f"{np.mean(ranks):.2f}",
            sum(s == 1.0 for s in scores), f"{middle('fit_seconds'):.0f}", f"{middle('cpu_seconds'):.0f}",
            f"{middle('row_ms'):.2f}", f"{middle('rows_per_second'):,.0f}", f"{middle('bytes', 1e6):.2f}",
            f"{middle('memory', 1e6):,.0f}",
        )  # fmt: skip
        order.append((-float(np.mean(scores)), "| " + " | ".join(map(str, cells)) + " |"))
    return rows + [row for _, row in sorted(order)]


def each(found: Mapping[str, Sequence[Line]], budget: float, first: str = MINE) -> list[str]:
    """Scores of each table; in brackets milepost's gain over the peer in paired standard errors."""
    names = sorted(
        {n["contender"] for lines in found.values() for n in lines if n["budget"] in (0.0, budget)}
    )
    names = [first, *(n for n in names if n != first)]
    rows = ["| table | rows | metric | " + " | ".join(names) + " |", "|" + " --- |" * (3 + len(names))]
    for table, lines in found.items():
        here = {n["contender"]: n for n in lines if n["budget"] in (0.0, budget)}
        if not here:
            continue
        cells = [table, f"{lines[0]['rows']:,}", lines[0]["metric"]]
        for name in names:
            line = here.get(name, {})
            z = line.get("z")
            cells.append(
                (f"{line['score']:.4g}" + ("" if z is None else f" ({z:+.1f})")) if "score" in line else "-"
            )
        rows.append("| " + " | ".join(cells) + " |")
    return rows


def across(found: Mapping[str, Sequence[Line]]) -> list[str]:
    """Contenders of all budgets side by side, on tables where milepost and some peer had different ones."""
    mixed: dict[str, list[Line]] = {}
    for table, lines in found.items():
        if len({line["budget"] for line in lines} - {0.0}) > 1:
            mixed[table] = [{**line, "contender": timed(line), "budget": 0.0} for line in lines]
    mine = sorted({n["budget"] for lines in found.values() for n in lines if n["contender"] == MINE})
    if not mixed or not mine:
        return []
    first = timed({"contender": MINE, "budget": mine[0]})
    return ["## All budgets", "", *standing(mixed, 0.0, first), "", *each(mixed, 0.0, first), ""]


def timed(line: Line) -> str:
    """The name of a contender with its seconds."""
    return f"{line['contender']} {line['budget']:g} s" if line["budget"] else str(line["contender"])


def covered(found: Mapping[str, Sequence[Line]], budget: float) -> str:
    """On how many tables milepost's promise, given before its seal was opened, holds what came."""
    kept, gaps = [], []
    for lines in found.values():
        for line in lines:
            if line["contender"] != MINE or line["budget"] != budget or "sealed" not in line:
                continue
            sign = 1.0 if metrics.get(line["metric"]).better == "higher" else -1.0
            kept.append(line["low"] <= line["sealed"] <= line["high"])
            shown = [line[name] for name in ("naive", "expected")] + (
                [line["score"]] if "score" in line else []
            )
            far = [sign * (value - line["sealed"]) / max(line["noise"], 1e-12) for value in shown]
            gaps.append((*far[:2], *(far[2:] or [float("nan")])))
    if not kept:
        return ""
    naive, promised, shipped = np.nanmean(gaps, axis=0)
    return (
        f"The interval that milepost wrote down before it opened its seal holds the score on its own sealed "
        f"rows on {sum(kept)} of {len(kept)} tables. In standard errors of the difference, on average, the "
        f"score on the rows that chose was {naive:+.2f} too good, the promised one {promised:+.2f}, and what "
        f"ships, fitted on the sealed rows as well, was better on the held rows by {shipped:+.2f}."
    )


def small(found: Mapping[str, Sequence[Line]], budget: float) -> str:
    """What the small point of milepost's frontier takes and gives up, where it has several models."""
    mine = [n for lines in found.values() for n in lines if n["contender"] == MINE and n["budget"] == budget]
    mine = [line for line in mine if "small_bytes" in line]
    if not mine:
        return ""
    sizes = np.array([line["small_bytes"] for line in mine]) / 1e6
    lost = interval([100 * line["small_share"] for line in mine])
    return (
        f"The small point of the frontier, on {len(mine)} tables with several points: "
        f"{np.median(sizes):.2f} MB in the middle, at most 1 MB on {int((sizes <= 1).sum())}; on the sealed "
        f"rows it gives up {lost} % of the gain over the naive answer."
    )


def lighter(found: Mapping[str, Sequence[Line]], budget: float) -> str:
    """How many times as long as milepost's a peer's single row takes, and how many times as large it is."""
    told = []
    names = {n["contender"] for lines in found.values() for n in lines if n["budget"] in (budget, 0.0)}
    for peer in sorted(names - {MINE}):
        ratios: dict[str, list[float]] = {"row_ms": [], "bytes": [], "memory": []}
        for lines in found.values():
            one = {n["contender"]: n for n in lines if n["budget"] in (budget, 0.0)}
            for mark, known in ratios.items():
                if all(mark in one.get(name, {}) for name in (MINE, peer)):
                    known.append(one[peer][mark] / one[MINE][mark])
        if all(ratios.values()):
            row, size, memory = (float(np.median(known)) for known in ratios.values())
            tables = len(ratios["row_ms"])
            told.append(f"{peer} {row:.3g}, {size:.2g} and {memory:.2g} ({tables} tables)")
    if not told:
        return ""
    return (
        "How many times what milepost takes a peer takes for a single row, its package and its memory, the "
        f"median of the ratios on tables where both were measured: {'; '.join(told)}."
    )


def firsts(lines: Sequence[Line]) -> list[Line]:
    """The lines of each contender's and budget's first seed: where there are several, a table counts once."""
    seeds: dict[tuple[str, float], int] = {}
    for line in lines:
        mark = (line["contender"], line["budget"])
        seeds[mark] = min(seeds.get(mark, line["seed"]), line["seed"])
    return [line for line in lines if line["seed"] == seeds[line["contender"], line["budget"]]]


def spread(found: Mapping[str, Sequence[Line]], budget: float) -> list[str]:
    """How scores of one contender vary with the seed, on tables where it ran with several."""
    head = ("table", "metric", "contender", "seeds", "mean", "sd", "least", "most", "promise held on")
    rows = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for table, lines in found.items():
        for name in sorted({line["contender"] for line in lines}):
            mine = [n for n in lines if (n["contender"], n["budget"]) == (name, budget) and "score" in n]
            if len(mine) < 2:
                continue
            scores = np.array([line["score"] for line in mine])
            kept = [n["low"] <= n["sealed"] <= n["high"] for n in mine if "sealed" in n]
            told = [
                f"{value:.4g}" for value in (scores.mean(), scores.std(ddof=1), scores.min(), scores.max())
            ]
            promise = f"{sum(kept)} of {len(kept)}" if kept else "-"
            rows.append(
                "| " + " | ".join((table, lines[0]["metric"], name, str(len(mine)), *told, promise)) + " |"
            )
    return rows if len(rows) > 2 else []


def page(found: Mapping[str, Sequence[Line]]) -> str:
    """All that is there, in Markdown."""
    every, found = found, {name: firsts(lines) for name, lines in found.items()}
    budgets = sorted({n["budget"] for lines in found.values() for n in lines} - {0.0})
    parts = []
    for budget in budgets:
        parts += [f"## {budget:g} s", "", *standing(found, budget), "", covered(found, budget), ""]
        parts += [small(found, budget), "", lighter(found, budget), ""]
        parts += [*each(found, budget), ""]
        parts += [*spread(every, budget), ""]
    parts += across(found)
    failed = [
        (n["table"], n["contender"], n["budget"], n["error"])
        for s in found.values()
        for n in s
        if "error" in n
    ]
    parts += [f"* {t}, {c}, {b:g} s: {e.strip().splitlines()[-1][:160]}" for t, c, b, e in failed]
    return "\n".join(parts) + "\n"
