"""A fixed payment that did not arrive, from the bank's word to its next round, by commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import files
from tests.acceptance.workspace import BANK, Answer, Workspace, make
from tests.bank.paper import Entry, Statement, document
from tests.oracle.identifiers import free_iban
from tests.payout.paper import written

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
F = 133143
ONE = "SUR20260127001-000001"


class Town:
    """Two clients who are paid, and the bank of the municipality."""

    def __init__(self, there: Workspace) -> None:
        self.there, self.folder = there, there.home.parent
        self.balance, self.numbers = 10_000_000, 0

    def bring(self, path: Path, on: str) -> None:
        self.there.done("import", str(path), on=on)

    def told(self, on: str, *entries: Entry) -> None:
        """A statement of a day."""
        self.numbers += 1
        paper = Statement(self.numbers, self.balance, entries, on=on)
        self.balance += sum(entry.cents for entry in entries)
        path = self.folder / f"camt053_{self.numbers}.xml"
        path.write_bytes(document(paper))
        self.bring(path, on)

    def refused(self, on: str, status: str) -> None:
        """A report of the bank about the first payment."""
        path = self.folder / "pain002.xml"
        path.write_bytes(
            written(original="SUR20260127001", count=2, total="2662.86", payments={1: status})
        )
        self.bring(path, on)

    def new_account(self, on: str) -> str:
        """Another account of K0001001, told by file and approved by a second person."""
        iban = free_iban("INGB", 98765)
        told = (files.client("1001", iban=iban), files.client("1002"))
        self.bring(files.clients(self.folder, *told, name="new.csv"), on)
        (asked,) = self.there.done("changes", "list")
        self.there.done("changes", "approve", str(asked["id"]), on=on, operator="treasury-1")
        return iban

    def earn(self, month: str, sent: str, cents: int, *, paid: bool = True, **more: str) -> None:
        """A wage of K0001001 is told and paid, and settled."""
        on = f"{sent[:4]}-{sent[4:6]}-{sent[6:]}"
        self.bring(files.delivery(self.folder, month, sent, files.wage(1001, month, cents, **more)),
                   on)  # fmt: skip
        if paid:
            self.told(on, Entry(cents, reference=files.kenmerk(1001)))
        self.there.done("settle", on=on)

    def payments(self, **told: object) -> list[dict[str, Any]]:
        rows = self.there.done("export", "payments")
        return [r for r in rows if r["client_no"] == "K0001001" and told.items() <= r.items()]

    def position(self) -> tuple[int, int]:
        rows = self.there.done("export", "balances")
        (mine,) = [row for row in rows if row["client_no"] == "K0001001"]
        return mine["position_cents"], mine["available_cents"]

    def cancel(self, batch: int, on: str) -> None:
        self.there.done(
            "pay", "cancel", str(batch), "--reason", "wrong", on=on, operator="income-1"
        )  # fmt: skip

    def approve(self, batch: int, on: str) -> Answer:
        return self.there("pay", "approve", str(batch), on=on, operator="treasury-1")

    def whole(self, on: str) -> None:
        """The books hold and agree with the bank."""
        assert (self.there("check", on=on).code, self.there("reconcile", on=on).code) == (0, 0)


@pytest.fixture
def town(tmp_path: Path, store_url: str) -> Town:
    made = make(tmp_path / "home", store_url, "2026-01-05")
    made.done("import", str(files.norms(tmp_path)))
    made.done("import", str(files.clients(tmp_path, files.client("1001"), files.client("1002"))))
    return Town(made)


@pytest.mark.parametrize("how", ["returned", "refused"])
def test_a_returned_or_refused_fixed_payment_never_shows_as_surplus_and_is_paid_once_in_its_next_round(  # noqa: E501
    town: Town, how: str
) -> None:
    town.there.pay("2026-01", "2026-01-27")
    if how == "returned":
        town.told("2026-01-30", Entry(-2 * F, batch="SUR20260127001"))
        back = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
        returned = Entry(F, "A. Voorbeeld", "", family="PMNT-ICDT-RRTN", end_to_end=ONE, extra=back)
        town.told("2026-02-03", returned)
    else:
        town.refused("2026-01-29", "RJCT AC04")
        town.told("2026-01-30", Entry(-F, batch="SUR20260127001"))
    owed = how.replace("refused", "rejected").upper()
    assert [row["status"] for row in town.payments()] == [owed]
    assert {row["code"] for row in town.there("findings", "list").data} >= {"IBAN_BLOCKED"}
    town.earn("2026-01", "20260220", 60000)
    assert town.position() == (3000, 3000)  # of the wage, and nothing of what came back
    held = town.there.done("pay", "prepare", "--month", "2026-01", on="2026-02-20")
    assert (held["batch"], held["held"]) == (0, 0)  # the account is blocked
    iban = town.new_account("2026-02-23")
    prepared = town.there.pay("2026-02", "2026-02-24")
    assert prepared["payments"] == 4  # February twice, January once more, the surplus of the wage
    second = town.payments(month="2026-01", kind="fixed", round=2)
    assert [(row["amount_cents"], row["iban"], row["status"]) for row in second] == [
        (F, iban, "SENT")
    ]
    assert [row["amount_cents"] for row in town.payments(kind="extra")] == [3000]
    town.told("2026-02-27", Entry(-prepared["total_cents"], batch="SUR20260224001"))
    for month, on in (("2026-01", "2026-02-27"), ("2026-02", "2026-02-27")):
        assert town.there.done("pay", "prepare", "--month", month, on=on)["batch"] == 0
    town.there.done("nightly", on="2026-03-02")
    assert [row["status"] for row in town.payments(month="2026-01")] == [owed, "BOOKED"]
    assert town.position() == (0, 0)
    town.whole("2026-03-02")


def test_a_correction_between_prepare_and_approve_blocks_the_line(town: Town) -> None:
    town.there.pay("2026-01", "2026-01-27")
    town.told("2026-01-30", Entry(-2 * F, batch="SUR20260127001"))
    town.earn("2026-01", "20260220", 60000)
    batch = town.there.done("pay", "prepare", "--month", "2026-02", on="2026-02-24")["batch"]
    (extra,) = town.payments(kind="extra")
    assert extra["amount_cents"] == 3000
    lower = {"tag": "GEWIJZIGD"}
    town.bring(
        files.delivery(town.folder, "2026-02", "20260224",
                       files.wage(1001, "2026-01", 40000, **lower)), "2026-02-24"
    )  # fmt: skip
    town.there.done("settle", on="2026-02-24")
    stopped = town.approve(batch, "2026-02-25")
    assert (stopped.code, str(extra["end_to_end_id"]) in stopped.err) == (3, True)
    assert {row["status"] for row in town.payments(month="2026-02")} == {"DRAFT"}
    town.cancel(batch, "2026-02-25")
    again = town.there.done("pay", "prepare", "--month", "2026-02", on="2026-02-25")
    assert town.approve(again["batch"], "2026-02-25").code == 0
    left = [row["amount_cents"] for row in town.payments(kind="extra", status="APPROVED")]
    assert sum(left) < 3000
    town.whole("2026-02-25")


@pytest.mark.parametrize("approved", [False, True])
def test_cancelled_and_prepared_again_pays_once(town: Town, approved: bool) -> None:
    town.there.pay("2026-01", "2026-01-27")
    town.told("2026-01-30", Entry(-2 * F, batch="SUR20260127001"))
    town.earn("2026-01", "20260220", 60000)
    first = town.there.done("pay", "prepare", "--month", "2026-02", on="2026-02-24")
    if approved:
        assert town.approve(first["batch"], "2026-02-24").code == 0
    town.cancel(first["batch"], "2026-02-25")
    again = town.there.pay("2026-02", "2026-02-25")
    assert (again["payments"], again["total_cents"]) == (first["payments"], first["total_cents"])
    town.told("2026-02-27", Entry(-again["total_cents"], batch="SUR20260225001"))
    assert town.there.done("pay", "prepare", "--month", "2026-02", on="2026-02-27")["batch"] == 0
    paid = sorted((row["kind"], row["status"]) for row in town.payments(month="2026-02"))
    assert paid == [
        ("extra", "BOOKED"), ("extra", "CANCELLED"), ("fixed", "BOOKED"), ("fixed", "CANCELLED")
    ]  # fmt: skip
    town.whole("2026-02-27")


def test_after_a_change_of_bank_the_account_of_before_still_tells_what_was_paid(
    town: Town,
) -> None:
    town.there.pay("2026-01", "2026-01-27")
    town.told("2026-01-28")
    new = free_iban("ABNA", 777)
    town.there.change_settings((BANK, new))
    first = Statement(1, 500, (Entry(F, "Gemeente"),), on="2026-01-29", iban=new)
    path = town.folder / "new.xml"
    path.write_bytes(document(first))
    town.bring(path, "2026-01-29")
    town.whole("2026-01-29")
    town.told("2026-01-30", Entry(-2 * F, batch="SUR20260127001"))
    assert [row["status"] for row in town.payments()] == ["BOOKED"]
    town.whole("2026-01-30")


UWV = {"loonheffingennummer": "999990123L01", "naam_werkgever": "UWV", "cd_srt_ikv": "33",
       "volgnr_ikv": "2"}  # fmt: skip


def test_a_surplus_waits_while_it_is_open_to_whom_a_benefit_from_elsewhere_is_paid(
    town: Town,
) -> None:
    def asked() -> list[tuple[object, ...]]:
        rows = town.there("findings", "list").data
        return [(r["client_no"], r["month"], r["amount_cents"]) for r in rows
                if r["code"] == "SURPLUS_HELD"]  # fmt: skip

    town.there.pay("2026-01", "2026-01-27")
    town.told("2026-01-30", Entry(-2 * F, batch="SUR20260127001"))
    town.earn("2026-01", "20260220", 60000)
    batch = town.there.done("pay", "prepare", "--month", "2026-02", on="2026-02-24")["batch"]
    (extra,) = town.payments(kind="extra")
    told = files.wage(1001, "2026-01", 30000, **UWV)
    town.bring(files.delivery(town.folder, "2026-02", "20260224", told), "2026-02-24")
    stopped = town.approve(batch, "2026-02-25")
    assert (stopped.code, f"{extra['end_to_end_id']} R22" in stopped.err) == (3, True)
    town.cancel(batch, "2026-02-25")
    prepared = town.there.pay("2026-02", "2026-02-25")
    assert (prepared["payments"], prepared["total_cents"]) == (2, 2 * F)  # the fixed ones go on
    assert asked() == [("K0001001", "2026-01", 3000)]
    change = town.there.done(
        "decide", "K0001001", "paid_to", "--employer", UWV["loonheffingennummer"], "--payee",
        "client", "--reason", "seen", on="2026-02-26", operator="income-1",
    )  # fmt: skip
    town.there.done("changes", "approve", str(change["id"]), on="2026-02-26",
                    operator="treasury-1")  # fmt: skip
    town.there.done("nightly", on="2026-02-26")
    assert asked() == []
    assert town.position()[0] < 0  # the benefit counts: that surplus was none
    town.there.pay("2026-03", "2026-03-26")
    assert [row["status"] for row in town.payments(kind="extra")] == ["CANCELLED"]
