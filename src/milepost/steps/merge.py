"""The dataset of a renewal: what was there to develop with, what came, and what people decided of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl

from milepost.brief import Brief
from milepost.brief.durations import seconds
from milepost.data.overlap import repeated
from milepost.data.plain import plain
from milepost.digest import Json
from milepost.errors import InputError, UsageError
from milepost.modalities.base import text
from milepost.report.sentences import count, listed, percent, plural
from milepost.steps.divided import ROW
from milepost.steps.generation import Dataset, Sealing, record
from milepost.steps.relabel import NEW, Edit, Pairs, edit, parse, unknown
from milepost.steps.work import Question, Work

USE, LEAVE = "use", "leave out"
ENOUGH = 0.5
"""A new column is proposed for use where it is known in at least this share of the rows to develop with."""
ALL = "all"


@dataclass(frozen=True)
class Wish:
    """What was asked for.

    Args:
        keep: "all", or how far the rows to develop with reach back, such as "365d".
        labels: what old labels became, as written.
    """

    keep: str
    labels: tuple[str, ...]


def merge(work: Work, base: Dataset, made: Sealing, wish: Wish) -> Dataset | None:
    """Puts the dataset of a generation together and records it; None where a question waits.

    Args:
        work: work of `renew` on the road of the champion.
        base: the generation that the new rows are added to.
        made: the new rows, with a slice of them sealed.
        wish: what was asked for.

    Raises:
        InputError: labels that the task cannot have.
        UsageError: `keep` is no duration, or there is no time to reckon with.
    """
    blobs, target = work.blobs, work.brief.target.columns[0]
    fresh, old = blobs.get_frame(made.fresh), blobs.get_frame(base.development)
    sealed = set(blobs.get_array(made.sealed).tolist())
    notes = [*made.retyped]
    added = _added(work, made, fresh, old.height)
    named = bool(base.labels) and work.task.exclusive
    changed = _labels(work, base, made, text(fresh[target]), parse(wish.labels)) if named else None
    if work.open_questions:
        return None
    columns = [*old.columns, *added]
    fresh, lone = fresh.select(columns), blobs.get_frame(made.pool).select(columns)
    pool = blobs.get_frame(base.pool)
    inputs = [name for name in old.columns if name not in (ROW, *work.brief.target.columns)]
    pool = pool.filter(~pl.Series(repeated(pool, fresh, inputs), dtype=pl.Boolean))
    if changed is not None:
        old = old.with_columns(changed.apply(old[target]).alias(target))
        fresh = fresh.with_columns(changed.apply(fresh[target], fresh=True).alias(target))
        pool, lone = (frame.with_columns(text(frame[target]).alias(target)) for frame in (pool, lone))
        notes += _edited(changed, old[target])
    split = old.filter(old[target].is_null()) if changed is not None else old[:0]
    inside = fresh[ROW].is_in(sorted(sealed))
    parts = [old.filter(old[target].is_not_null()) if changed is not None else old, fresh.filter(~inside)]
    development, left = _recent(work, pl.concat(parts, how="diagonal_relaxed"), wish.keep)
    notes += [f"{count(left)} rows older than {wish.keep} were left out."] if left else []
    pooled = pl.concat([pool, lone, split], how="diagonal_relaxed").select(columns)
    test = fresh.filter(inside)
    grown = Dataset(
        generation=made.generation,
        base=base.generation,
        development=work.keep(_like(development.select(columns))),
        pool=work.keep(_like(pooled, development)),
        test=work.keep(_like(test, development)),
        rows=(development.height, pooled.height, test.height),
        how=made.how,
        reason=made.reason,
        commitment=made.commitment,
        salt=made.salt,
        origin=made.origin,
        files=made.files,
        labels=changed.labels if changed else base.labels,
        relation=changed.pairs if changed else (),
        brief=_brief(work.brief, base.brief, made, changed),
        notes=(*notes, *_gone(made), *_counted(made)),
    )
    record(work.ledger, grown, work.talk.by)
    return grown


def _like(frame: pl.DataFrame, other: pl.DataFrame | None = None) -> pl.DataFrame:
    """The frame in the plain types that rows are kept in, and in those of another frame."""
    if other is not None:
        return frame.select(pl.col(name).cast(other[name].dtype) for name in other.columns)
    return plain(frame)[0]


def _added(work: Work, made: Sealing, fresh: pl.DataFrame, before: int) -> list[str]:
    """The new columns that people decided to use."""
    found = []
    for name in made.added:
        known = (fresh.height - fresh[name].null_count()) / max(1, fresh.height + before)
        enough = known >= ENOUGH
        question = Question(
            f"renew.column.{name}",
            f"The new rows have a column '{name}' that the data did not have. Is it to be learnt from?",
            (USE, LEAVE),
            USE if enough else LEAVE,
            f"It is known in {percent(known)} of the rows; "
            + (
                "enough to learn from."
                if enough
                else "where it is missing would tell old rows from new ones."
            ),
        )
        if work.ask(question) == USE:
            found.append(name)
    return found


def _labels(work: Work, base: Dataset, made: Sealing, words: pl.Series, pairs: Pairs) -> Edit | None:
    """The edit of the label set, or None where the labels are what they were."""
    seen = words.unique().to_list()
    strange = unknown(base.labels, seen, pairs)
    binary = len(base.labels) == 2 and bool(work.task.positive)
    if strange and not binary:
        question = Question(
            f"renew.labels.{made.generation}",
            f"The new rows hold {plural(len(strange), 'label')} that nobody knew: {listed(strange, 8)}. Are "
            "they new classes, or what old labels became?",
            (),
            NEW,
            'Answer "new", or pairs OLD>NEW separated by commas, such as bird>duck, bird>goose.',
        )
        answer = work.ask(question)
        if answer is None:
            return None
        pairs = (*pairs, *(() if answer.strip() == NEW else parse(answer)))
    found = edit(base.labels, seen, pairs)
    if binary and len(found.labels) != 2:
        raise InputError(
            f"the new rows hold {strange[0]!r}, and a binary task has two classes."
            if strange
            else f"a binary task cannot have the classes {', '.join(found.labels)}.",
            expected=f"The labels {' and '.join(base.labels)}, or new names of these.",
            todo="Say what became of an old label: --labels OLD>NEW; three classes are a new project.",
        )
    return found if found.pairs or found.labels != base.labels else None


def _edited(changed: Edit, now: pl.Series) -> list[str]:
    notes = [f"The label '{old}' became '{new}'." for old, new in changed.pairs]
    notes += [f"'{label}' is a new class." for label in changed.fresh]
    if now.null_count():
        many = plural(now.null_count(), "row")
        notes.append(f"{many} of a label that was split went to the pool: they have to be labelled anew.")
    return notes


def _recent(work: Work, rows: pl.DataFrame, keep: str) -> tuple[pl.DataFrame, int]:
    """The rows as far back as asked for, and how many are left out."""
    if keep == ALL:
        return rows, 0
    column = work.brief.data.time
    if not column or not rows[column].dtype.is_temporal():
        raise UsageError(
            f"--keep {keep} reckons with time, and there is no column of dates or moments.",
            expected="[data] time in the brief names one.",
            todo="Leave it out: all rows are kept then.",
        )
    newest: Any = rows[column].max()
    kept = rows.filter(
        (pl.col(column) >= newest - timedelta(seconds=seconds(keep))) | pl.col(column).is_null()
    )
    return kept, rows.height - kept.height


def _brief(brief: Brief, before: Mapping[str, Json], made: Sealing, changed: Edit | None) -> dict[str, Json]:
    """What the generation changes in the brief: columns that are gone, and the name of the positive class."""
    found = {key: said for key, said in before.items() if key.removeprefix("columns.") in made.vanished}
    found |= {key: said for key, said in before.items() if not key.startswith("columns.")}
    for name in made.vanished:
        said = brief.columns[name].model_dump() if name in brief.columns else {}
        if said.get("role") in (None, "", "input"):
            why = "The new rows no longer have it."
            found[f"columns.{name}"] = {**said, "available": False, "because": why}
    positive = brief.target.positive
    if changed is not None and positive:
        became = [new for old, new in changed.pairs if old == positive]
        found |= {"target.positive": became[0]} if len(became) == 1 else {}
    return found


def _gone(made: Sealing) -> list[str]:
    return [f"'{name}' is gone from the new rows: it is no longer learnt from." for name in made.vanished]


def _counted(made: Sealing) -> list[str]:
    told = {
        f"{count(made.known)} new rows repeat rows that were there before, and were left out.": made.known,
        f"{count(made.overlap)} rows were taken out of the new test rows: a near copy of theirs was learnt "
        "from.": made.overlap,
        f"{count(made.related)} new rows are of groups that were learnt from: none of them is tested on.": (
            made.related
        ),
        f"{count(made.hard)} new rows were picked for being hard: none of them is tested on.": made.hard,
    }
    return [sentence for sentence, number in told.items() if number]
