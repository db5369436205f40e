"""The findings of `renew` and its chapter: old against new, what flipped, and every generation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from milepost import metrics
from milepost.ledger import Ledger
from milepost.report.blocks import Block, Facts, Notice, Sheet, Table, Text
from milepost.report.charts import forest
from milepost.report.gallery import tiles
from milepost.report.sentences import chance, count, figure, listed, number, percent, plural
from milepost.statistics.intervals import wilson
from milepost.statistics.promote import Flips
from milepost.steps.generation import generations
from milepost.steps.versus import Flip, Score


@dataclass(frozen=True)
class Findings:
    """How a new generation did against the champion.

    Args:
        generation: the candidate's.
        against: the champion's.
        champion: digest of the champion's package.
        candidate: digest of the candidate's package.
        metric: name of the metric of success.
        rule: "better" or "equal".
        worn: why the champion is worn out, or "".
        scores: both models on the sealed rows of each generation; the newest decides.
        known: new rows left out because they repeat rows that were there before.
        overlap: rows taken out of the fresh test rows because a near copy was learnt from.
        notes: what was decided of columns, labels and rows, a sentence each.
        promoted: whether the candidate takes the champion's place.
        verdict: "better", "as good", "worse", "not better" or "cannot be compared".
        rows: fresh rows that both models answered.
        units: independent units among them.
        gain: gain in the metric on them, positive when the candidate is better.
        low, high: its 95 % interval.
        p: one-sided p-value of "the candidate is not better".
        equal: probability that it is not worse by more than the ROPE.
        rope: the difference that is practically none.
        method: the test.
        detectable: the smallest gain that these rows show 8 times in 10.
        needed: fresh rows that would confirm the gain seen; None where there is none.
        flips: rows on which exactly one of the two is right.
        gallery: negative flips that cost most.
        fresh: for each class that only the candidate knows: its rows, and how many it had right.
        parts: for each class that was split: its rows, and how many fell to the right part.
        wanted: rows to label next, by reason.
        listed: how many rows are listed to label next.
    """

    generation: int
    against: int
    champion: str
    candidate: str
    metric: str
    rule: str
    worn: str
    scores: tuple[Score, ...]
    known: int
    overlap: int
    notes: tuple[str, ...]
    promoted: bool = False
    verdict: str = ""
    rows: int = 0
    units: int = 0
    gain: float = 0.0
    low: float = 0.0
    high: float = 0.0
    p: float = 1.0
    equal: float = 0.0
    rope: float = 0.0
    method: str = ""
    detectable: float = 0.0
    needed: int | None = None
    flips: Flips | None = None
    gallery: tuple[Flip, ...] = ()
    fresh: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    parts: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    wanted: Mapping[str, int] = field(default_factory=dict)
    listed: int = 0


def reason(found: Findings) -> str:
    """The decision and why, in a few sentences."""
    name = f"generation {found.generation}"
    if found.verdict == "cannot be compared":
        why = "no class is known to both models, or one cannot answer the fresh rows"
        if found.promoted:
            return f"{name.capitalize()} takes over: the champion is worn out, {found.worn}, and {why}."
        return f"The champion stays: {name} cannot be compared with it, for {why}."
    seen = next(s for s in found.scores if s.generation == found.generation)
    measured = (
        f"{found.metric} {figure(seen.candidate)} against {figure(seen.champion)} on {count(found.rows)} "
        f"fresh rows, a gain of {number(found.gain)} ({number(found.low)} to {number(found.high)}, "
        f"{chance(found.p)})"
    )
    flipped = (
        f" {plural(found.flips.negative, 'answer')} that were right are now wrong." if found.flips else ""
    )
    if found.promoted and found.verdict == "better":
        return f"{name.capitalize()} takes over, for it is better: {measured}.{flipped}"
    if found.promoted:
        why = f"the champion is worn out: {found.worn}" if found.worn else "the rule asks for no more"
        return f"{name.capitalize()} takes over, for it is as good and {why}: {measured}.{flipped}"
    words = {"as good": "is as good, but not better", "worse": "is worse"}.get(found.verdict, "is not better")
    return f"The champion stays, for {name} {words}: {measured}. {_needed(found)}"


def _needed(found: Findings) -> str:
    if found.needed is None:
        return "There is no gain that more rows could confirm."
    if found.needed > 1000 * max(1, found.rows):
        return "To confirm a gain that small no number of rows within reach is enough."
    return f"To confirm a gain of that size about {count(found.needed)} fresh rows are needed."


def story(found: Findings, ledger: Ledger) -> list[Block]:
    """The chapter."""
    blocks: list[Block] = [Text(_rule(found))]
    spans, gains = [], []
    for seen in found.scores:
        rows = f"test {seen.generation}" + (" (fresh)" if seen.generation == found.generation else "")
        spans.append((f"{rows}: champion", seen.champion, seen.champion_low, seen.champion_high))
        spans.append((f"{rows}: candidate", seen.candidate, seen.candidate_low, seen.candidate_high))
        gains.append((rows, seen.gain, seen.gain_low, seen.gain_high))
    if spans:
        better = metrics.get(found.metric).better
        title = f"Champion and candidate on the sealed rows of each generation ({better} is better)"
        blocks.append(forest(spans, title, found.metric))
        blocks.append(forest(gains, "What the candidate gains on them", f"gain in {found.metric}", 0.0))
        blocks += [
            Text(f"Test {s.generation}: {s.note}.") for s in found.scores if s.note not in ("", "decides")
        ]
    if found.method:
        blocks.append(Facts(tuple(_facts(found))))
    blocks += _flipped(found)
    blocks += [Notice("info", note) for note in found.notes]
    blocks += _classes(found)
    if found.listed:
        reasons = tuple((words, count(rows)) for words, rows in found.wanted.items())
        caption = f"{plural(found.listed, 'row')} to label next; a row may have two reasons"
        blocks.append(Table(("why it is asked for", "rows"), reasons, caption))
    return [*blocks, _generations(ledger)]


def _rule(found: Findings) -> str:
    said = {
        "better": "A candidate takes over when it is significantly better on fresh rows (one-sided p "
        "below 0.05); one that is only as good takes over from a champion that is worn out.",
        "equal": "A candidate takes over when it is better on fresh rows, or as good: worse by more than "
        "what matters with a probability below 0.05.",
    }[found.rule]
    worn = f" The champion is worn out: {found.worn}." if found.worn else ""
    both = f"Candidate (generation {found.generation}) and champion (generation {found.against})"
    return f"{said}{worn} {both} answered the same rows, which neither learnt from."


def _facts(found: Findings) -> list[tuple[str, str]]:
    around = f"({number(found.low)} to {number(found.high)})"
    facts = [
        ("gain on fresh rows", f"{number(found.gain)} {around} {found.metric}"),
        ("the test that decides", f"{found.method}, {chance(found.p)}, {plural(found.units, 'unit')}"),
        (
            "worse by no more than what matters",
            f"probability {percent(found.equal)} (what matters: {number(found.rope)} {found.metric})",
        ),
        ("smallest gain these rows show", number(found.detectable)),
        ("to confirm the gain seen", _needed(found)),
        ("rows that were there before", f"{count(found.known)} left out"),
        ("taken out of the fresh test rows", f"{count(found.overlap)}: a near copy was learnt from"),
    ]
    if found.flips:
        rate = f"{percent(found.flips.rate)} ({percent(found.flips.low)} to {percent(found.flips.high)})"
        facts.append(("right before, wrong now", f"{count(found.flips.negative)} rows, {rate}"))
        facts.append(("wrong before, right now", f"{count(found.flips.positive)} rows"))
        facts.append(("net", f"{found.flips.net:+,} rows"))
    return facts


def _flipped(found: Findings) -> list[Block]:
    """The gallery of negative flips."""
    if not found.gallery:
        return []
    rows = tuple(
        (flip.truth, flip.old, flip.new, ", ".join(f"{name} = {value}" for name, value in flip.row.items()))
        for flip in found.gallery
    )
    caption = (
        "Right before, wrong now: the rows that lost most. They stay test rows and are never learnt from"
    )
    table = Table(("it was", "the champion said", "the candidate says", "the row"), rows, caption)
    if not any(flip.shown for flip in found.gallery):
        return [table]
    made = (tiles(f"{f.new}, before {f.old}; it was {f.truth}", f.row, f.shown) for f in found.gallery)
    return [Sheet((("", tuple(tile for some in made for tile in some)),), caption, True)]


def _classes(found: Findings) -> list[Block]:
    """New classes, and classes that were split: what only the candidate can be asked about."""
    rows = []
    for what, classes in (("new class", found.fresh), ("split", found.parts)):
        for name, (total, hits) in classes.items():
            span = wilson(hits, total) if total else None
            share = (
                f"{percent(hits / total)} ({percent(span.low)} to {percent(span.high)})" if span else "none"
            )
            rows.append((what, name, count(total), share))
    if not rows:
        return []
    caption = (
        "Classes that only the candidate knows: found, or told apart; they are no part of the paired test"
    )
    return [Table(("", "class", "fresh rows", "right"), tuple(rows), caption)]


def _generations(ledger: Ledger) -> Table:
    """Every generation with its rows and what was decided of it."""
    decided = {int(e.body["generation"]): e for e in ledger.rows.select("evidence", "renew")}
    when = {int(entry.key): entry.at for entry in ledger.rows.select("dataset")}
    rows = []
    for made in generations(ledger).values():
        entry = decided.get(made.generation)
        said = "the first" if made.generation == 1 else "not decided"
        if entry is not None:
            said = "promoted" if entry.body["findings"].get("promoted") else "not promoted"
        development, pool, test = (count(rows) for rows in made.rows)
        at = when[made.generation].date().isoformat()
        rows.append((str(made.generation), at, development, test, pool, said))
    head = ("generation", "since", "rows to learn from", "sealed", "pool", "decision")
    return Table(head, tuple(rows), f"Generations of the dataset: {listed([r[0] for r in rows])}")
