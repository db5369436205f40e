"""The decision threshold: what each one would bring, and the signature under one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from milepost.digest import digest
from milepost.project.tell import onlooker
from milepost.steps.cut import Cuts
from milepost.steps.insight import Findings as Explained
from milepost.steps.sign import QUESTION, share
from milepost.steps.standing import source, standing
from milepost.steps.work import Work
from milepost.web.forms import Form
from milepost.web.pages import Ask, Found, Pages
from milepost.web.site import Site

pages = Pages()
NOT_YET = "Thresholds are proposed by the milepost 'tune', which has not been reached."
NONE = "This task needs no threshold on one score."


@pages.page("/threshold", "threshold.html")
def threshold(site: Site, ask: Ask) -> Found:
    """What a threshold would bring a day, from out-of-fold predictions, and what was signed."""
    project = site.project
    work = onlooker(project.road, "threshold")
    found: Found = {"ready": False, "why": NOT_YET, "question": QUESTION, "blocks": ()}
    if not work.has("tune"):
        return found
    tuned = standing(work)
    if not isinstance(tuned.threshold, float):
        return {**found, "why": NONE, "several": isinstance(tuned.threshold, tuple)}
    cuts: Cuts = site.remember("cuts", _version(work), lambda: Cuts.of(work))
    signed = project.ledger.answers(QUESTION).get(QUESTION)
    rising = cuts.curve.thresholds[::-1]
    at = _asked(ask.query, rising, share(signed["value"]) if signed else tuned.threshold)
    waiting = {question["name"] for question in project.ledger.waiting()}
    return {
        **found,
        "ready": True,
        "why": "",
        "at": at,
        "point": int(np.argmin(np.abs(rising - at))),
        "points": len(rising),
        "rows": len(cuts.once),
        "proposed": {
            "value": tuned.threshold,
            "low": tuned.threshold_low,
            "high": tuned.threshold_high,
            "why": tuned.threshold_why,
            "note": tuned.threshold_note,
        },
        **_foretold(cuts, at),
        "signed": signed,
        "may_sign": QUESTION in waiting or signed is not None,
        "sealed": _sealed(work),
        "blocks": (cuts.chart(at),),
    }


def _version(work: Work) -> str:
    """What the predictions, and what is told of them, depend on."""
    return digest(work.artifact(*source(work)), work.artifact("protocol", "folds"), work.brief.plain())


def _asked(query: Form, rising: np.ndarray[Any, Any], otherwise: float) -> float:
    """The threshold that is asked about: as a value, or as a place among those that differ."""
    if query.get("at", "").strip():
        return share(query["at"])
    point = query.get("point", "")
    if point.isdigit():
        # Above the highest score nobody is flagged; a probability above 1 would be no threshold.
        return min(1.0, float(rising[min(int(point), len(rising) - 1)]))
    return otherwise


def _foretold(cuts: Cuts, at: float) -> Mapping[str, Any]:
    expected = cuts.expected(at)
    return {
        "sentence": expected.sentence,
        "counts": {name: list(span) for name, span in expected.counts.items()},
        "rates": {name: list(span) for name, span in expected.rates.items()},
        "cells": asdict(cuts.outcomes(at)),
    }


def _sealed(work: Work) -> Mapping[str, Any] | None:
    """What the sealed rows say, at the signed threshold and at no other."""
    if not work.has("explain"):
        return None
    found = work.found("explain", Explained)
    if not found.signed_by or found.threshold is None:
        return None
    return {"at": found.threshold, "by": found.signed_by, "sentence": found.expected.sentence}


@pages.change("/threshold")
def sign(site: Site, ask: Ask, form: Form) -> str:
    """Signs a threshold, as `milepost answer DIR explain.threshold` does."""
    site.project.answer(QUESTION, form.get("value", ""), ask.person.name, form.get("because", ""))
    return "/threshold"
