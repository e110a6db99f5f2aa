"""The product against the second implementation, on random lives of clients."""

import pytest

from tests.oracle.month.compare import compare

CLIENT_MONTHS, SEEDS = 5_000, range(4)


@pytest.mark.parametrize("seed", SEEDS)
def test_both_implementations_agree_on_random_client_months(seed: int) -> None:
    found = compare(CLIENT_MONTHS, seed)
    assert found.failed == 0, "\n\n".join(["", *found.disagreements[:3]])
    assert found.passed >= CLIENT_MONTHS


def test_the_lives_are_about_everything_the_rules_know() -> None:
    about = compare(CLIENT_MONTHS, seed=1).about
    for group, names in {
        "household": {"single", "single-parent", "couple"},
        "household besides": {
            "sharers",
            "institution, self",
            "institution, partner",
            "institution, both",
            "no-right",
            "children",
            "no-recourse",
            "reduction, amount",
            "reduction, percentage",
            "increase, amount",
            "increase, percentage",
            "norm",
        },
        "reached within the month": {"21", "27", "state pension age"},
        "right": {"all month", "begins", "ends", "begins and ends"},
        "exemption": {
            "n",
            "r",
            "y",
            "z",
            "aa",
            "34a(1)a",
            "34a(1)b",
            "34a(1)c",
            "of both members of the household",
        },
        "income": {
            f"{source}, paid to {payee}"
            for source in ("work", "benefit", "assistance")
            for payee in ("buffer", "client")
        },
        "told by": {"delivery", "payslip", "delivery and payslip"},
        "pay": {
            "month",
            "week",
            "two-week",
            "four-week 13/12",
            "four-week by-days",
            "four-week end-date",
            "four-week payment-month",
        },
        "holiday pay": {"INCL PAYROLL", "INCL TABLE", "EXCL PAYROLL", "EXCL TABLE"},
    }.items():
        assert {name for known, name in about if known == group} == names
