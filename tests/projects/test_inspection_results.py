"""The rule of the quarterly inspection, by examples worked out by hand and by its properties."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.inspections.rules import (
    GroupTotals,
    Marks,
    Terms,
    cap_deductions,
    entry_result,
    group_mean,
    half_up,
    judge_total,
    mean,
    ranks,
    ranks_within,
    site_points,
)

D = Decimal


def figures(text: str) -> list[D]:
    return [D(each) for each in text.split()]


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        ("88.125", "88.13"),  # half to even would say 88.12
        ("88.135", "88.14"),
        ("88.1249999", "88.12"),
        ("0.005", "0.01"),
        ("99.995", "100.00"),
        ("77", "77.00"),
    ],
)
def test_a_half_is_rounded_up(value, rounded):
    assert str(half_up(D(value))) == rounded


@pytest.mark.parametrize(
    ("points", "weights", "total"),
    [
        ("90", "100", "90"),
        ("90 80", "60 40", "86"),  # 54 + 32
        ("88.88 77.77", "33.33 66.67", "81.472963"),  # kept exact: 29.623704 + 51.849259
        ("0 0 0", "50 30 20", "0"),
        ("100 100 100", "50 30 20", "100"),
    ],
)
def test_a_judges_total_is_weighted_by_criterion(points, weights, total):
    assert judge_total(dict(enumerate(figures(points))), dict(enumerate(figures(weights)))) == D(
        total
    )


@pytest.mark.parametrize(
    ("totals", "trimmed", "result"),
    [
        ("88", True, "88.00"),  # one judge
        ("88 89", True, "88.50"),
        ("90 80 70 60", True, "75.00"),  # four judges: all count
        ("90 80 70 60 10", True, "70.00"),  # five: 90 and 10 are left out
        ("90 80 70 60 10", False, "62.00"),  # method "mean": all count
        ("95 90 90 90 60", True, "90.00"),
        ("90 90 90 90 90", True, "90.00"),  # equals: one of them goes as highest, one as lowest
        ("100 100 50 0 0", True, "50.00"),  # two highest: only one is left out
        ("85 88 90 91 92 95 60", True, "89.20"),  # seven: 85+88+90+91+92 = 446
        ("88.12 88.13", True, "88.13"),  # 88.125
        ("88.10 88.15", False, "88.13"),  # 88.125
        ("99 88.12 88.12 88.13 88.13 1", True, "88.13"),  # 88.125 after trimming
        ("80 80 81", True, "80.33"),  # 80.333…
        ("80 81 81", True, "80.67"),  # 80.666…
    ],
)
def test_with_five_judges_or_more_the_highest_and_the_lowest_are_left_out(totals, trimmed, result):
    assert str(group_mean(figures(totals), trimmed=trimmed)) == result


@pytest.mark.parametrize(
    ("groups", "result"),
    [
        ([("100", "88")], "88.00"),
        ([("50", "90"), ("30", "80"), ("20", "70")], "83.00"),  # 45 + 24 + 14
        ([("60", "90 80 70 60 10"), ("40", "80 90")], "76.00"),  # 70 × 0.6 + 85 × 0.4
        ([("50", "88.12"), ("50", "88.13")], "88.13"),  # 88.125
        # Each group is rounded first: 80.33 × 0.7 + 90 × 0.3 = 83.231 (80.333… gives 83.2333…)
        ([("70", "80 80 81"), ("30", "90")], "83.23"),
        ([("60", ""), ("40", "80")], "80.00"),  # a group that is absent as a whole
        ([("50", ""), ("30", "80"), ("20", "90")], "84.00"),  # (2400 + 1800) / 50
        ([("60", ""), ("40", "")], "None"),
        ([], "None"),
    ],
)
def test_groups_are_weighted(groups, result):
    given_groups = [GroupTotals(D(weight), figures(totals)) for weight, totals in groups]
    assert str(site_points(given_groups, trimmed=True)) == result


@pytest.mark.parametrize(
    ("site", "data", "deductions", "site_share", "cap", "taken", "points"),
    [
        ("88.13", None, "", "100", "5", "0", "88.13"),
        ("90", "80", "", "70", "5", "0", "87.00"),  # 63 + 24
        ("90", "80", "1 0.5", "70", "5", "1.5", "85.50"),
        ("90", "80", "3 3", "70", "5", "5", "82.00"),  # capped
        ("90", "80", "3 3", "70", "0", "0", "87.00"),  # a cap of 0: nothing is taken off
        ("2", None, "4", "100", "5", "4", "0.00"),  # never below 0
        ("88.15", "88.10", "", "50", "5", "0", "88.13"),  # 88.125
        ("90", None, "", "70", "5", "0", None),  # the data are not in yet
        ("90", "80", "", "100", "5", "0", "90.00"),  # data that weigh nothing
        ("90", "80", "", "0", "5", "0", "80.00"),
    ],
)
def test_shares_are_added_and_deductions_capped(
    site, data, deductions, site_share, cap, taken, points
):
    marks = Marks(
        groups=[GroupTotals(D(100), [D(site)])],
        data_points=D(data) if data else None,
        deductions=figures(deductions),
    )
    result = entry_result(marks, Terms(site_share=D(site_share), deduction_cap=D(cap)))
    assert result.deducted == D(taken)
    assert result.points == (None if points is None else D(points))


def test_an_entry_that_nobody_scored_has_no_result():
    result = entry_result(Marks(groups=[], data_points=D(90)), Terms(site_share=D(50)))
    assert result.site_points is None
    assert result.points is None


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ("90", [1]),
        ("90 80 80 70", [1, 2, 2, 4]),
        ("80 80 80", [1, 1, 1]),
        ("70 90 80 90", [4, 1, 3, 1]),
        ("90 90.00", [1, 1]),
        ("", []),
    ],
)
def test_equals_share_a_rank_and_the_next_is_skipped(points, expected):
    assert list(ranks(dict(enumerate(figures(points)))).values()) == expected


def test_ranking_runs_within_leagues():
    points = {"east": D(90), "west": D(80), "housing": D(85), "steel": D(85)}
    leagues = {"east": "旗县区", "west": "旗县区", "housing": "市直", "steel": "市直"}
    assert ranks_within(points, leagues) == {"east": 1, "west": 2, "housing": 1, "steel": 1}


def test_nothing_has_no_mean():
    with pytest.raises(ValueError, match="no values"):
        mean([])


# Properties -------------------------------------------------------------------------------------

POINTS = st.decimals(min_value=0, max_value=100, places=2)
TOTALS = st.lists(POINTS, min_size=1, max_size=9)
WEIGHTS = st.decimals(min_value="0.01", max_value=100, places=2)
GROUPS = st.lists(st.builds(GroupTotals, WEIGHTS, st.lists(POINTS, max_size=7)), max_size=4)
MARKS = st.builds(
    Marks, GROUPS, st.none() | POINTS, st.lists(st.decimals("0.01", 100, places=2), max_size=4)
)
TERMS = st.builds(Terms, st.booleans(), POINTS, POINTS)


@given(TOTALS, st.booleans())
def test_a_mean_lies_between_the_lowest_and_the_highest(totals, trimmed):
    assert min(totals) <= group_mean(totals, trimmed=trimmed) <= max(totals)


@given(st.data(), TOTALS, st.booleans())
def test_the_order_of_the_judges_does_not_matter(data, totals, trimmed):
    mixed = data.draw(st.permutations(totals))
    assert group_mean(mixed, trimmed=trimmed) == group_mean(totals, trimmed=trimmed)


@given(MARKS, TERMS)
def test_a_result_lies_between_0_and_100_and_has_two_decimals(marks, terms):
    result = entry_result(marks, terms)
    for points in (result.site_points, result.points):
        assert points is None or (0 <= points <= 100 and points == half_up(points))
    assert 0 <= result.deducted <= terms.deduction_cap
    assert cap_deductions(marks.deductions, cap=terms.deduction_cap) == result.deducted


@given(st.data(), MARKS.filter(lambda m: any(g.totals for g in m.groups)), TERMS)
def test_raising_a_score_never_lowers_the_result(data, marks, terms):
    scored = [number for number, group in enumerate(marks.groups) if group.totals]
    number = data.draw(st.sampled_from(scored))
    totals = list(marks.groups[number].totals)
    judge = data.draw(st.integers(0, len(totals) - 1))
    totals[judge] = data.draw(st.decimals(totals[judge], 100, places=2))
    groups = list(marks.groups)
    groups[number] = GroupTotals(groups[number].weight, totals)
    before, after = (
        entry_result(marks, terms),
        entry_result(Marks(groups, marks.data_points, marks.deductions), terms),
    )
    assert after.site_points >= before.site_points
    assert before.points is None or after.points >= before.points


@given(st.data(), st.dictionaries(st.integers(), POINTS, max_size=12))
def test_ranks_do_not_depend_on_the_order_of_the_rows(data, points):
    mixed = dict(data.draw(st.permutations(list(points.items()))))
    assert ranks(mixed) == ranks(points)


@given(st.dictionaries(st.integers(), POINTS, max_size=12))
def test_a_rank_is_one_more_than_the_number_of_those_ahead(points):
    for key, rank in ranks(points).items():
        assert rank == 1 + sum(other > points[key] for other in points.values())
