"""Which of several payslips counts, in whatever order they are laid down."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from surplus.rules.income.tellings import Chosen, Slips, choose, differing

Told = tuple[int, int, int, int, int, int, int]
MARCH = [20260301, 20260331]


def chosen(*told: Told, run: int = 1, accepted_in: int = 9) -> Chosen:
    """Of payslips: job, first and last day, betaaldatum, content, the how manieth, decision."""
    columns = np.array(told, dtype=np.int64).reshape(-1, 7).T
    job, begin, end, paid_on, content, occurrence, accepted = columns
    runs = np.full(len(told), run)
    decided = np.where(accepted > 0, accepted_in, 0)
    return choose(Slips(job, begin, end, paid_on, content, occurrence, runs, accepted, decided))


def test_the_payslip_that_was_paid_first_counts_until_another_is_accepted() -> None:
    first, later = (1, 1, 31, 20260325, 7, 1, 0), (1, 1, 31, 20260410, 8, 1, 0)
    found = chosen(later, first)
    assert (found.counts.tolist(), found.otherwise.tolist()) == ([False, True], [True, False])
    found = chosen((*later[:6], 3), first)
    assert (found.counts.tolist(), found.otherwise.any()) == ([True, False], False)


def test_of_two_decisions_the_last_one_holds() -> None:
    found = chosen((1, 1, 31, 20260325, 7, 1, 5), (1, 1, 31, 20260410, 8, 1, 3))
    assert found.counts.tolist() == [True, False]


def test_what_is_told_after_a_decision_is_a_question_again_where_it_was_not_paid_before() -> None:
    held = (1, 1, 31, 20260325, 7, 1, 3)
    later, older = (1, 1, 31, 20260326, 8, 1, 0), (1, 1, 31, 20260324, 9, 1, 0)
    assert chosen(held, later, older, run=10).otherwise.tolist() == [False, True, False]
    assert not chosen(held, later, older, run=9).otherwise.any()


def test_of_two_that_were_paid_first_on_one_day_none_counts() -> None:
    found = chosen((1, 1, 31, 20260325, 7, 1, 0), (1, 1, 31, 20260325, 8, 1, 0))
    assert (found.counts.any(), found.otherwise.all()) == (False, True)


def test_an_employer_that_goes_back_to_what_it_told_first_asks_nothing() -> None:
    found = chosen(
        (1, 1, 31, 20260325, 7, 1, 0), (1, 1, 31, 20260401, 8, 1, 0), (1, 1, 31, 20260402, 7, 1, 0)
    )
    assert (found.counts.tolist(), found.otherwise.any()) == ([False, False, True], False)


def test_equal_payslips_that_are_both_real_both_count_and_go_together() -> None:
    twice = [(1, 1, 31, 20260325, 7, nth, 0) for nth in (1, 2)]
    assert chosen(*twice).counts.tolist() == [True, True]
    one = (1, 1, 31, 20260410, 8, 1, 4)
    assert chosen(*twice, one).counts.tolist() == [False, False, True]


def test_of_payslips_that_share_a_day_only_the_one_that_is_accepted_counts() -> None:
    month, weeks = (1, 1, 31, 20260325, 7, 1, 0), (1, 30, 57, 20260426, 8, 1, 0)
    elsewhere = (2, 30, 57, 20260426, 8, 1, 0)
    found = chosen(month, weeks, elsewhere)
    assert found.counts.tolist() == [False, False, True]
    assert found.overlaps.tolist() == [True, True, False]
    found = chosen((*month[:6], 2), weeks)
    assert (found.counts.tolist(), found.overlaps.tolist()) == ([True, False], [False, True])


def test_nothing_told_is_nothing_chosen() -> None:
    assert [len(column) for column in chosen()] == [0, 0, 0]


slips = st.tuples(
    st.integers(1, 2), st.sampled_from([1, 32]), st.sampled_from([20260325, 20260326, 20260327]),
    st.integers(1, 3), st.integers(1, 2),
)  # fmt: skip


@given(st.lists(slips, max_size=8, unique=True), st.lists(st.integers(1, 3), max_size=2), st.data())
def test_in_any_order_the_same_count_and_never_two_tellings_of_a_period(
    told: list[tuple[int, int, int, int, int]], decided: list[int], data: st.DataObject
) -> None:
    decisions = {content: number for number, content in enumerate(decided, 1)}
    rows: list[Told] = [
        (job, begin, begin + 30, paid, content, nth, decisions.get(content, 0))
        for job, begin, paid, content, nth in told
    ]
    place = data.draw(st.permutations(range(len(rows))))
    found, other = chosen(*rows), chosen(*(rows[n] for n in place))
    for mask, same in zip(found, other, strict=True):
        assert mask[place].tolist() == same.tolist() if place else not len(mask)
    contents, times = defaultdict(set), defaultdict(list)
    for row, counts in zip(rows, found.counts, strict=True):
        if counts:
            contents[row[:2]].add(row[4])
            times[row[:2]].append(row[5])
    assert all(len(one) == 1 for one in contents.values())
    assert all(len(set(one)) == len(one) for one in times.values())


def test_a_net_too_far_from_what_was_delivered_waits_unless_it_is_accepted() -> None:
    def apart(*cents: int, accepted: bool = False) -> tuple[list[bool], list[int]]:
        count = len(cents)
        slip = np.arange(count) > 0
        begin, end = (np.full(count, day) for day in MARCH)
        mask, more = differing(
            np.ones(count, dtype=np.int64), begin, end, np.array(cents), slip, ~slip,
            slip & accepted, 100,
        )  # fmt: skip
        return mask.tolist(), more.tolist()

    assert apart(90_000, 90_800) == ([False, False], [800, 800])
    assert apart(90_000, 80_000)[0] == [False, True]
    assert apart(90_000, 45_000, 45_000)[0] == [False, False, False]
    assert apart(90_000, 80_000, accepted=True)[0] == [False, False]
    assert apart(5_000, 5_100)[0] == [False, False]
    assert apart(5_000, 5_101)[0] == [False, True]


def test_nothing_delivered_is_no_difference() -> None:
    one = np.ones(1, dtype=np.int64)
    begin, end = (one * day for day in MARCH)
    yes = np.ones(1, dtype=bool)
    mask, _ = differing(one, begin, end, one * 50_000, yes, ~yes, ~yes, 100)
    assert not mask.any()
