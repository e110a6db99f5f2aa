"""What happens in the life of a client and what comes of it: domain.md §2.4, event by event."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from jobs import cli
from surplus.payout.calendar import add_banking_days
from tests.acceptance import files
from tests.acceptance.workspace import make
from tests.intake import suwi_files as suwi
from tests.schemas import SCHEMAS, needs_schemas

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
F = 133143
OTHER = {"loonheffingennummer": "999990032L01", "naam_werkgever": "Bakkerij De Korenaar"}


class Town:
    """A municipality in 2026 with one client, who works since January."""

    def __init__(self, folder: Path, store_url: str) -> None:
        self.folder = folder
        self.at = make(folder / "home", store_url, "2026-01-05")
        self.bank = files.Bank(folder)
        self.sent: Counter[str] = Counter()
        self.at.done("import", str(files.norms(folder)))
        self.told: dict[str, str] = {}
        self.list("2026-01-05")

    def list(self, on: str, *, approved: bool = False, **told: str) -> None:
        """The client list of a day; what it changes is approved a moment later where asked."""
        self.told |= told
        path = files.clients(self.folder, files.client("1001", **self.told), name=f"{on}.csv")
        self.at.done("import", str(path), on=on)
        if approved:
            for change in self.at("changes", "list", on=on).data:
                self.at.done("changes", "approve", str(change["id"]), on=on, operator="treasury-1")

    def income(self, on: str, *rows: dict[str, str]) -> None:
        """A delivery that comes on a day, about whatever months."""
        self.sent[on[:7]] += 1
        number = self.sent[on[:7]]
        path = files.delivery(self.folder, on[:7], on.replace("-", ""), *rows, number=number)
        self.at.done("import", str(path), on=on)

    def wage(self, month: str, net: int, on: str, **more: str) -> None:
        self.income(on, files.wage(1001, month, net, **more))

    def received(self, cents: int, on: str) -> None:
        self.at.done("import", str(self.bank.wage(1001, cents).statement(on)), on=on)

    def night(self, on: str) -> set[str]:
        """The codes of the findings that stand open after a night."""
        self.at.done("nightly", on=on)
        return self.codes(on)

    def codes(self, on: str) -> set[str]:
        return {row["code"] for row in self.at("findings", "list", on=on).data}

    def decide(self, on: str, *words: str) -> None:
        number = self.at.done(
            "decide", "K0001001", *words, "--reason", "besproken", on=on, operator="income-1"
        )["id"]
        self.at.done("changes", "approve", str(number), on=on, operator="treasury-1")

    def payments(self) -> list[tuple[str, str, int, str]]:
        rows = self.at.done("export", "payments", on="2026-12-31")
        return [(row["month"], row["kind"], row["amount_cents"], row["status"]) for row in rows]

    def months(self) -> dict[str, dict[str, int]]:
        """The last figures of every settled month."""
        return {row["month"]: row for row in self.at.done("export", "settlements")}

    def stand(self) -> dict[str, int]:
        (row,) = self.at.done("export", "balances", on="2026-12-31")
        return row


@pytest.fixture
def town(tmp_path: Path, store_url: str) -> Town:
    return Town(tmp_path, store_url)


# --- the end of a participation -------------------------------------------------------------------


def test_a_revoked_mandate_is_told_to_the_employer_the_same_day(town: Town) -> None:
    town.wage("2026-01", 60000, "2026-02-10")
    town.list("2026-02-11", intrekking_datum="2026-02-10")
    (told,) = (r for r in town.at("findings").data if r["code"] == "MANDATE_REVOKED")
    assert (told["client_no"], told["raised_on"], told["subject"]) == (
        "K0001001", "2026-02-11", "employment:1",
    )  # fmt: skip
    number = str(told["id"])
    town.at.done("findings", "resolve", number, "--reason", "gebeld", operator="income-1")
    town.list("2026-02-13")
    assert "MANDATE_REVOKED" not in town.codes("2026-02-13"), "the employer knows"


def test_after_a_revoked_mandate_the_running_payment_goes_out_and_the_credit_follows_the_last_wage(
    town: Town,
) -> None:
    town.wage("2026-01", 60000, "2026-02-10")
    town.received(60000, "2026-02-10")
    town.list("2026-02-11", approved=True, intrekking_datum="2026-02-10")
    town.at.done("settle", on="2026-02-12")
    assert town.at.pay("2026-02", "2026-02-24")["payments"] == 2, "F and the 30.00 of January"
    assert "EXIT_DUE" not in town.night("2026-03-02")
    town.wage("2026-02", 60000, "2026-03-10")
    assert "EXIT_DUE" not in town.night("2026-03-10")
    town.received(60000, "2026-03-11")
    assert "EXIT_DUE" in town.night("2026-03-12")
    town.decide("2026-03-12", "exit", "--value", "benefit-continues", "--until", "2026-02-28")
    assert "EXIT_DUE" not in town.night("2026-03-13")
    town.at.pay("2026-02", "2026-03-13")
    (last,) = (r for r in town.at.done("export", "payments") if r["kind"] == "exit")
    assert last["amount_cents"] == 3000
    assert last["due_on"] <= add_banking_days(date(2026, 3, 11), 5).isoformat()
    assert town.at("pay", "prepare", "--month", "2026-03", on="2026-03-26").data["payments"] == 0
    assert town.stand()["position_cents"] == 0
    town.wage("2026-02", 64000, "2026-04-10", tag="GEWIJZIGD")
    town.received(4000, "2026-04-11")
    assert "EXIT_DUE" in town.night("2026-04-12"), "what comes up later is decided on its own"


def test_death_holds_back_every_payment_at_once(town: Town) -> None:
    prepared = town.at.done("pay", "prepare", "--month", "2026-01", on="2026-01-27")
    assert prepared["payments"] == 1
    town.list("2026-01-27", status="OVERLEDEN")
    assert "DECEASED" in town.codes("2026-01-27")
    batch = str(prepared["batch"])
    assert town.at("pay", "approve", batch, on="2026-01-27", operator="treasury-1").code == 3
    assert town.at("pay", "export", batch, "--out", str(town.folder), on="2026-01-27",
                   operator="treasury-1").code != 0  # fmt: skip
    town.at.done("pay", "prepare", "--month", "2026-02", on="2026-02-24", operator="income-1")
    assert {status for *_, status in town.payments()} <= {"DRAFT", "HELD"}


def test_a_death_known_after_the_approval_keeps_the_file_from_leaving(town: Town) -> None:
    batch = str(town.at.done("pay", "prepare", "--month", "2026-01", on="2026-01-27")["batch"])
    town.at.done("pay", "approve", batch, on="2026-01-27", operator="treasury-1")
    town.list("2026-01-28", status="OVERLEDEN")
    words = ("pay", "export", batch, "--out", str(town.at.home / "outbox"))
    refused = town.at(*words, on="2026-01-28", operator="treasury-1")
    assert (refused.code, "K0001001 has died" in refused.err) == (3, True)
    assert list((town.at.home / "outbox").glob("*.xml")) == []
    why = ("--reason", "overleden")
    town.at.done("pay", "cancel", batch, *why, on="2026-01-28", operator="income-1")
    again = town.at.done("pay", "prepare", "--month", "2026-01", on="2026-01-28")
    assert (again["payments"], again["held"]) == (0, 1)


def test_after_death_benefit_runs_to_and_including_that_day_and_the_balance_is_the_estates(
    town: Town,
) -> None:
    town.list("2026-01-28", status="OVERLEDEN")
    town.list("2026-01-29", approved=True, deelname_tot="2026-01-12")
    town.at.done("settle", "--through", "2026-01", on="2026-03-11")
    january = town.months()["2026-01"]
    assert january["norm_cents"] == round(140150 * 12 / 31), "twelve days, the day of death too"
    town.decide("2026-03-12", "give-up-payment", "--month", "2026-01")
    before = town.stand()
    town.decide("2026-03-12", "exit", "--value", "death", "--until", "2026-01-12")
    assert town.stand() == before, "nothing is set off or claimed without a decision of its own"


def test_a_participation_that_ends_inside_a_month_has_the_norm_by_days(town: Town) -> None:
    town.list("2026-01-20", approved=True, deelname_tot="2026-01-20")
    town.at.done("settle", "--through", "2026-01", on="2026-03-11")
    assert town.months()["2026-01"]["norm_cents"] == round(140150 * 20 / 31)


def test_a_change_is_seen_from_old_to_new_before_anything_is_kept(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = files.client("1001", deelname_tot="2026-06-30", iban=files.free_iban("INGB", 9))
    path = files.clients(town.folder, moved, name="moved.csv")
    told = town.at("import", str(path), "--preview").data["would_change"]
    assert told["waits"] == 2
    assert {"client_no": "K0001001", "field": "ends_on", "old": "", "new": "2026-06-30"} in (
        told["changes"]
    )
    assert town.at.query("SELECT COUNT(*) FROM change") == [(0,)]
    cli.run(["--home", str(town.at.home), "--date", "2026-01-05", "import", str(path), "--preview"])
    assert "K0001001 ends_on: – → 2026-06-30" in capsys.readouterr().out


def test_who_joins_later_is_paid_from_the_first_month_and_not_before(town: Town) -> None:
    both = files.clients(town.folder, files.client("1001"),
                         files.client("1002", "2026-03-01"), name="later.csv")  # fmt: skip
    town.at.done("import", str(both), on="2026-02-10")
    for month, on, count in (("2026-02", "2026-02-24", 1), ("2026-03", "2026-03-26", 2)):
        assert town.at.pay(month, on)["payments"] == count


# --- wages ----------------------------------------------------------------------------------------


def test_one_month_above_the_norm_ends_nothing_and_a_second_is_found(town: Town) -> None:
    town.wage("2026-01", 150000, "2026-02-10")
    assert "OUTFLOW" not in town.night("2026-02-11")
    assert town.months()["2026-01"]["benefit_cents"] == 0
    town.wage("2026-02", 150000, "2026-03-10")
    assert "OUTFLOW" in town.night("2026-03-11")
    fixed = [row for row in town.payments() if row[1] == "fixed"]
    assert {row[2] for row in fixed} == {F}
    assert town.at.query("SELECT DISTINCT status FROM client") == [("ACTIEF",)]


def test_income_just_under_the_norm_is_told_before_the_cliff(town: Town) -> None:
    town.wage("2026-01", 130000, "2026-02-10")
    assert "CLIFF_AHEAD" in town.night("2026-02-11")


def test_income_that_comes_near_the_norm_again_is_told_once_and_closed_when_it_is_far(
    town: Town,
) -> None:
    standing = []
    for month, cents in enumerate((130000, 110000, 125000, 60000), start=2):
        town.wage(f"2026-{month - 1:02}", cents, f"2026-{month:02}-10")
        standing.append("CLIFF_AHEAD" in town.night(f"2026-{month:02}-11"))
    assert standing == [True, True, True, False]
    told = town.at.query("SELECT COUNT(*) FROM finding WHERE code = 'CLIFF_AHEAD'")
    assert told == [(1,)]


def test_who_has_left_is_told_of_no_cliff_and_no_end_of_an_exemption(town: Town) -> None:
    right = {"vrijlating_recht_vanaf": "2026-01-01", "vrijlating_maanden_recht": "6"}
    town.list("2026-01-06", approved=True, vrijlating_soort="VRIJLATING_25",
              vrijlating_maanden_gebruikt="3", **right)  # fmt: skip
    town.wage("2026-01", 130000, "2026-02-10")
    town.wage("2026-02", 130000, "2026-03-10", dat_e_ikv="20260228")
    assert town.night("2026-03-10") >= {"CLIFF_AHEAD", "EXEMPTION_ENDING"}
    town.list("2026-03-11", approved=True, deelname_tot="2026-02-28")
    assert not town.night("2026-03-12") & {"CLIFF_AHEAD", "EXEMPTION_ENDING"}


def test_an_employer_that_changes_is_a_second_receivable_and_the_old_one_closes(town: Town) -> None:
    ended = {"dat_e_ikv": "20260131"}
    town.income("2026-02-10", files.wage(1001, "2026-01", 60000, **ended))
    begun = files.wage(1001, "2026-02", 50000, **OTHER) | {"dat_b_ikv": "20260201"}
    town.income("2026-03-10", begun)
    town.night("2026-03-11")
    months = town.months()
    assert (months["2026-01"]["wage_cents"], months["2026-02"]["wage_cents"]) == (60000, 50000)
    open_wages = town.at.query(
        "SELECT employment, month, amount FROM balance WHERE account = 1300 ORDER BY 1, 2"
    )
    assert open_wages == [(1, 202601, 60000), (2, 202602, 50000)]


def test_two_employers_are_one_receivable_each(town: Town) -> None:
    town.income("2026-02-10", files.wage(1001, "2026-01", 40000),
                files.wage(1001, "2026-01", 30000, **OTHER))  # fmt: skip
    town.night("2026-02-11")
    assert town.months()["2026-01"]["wage_cents"] == 70000
    assert town.at.query(
        "SELECT employment, amount FROM balance WHERE account = 1300 ORDER BY 1"
    ) == [(1, 40000), (2, 30000)]


def test_an_employer_who_is_late_changes_nothing_for_the_client_and_is_found(town: Town) -> None:
    town.wage("2026-01", 60000, "2026-02-10")
    assert "RECEIVABLE_OVERDUE" in town.night("2026-03-30")
    assert [row[2] for row in town.payments() if row[0] == "2026-03"] == [F]
    assert town.stand()["available_cents"] == 0, "no surplus is paid from a wage that is not here"


@pytest.mark.parametrize("kind", ["wage-lost", "write-off"])
def test_after_a_wage_that_never_comes_the_next_one_goes_to_its_own_month(
    town: Town, kind: str
) -> None:
    town.wage("2026-01", 60000, "2026-02-10")
    town.night("2026-02-11")
    more = ("--value", "wage", "--number", "B-1") if kind == "write-off" else ()
    employer = ("--month", "2026-01", "--employer", files.HELDER[1])
    town.decide("2026-02-12", kind, *employer, "--amount", "600,00", *more)
    town.wage("2026-02", 60000, "2026-03-10")
    town.night("2026-03-11")
    town.received(60000, "2026-03-12")
    assert not town.night("2026-04-13") & {"OVERPAID_BY_EMPLOYER", "RECEIVABLE_OVERDUE"}
    open_wages = "SELECT month, amount FROM balance WHERE account = 1300 AND amount <> 0"
    assert town.at.query(open_wages) == []


def test_a_wage_paid_twice_by_the_employer_is_found(town: Town) -> None:
    town.wage("2026-01", 60000, "2026-02-10")
    town.received(60000, "2026-02-11")
    town.wage("2026-01", 20000, "2026-03-10", tag="GEWIJZIGD")
    assert "OVERPAID_BY_EMPLOYER" in town.night("2026-03-30")


def test_a_wage_before_its_payslip_leaves_the_month_open_and_pays_no_surplus(town: Town) -> None:
    town.wage("2026-01", 60000, "2026-02-10")
    town.received(60000, "2026-02-11")
    town.night("2026-02-12")
    town.received(60000, "2026-03-02")
    town.night("2026-03-03")
    assert "2026-02" not in town.months()
    assert sum(row[2] for row in town.payments() if row[1] == "extra") == 3000, "of January"


def test_a_running_employment_that_tells_nothing_past_the_deadline_is_found(town: Town) -> None:
    town.wage("2026-01", 60000, "2026-02-10")
    assert "MISSING_INCOME" in town.night("2026-04-13")
    assert "2026-02" not in town.months()


def test_a_negative_correction_waits_for_a_person_and_counts_as_no_income(town: Town) -> None:
    town.wage("2026-01", -10000, "2026-02-10")
    assert "NEGATIVE_INCOME" in town.night("2026-02-11")
    assert town.months()["2026-01"]["benefit_cents"] == F


def test_a_month_is_open_again_when_an_employment_comes_to_light_that_has_not_told_it(
    town: Town,
) -> None:
    town.wage("2026-01", 60000, "2026-02-10")
    town.wage("2026-02", 60000, "2026-03-10")
    town.night("2026-03-11")
    assert "2026-02" in town.months()
    town.income("2026-03-12", files.wage(1001, "2026-01", 30000, **OTHER))
    assert "REOPENED" in town.night("2026-03-13")
    assert "2026-02" not in town.months()


@needs_schemas
def test_year_end_pay_of_which_no_net_is_told_holds_the_month_and_is_found(town: Town) -> None:
    town.at.change_settings(('schemas = "../schemas"', f'schemas = "{SCHEMAS}"'))
    march = suwi.statement(BedrExtraPrdSalaris=suwi.amount(20_000))
    path = town.folder / "suwi.xml"
    path.write_bytes(suwi.delivery(suwi.message(suwi.relation(march), bsn=files.bsn(1001))))
    town.at.done("import", str(path), on="2026-04-20")
    assert "YEAR_END_PAY" in town.night("2026-04-21")
    assert "2026-03" not in town.months()


def test_a_payslip_that_tells_part_of_a_delivered_period_is_found(town: Town) -> None:
    town.wage("2026-01", 60000, "2026-02-10")
    week = files.payslip(1001, "2026-01", 15000) | {
        "periode_begin": "2026-01-05", "periode_eind": "2026-01-11", "periode_soort": "04",
        "betaaldatum": "2026-01-14",
    }  # fmt: skip
    town.at.done("import", str(files.payslips(town.folder, week)), on="2026-02-11")
    assert "PARTIAL_PAYSLIP" in town.night("2026-02-12")
    assert town.months()["2026-01"]["wage_cents"] == 60000, "and the delivery stays effective"


def test_a_month_settles_on_the_delivery_until_payslips_of_four_weeks_tell_all_of_it(
    town: Town,
) -> None:
    town.wage("2026-01", 60000, "2026-02-10")
    town.wage("2026-02", 60000, "2026-03-10")
    weeks = (("2025-12-29", "2026-01-25"), ("2026-01-26", "2026-02-22"),
             ("2026-02-23", "2026-03-22"))  # fmt: skip
    slips = [
        files.payslip(1001, "2026-01", 55000) | {
            "periode_begin": begin, "periode_eind": end, "periode_soort": "05", "betaaldatum": end,
        }
        for begin, end in weeks
    ]  # fmt: skip
    path = files.payslips(town.folder, *slips[:2], name="two.csv")
    town.at.done("import", str(path), on="2026-03-11")
    assert "PARTIAL_PAYSLIP" in town.night("2026-03-12")
    months = town.months()
    assert (months["2026-01"]["wage_cents"], months["2026-02"]["wage_cents"]) == (55000, 60000)
    path = files.payslips(town.folder, slips[2], name="three.csv")
    town.at.done("import", str(path), on="2026-03-25")
    assert "PARTIAL_PAYSLIP" not in town.night("2026-03-26")
    assert town.months()["2026-02"]["wage_cents"] == 55000


def test_a_wage_that_went_to_the_client_is_a_shortfall_that_is_found(town: Town) -> None:
    town.wage("2026-01", 60000, "2026-02-10")
    town.night("2026-02-11")
    town.decide("2026-02-12", "wage-paid-to-client", "--month", "2026-01",
                "--employer", files.HELDER[1], "--amount", "600,00")  # fmt: skip
    assert "SHORTFALL_GROWS" in town.night("2026-02-13")


def test_another_benefit_counts_fully_once_it_is_decided_to_whom_it_is_paid(town: Town) -> None:
    town.wage("2026-01", 60000, "2026-02-10", cd_srt_ikv="33")
    assert "R22" in town.night("2026-02-11")
    town.decide("2026-02-12", "paid_to", "--employer", files.HELDER[1], "--payee", "client")
    town.night("2026-02-13")
    january = town.months()["2026-01"]
    assert (january["countable_cents"], january["exemption_cents"], january["wage_cents"]) == (
        60000, 0, 0,
    )  # fmt: skip


def test_a_pause_such_as_detention_holds_the_payment_until_a_person_decides(town: Town) -> None:
    town.list("2026-01-20", status="GEPAUZEERD")
    prepared = town.at.done("pay", "prepare", "--month", "2026-01", on="2026-01-27")
    assert (prepared["payments"], prepared["held"]) == (0, 1)
    assert "HELD_PAYMENT" in town.codes("2026-01-27")
