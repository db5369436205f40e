"""What is true where people differ: one posterior an item from everybody's labels, and who errs how."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from milepost.errors import InputError
from milepost.statistics.annotators import CELLS, dawid_skene, one_coin, shares
from milepost.statistics.arrays import Floats, Integers
from milepost.statistics.crowdlab import crowdlab
from milepost.statistics.ratings import Ratings

Method = Literal["auto", "majority", "one-coin", "dawid-skene", "crowdlab"]
OVERLAP, EACH, PER_CLASS = 3.0, 20.0, 30.0
"""Labels an item, labels a person, and labels a person and class below which simpler methods are taken."""
SHUFFLES, ALPHA, MOST = 400, 0.05, 30_000


@dataclass(frozen=True)
class Consensus:
    """What everybody's labels say together.

    Args:
        posterior: the probability of each class (items, classes); soft labels to train with.
        choice: the number of the most probable class (items,).
        accuracy: how often each person is right, as far as it can be told (people,); nan where it cannot.
        confusion: the probability that a person says a class, given the true one (people, classes, classes);
            without rows where the method has none.
        method: how it was found.
        why: why that method, one sentence.
    """

    posterior: Floats
    choice: Integers
    accuracy: Floats
    confusion: Floats
    method: Method
    why: str

    @property
    def sureness(self) -> Floats:
        """The probability of the class chosen (items,)."""
        found: Floats = self.posterior[np.arange(len(self.choice)), self.choice]
        return found


def consensus(labels: Ratings, method: Method = "auto", probabilities: Floats | None = None) -> Consensus:
    """Returns the consensus of all labels.

    Args:
        labels: who said what; classes that nobody named count if `labels.values` holds them.
        method: "majority"; "one-coin", one accuracy a person; "dawid-skene", a confusion matrix a person;
            "crowdlab", with a model as one more annotator; "auto" chooses.
        probabilities: of a model that was not trained on these rows (items, classes), for "crowdlab".

    Raises:
        InputError: the method is not known, or wants probabilities or overlap that are not there.
    """
    if method not in get_args(Method):
        raise InputError(
            f"The method '{method}' is not known.", expected=f"One of {', '.join(get_args(Method))}."
        )
    why = "It was asked for."
    if method == "auto":
        method, why = suited(labels, probabilities is not None)
    if method == "crowdlab":
        if probabilities is None:
            raise InputError(
                "The method 'crowdlab' was asked for without probabilities.",
                expected="A model is one more annotator there.",
                todo="Give its out-of-fold probabilities, or choose another method.",
            )
        found = crowdlab(labels, probabilities)
        classes = len(labels.values)
        empty = np.empty((0, classes, classes))
        return Consensus(found.posterior, _choice(found.posterior), found.accuracy, empty, method, why)
    if method == "majority":
        return replace(_majority(labels), why=why)
    fitted = one_coin(labels) if method == "one-coin" else dawid_skene(labels)
    choice = _choice(fitted.posterior)
    return Consensus(fitted.posterior, choice, fitted.accuracy, fitted.confusion, method, why)


def suited(labels: Ratings, model: bool = False) -> tuple[Method, str]:
    """Returns the method that suits these labels, and why.

    Args:
        labels: who said what.
        model: whether there are probabilities of a model.
    """
    items = labels.per("item")
    overlap = float(items[items > 0].mean())
    given = labels.per("person")
    each, classes = float(np.median(given[given > 0])), len(labels.values)
    if model and overlap < OVERLAP and (items > 1).any():
        return "crowdlab", f"With {overlap:.3g} labels an item a model is the best further annotator."
    if overlap < OVERLAP:
        return "majority", f"With {overlap:.3g} labels an item nobody's errors can be told apart."
    if each < EACH:
        return "majority", f"A person gave {each:.3g} labels, too few to tell how good they are."
    p = alike(labels)
    if p >= ALPHA:
        return "majority", f"Nothing says that people differ in how often they are right (p = {p:.2g})."
    fits = len(given) * classes**2 <= CELLS
    if each / classes >= PER_CLASS and fits:
        return "dawid-skene", f"{each / classes:.3g} labels a person and class show who confuses what."
    why = f"People differ (p = {p:.2g}), and {each / classes:.3g} labels a person and class tell"
    return "one-coin", f"{why} how often they are right, but not what they confuse."


def alike(labels: Ratings, seed: int = 0) -> float:
    """Returns the p-value of "all people are equally often right".

    Were they, it would not matter who of an item's people gave which of its labels: the names are shuffled
    within items, and the spread of people's agreement with the others is compared.
    """
    shared, rng = labels.shared(), np.random.default_rng(seed)
    if len(np.unique(shared.person)) < 2:
        return 1.0
    if len(shared) > MOST:  # differences that so many labels do not show do no harm
        drawn = rng.random(len(shared.items)) < MOST / len(shared)
        shared = shared.some(drawn[shared.item])
    classes, people = len(shared.values), len(shared.people)
    same = shared.counts().ravel()[shared.item * classes + shared.value] - 1
    agreement = same / (shared.per("item")[shared.item] - 1)
    given = np.maximum(shared.per("person"), 1)
    gap = agreement - agreement.mean()

    def spread(who: Integers) -> float:
        return float((np.bincount(who, gap, minlength=people) ** 2 / given).sum())

    real = spread(shared.person)
    beyond = 0
    for _ in range(SHUFFLES):
        order = np.argsort(shared.item + rng.random(len(shared)) * 0.999, kind="stable")
        beyond += spread(shared.person[order]) >= real
    return (beyond + 1) / (SHUFFLES + 1)


def _majority(labels: Ratings) -> Consensus:
    """The most frequent label; its probability if all are right equally often, as their agreement says."""
    counts, classes = labels.counts().astype(np.float64), len(labels.values)
    right = _accuracy(labels)
    nobody = np.empty((0, classes, classes))
    accuracy = np.full(len(labels.people), right)
    if math.isnan(right) or classes < 2:
        posterior = shares(labels)
    else:
        votes = counts * math.log(right / (1 - right) * (classes - 1))
        posterior = np.exp(votes - votes.max(1, keepdims=True))
        posterior /= posterior.sum(1, keepdims=True)
    often = counts.sum(0) / max(counts.sum(), 1)
    choice = (counts + 0.5 * often).argmax(1)
    return Consensus(posterior, choice, accuracy, nobody, "majority", "")


def _accuracy(labels: Ratings) -> float:
    """The accuracy of equal people who err evenly, solved from how often two of them agree."""
    shared, rest = labels.shared(), len(labels.values) - 1
    if not len(shared) or not rest:
        return math.nan
    sizes, counts = shared.per("item"), shared.counts()
    pairs = sizes * (sizes - 1)
    agreed = float((counts * (counts - 1)).sum() / pairs.sum())
    beyond = max(1 - (rest + 1) * (1 - agreed * rest), 0.0)
    return min(max((1 + math.sqrt(beyond)) / (rest + 1), 1 / (rest + 1) + 0.01), 0.999)


def _choice(posterior: Floats) -> Integers:
    found: Integers = posterior.argmax(1)
    return found
