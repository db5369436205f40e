"""The learning rate ends when the time does."""

import math
import time

import numpy as np

from milepost.learners.schedule import Plan, four_cycles, late_fall, one_cycle


def test_the_rate_rises_then_falls_without_a_jump():
    rates = np.array([one_cycle(done) for done in np.linspace(0, 1, 1001)])
    assert rates.argmax() == 100
    assert (np.diff(rates[:100]) > 0).all()
    assert (np.diff(rates[101:]) < 0).all()
    assert np.abs(np.diff(rates)).max() < 0.01
    assert one_cycle(2.0) == one_cycle(1.0)


def test_epochs_are_whole_where_there_is_time_for_one():
    plan = Plan(each=10, epochs=100, least=0, deadline=time.monotonic() + 20)
    plan.fit(3, seconds=0.1, between=0.5)
    assert plan.total == 120 or plan.total == 110  # (20 s less the reserve) / 1.5 s
    assert plan.total % 10 == 0


def test_less_than_an_epoch_is_planned_in_steps():
    plan = Plan(each=1000, epochs=10, least=0, deadline=time.monotonic() + 10)
    plan.fit(4, seconds=0.1, between=1.0)
    assert 75 <= plan.total <= 90


def test_wanted_and_least_epochs_are_kept():
    plan = Plan(each=10, epochs=3, least=0, deadline=time.monotonic() + 1_000)
    plan.fit(3, 0.01, 0.0)
    assert plan.total == 30
    late = Plan(each=10, epochs=30, least=8, deadline=time.monotonic() - 1)
    late.fit(3, 0.01, 0.0)
    assert late.total == 80
    none = Plan(each=10, epochs=30, least=0, deadline=time.monotonic() - 1)
    none.fit(3, 0.01, 0.0)
    assert none.total == 3


def test_without_a_deadline_nothing_changes():
    plan = Plan(each=10, epochs=30, least=0, deadline=math.inf)
    plan.fit(3, 99.0, 0.0)
    assert plan.total == 300


def test_four_cycles_end_at_nothing_and_double_in_length():
    rates = np.array([four_cycles(done) for done in np.linspace(0, 1, 1501)])
    ends = np.flatnonzero(rates < 1e-9)
    assert ends.tolist() == [0, 100, 300, 700, 1500]
    assert four_cycles(2.0) == four_cycles(1.0)


def test_regularisation_fades_in_the_second_half():
    shares = np.array([late_fall(done) for done in np.linspace(0, 1, 101)])
    assert (shares[:51] == 1).all()
    assert (np.diff(shares[51:]) < 0).all()
    assert shares[-1] == late_fall(1.5) == 0
