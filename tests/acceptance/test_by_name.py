"""What must never happen, by name (design.md §6, §7)."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.acceptance import files
from tests.acceptance.workspace import Workspace, make

F = 133143


@pytest.fixture
def town(tmp_path: Path, store_url: str) -> Workspace:
    """Norms taken in, January 2026."""
    made = make(tmp_path / "home", store_url, "2026-01-05")
    made.done("import", str(files.norms(tmp_path)))
    return made


def balance(town: Workspace, no: int, on: str = "") -> dict[str, int]:
    rows = town.done("export", "balances", on=on)
    return next(row for row in rows if row["client_no"] == f"K{no:07d}")


def payments(town: Workspace, **told: object) -> list[dict[str, object]]:
    rows = town.done("export", "payments")
    return [row for row in rows if all(row[name] == value for name, value in told.items())]


def test_a_surplus_is_not_paid_again_while_the_month_after_stays_open(
    town: Workspace, tmp_path: Path
) -> None:
    bank = files.Bank(tmp_path)
    town.done("import", str(files.clients(tmp_path, files.client("1001"))))
    town.done(
        "import",
        str(files.delivery(tmp_path, "2026-01", "20260220", files.wage(1001, "2026-01", 60000))),
        on="2026-02-20",
    )
    town.done("import", str(bank.wage(1001, 60000).statement("2026-02-23")), on="2026-02-23")
    town.done("settle", on="2026-02-23")
    assert balance(town, 1001)["available_cents"] == 3000
    town.pay("2026-02", "2026-02-24")
    assert [row["amount_cents"] for row in payments(town, kind="extra")] == [3000]
    # February is never told: it stays open, also past its deadline.
    for month, on in (("2026-03", "2026-03-26"), ("2026-04", "2026-04-27")):
        town.done("settle", on=on)
        town.pay(month, on)
    assert [row["amount_cents"] for row in payments(town, kind="extra")] == [3000]
    assert balance(town, 1001)["position_cents"] == 0
    assert balance(town, 1001)["available_cents"] == 0


def test_a_held_fixed_payment_never_shows_as_surplus(town: Workspace, tmp_path: Path) -> None:
    paused = files.client("1001", status="GEPAUZEERD")
    town.done("import", str(files.clients(tmp_path, paused)))
    prepared = town.done("pay", "prepare", "--month", "2026-01", on="2026-01-27")
    assert (prepared["payments"], prepared["held"]) == (0, 1)
    town.done("settle", "--through", "2026-01", on="2026-03-11")
    stand = balance(town, 1001)
    assert (stand["position_cents"], stand["available_cents"]) == (0, 0)
    town.done("pay", "prepare", "--month", "2026-02", on="2026-03-11")
    assert not payments(town, kind="extra")
    assert [row["status"] for row in payments(town, month="2026-01")] == ["HELD"]


def test_a_late_joiner_gets_a_supplementary_batch_with_only_his_own_payment(
    town: Workspace, tmp_path: Path
) -> None:
    first = files.clients(tmp_path, files.client("1001"), files.client("1002"), name="a.csv")
    town.done("import", str(first))
    town.pay("2026-01", "2026-01-27")
    later = files.clients(
        tmp_path, files.client("1001"), files.client("1002"), files.client("1003"), name="b.csv"
    )
    town.done("import", str(later), on="2026-01-28")
    prepared = town.pay("2026-01", "2026-01-28")
    assert (prepared["payments"], prepared["total_cents"]) == (1, F)
    second = payments(town, batch=prepared["batch"])
    assert [(row["client_no"], row["kind"], row["amount_cents"]) for row in second] == [
        ("K0001003", "fixed", F)
    ]
    again = town.done("pay", "prepare", "--month", "2026-01", on="2026-01-28")
    assert again["batch"] == 0


def test_a_change_of_policy_parameter_or_norm_settles_no_past_month_again(
    town: Workspace, tmp_path: Path
) -> None:
    right = {"vrijlating_soort": "VRIJLATING_25", "vrijlating_recht_vanaf": "2026-01-01",
             "vrijlating_maanden_recht": "6", "vrijlating_maanden_gebruikt": "0"}  # fmt: skip
    town.done("import", str(files.clients(tmp_path, files.client("1001", **right))))
    town.done(
        "import",
        str(
            files.delivery(
                tmp_path,
                "2026-01",
                "20260220",
                files.wage(1001, "2026-01", 60000, opgb_recht_vt="48,00"),
            )
        ),
        on="2026-02-20",
    )
    town.done("settle", on="2026-02-20")
    before = town.query("SELECT * FROM posting ORDER BY entry, line")
    versions = town.query("SELECT * FROM settlement ORDER BY month, client, version")
    town.change_settings(
        ('special_rate = "0.0"', 'special_rate = "36.5"'),
        ('holiday_mode = "INCL"', 'holiday_mode = "EXCL"'),
        ('basis = "norm" ', 'basis = "norm+exemption" '),
    )
    assert town.done("settle", on="2026-02-21")["entries"] == 0
    assert town.query("SELECT * FROM posting ORDER BY entry, line") == before
    assert town.query("SELECT * FROM settlement ORDER BY month, client, version") == versions
    # A correction of the settled month still counts on the policy it was settled on.
    changed = files.wage(1001, "2026-01", 70000, opgb_recht_vt="56,00", tag="GEWIJZIGD")
    town.done("import", str(files.delivery(tmp_path, "2026-02", "20260320", changed)),
              on="2026-03-20")  # fmt: skip
    town.done("settle", on="2026-03-20")
    last = town.done("export", "settlements", "--month", "2026-01")[-1]
    assert (last["version"], last["countable_cents"]) == (2, 75600)


def test_twelve_months_of_a_steady_deduction_of_25_leave_no_receivable(
    town: Workspace, tmp_path: Path
) -> None:
    bank = files.Bank(tmp_path)
    town.done("import", str(files.clients(tmp_path, files.client("1001"))))
    months = ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"]
    for place, month in enumerate(months):
        paid = f"{month}-27"
        town.done("import", str(bank.wage(1001, 57500).statement(paid)), on=paid)
        town.done("bank", "match", on=paid)
        told = f"2026-{place + 2:02d}-20"
        town.done("import", str(files.delivery(tmp_path, month, told.replace("-", ""),
                  files.wage(1001, month, 60000))), on=told)  # fmt: skip
        town.done("settle", on=told)
        town.done("bank", "match", on=told)
        town.done("settle", on=told)
    stand = balance(town, 1001, on="2026-07-20")
    assert stand["receivable_cents"] == 0
    wages = town.query(
        "SELECT month, SUM(amount) FROM balance WHERE account = 1300 GROUP BY month ORDER BY month"
    )
    assert wages == [(int(month.replace("-", "")), 0) for month in months]
    assert town("check").code == 0


def test_a_wage_that_waited_for_its_delivery_comes_before_what_the_same_night_brings(
    town: Workspace, tmp_path: Path
) -> None:
    bank = files.Bank(tmp_path)
    town.done("import", str(files.clients(tmp_path, files.client("1001"))))
    town.done("import", str(bank.wage(1001, 60000).statement("2026-02-02")), on="2026-02-02")
    told = files.delivery(tmp_path, "2026-01", "20260220", files.wage(1001, "2026-01", 60000))
    town.done("import", str(bank.wage(1001, 59000).statement("2026-02-20")), str(told),
              on="2026-02-20")  # fmt: skip
    wages = town.query(
        "SELECT month, SUM(-amount) FROM balance WHERE account = 1300 GROUP BY month ORDER BY month"
    )
    assert wages == [(202601, 60000), (202602, 59000)]


def test_a_correction_of_january_that_arrives_in_march_posts_exactly_the_difference(
    town: Workspace, tmp_path: Path
) -> None:
    town.done("import", str(files.clients(tmp_path, files.client("1001"))))
    town.done("import", str(files.delivery(tmp_path, "2026-01", "20260220",
              files.wage(1001, "2026-01", 60000))), on="2026-02-20")  # fmt: skip
    town.done("settle", on="2026-02-20")
    corrected = files.wage(1001, "2026-01", 70000, tag="GEWIJZIGD")
    town.done("import", str(files.delivery(tmp_path, "2026-02", "20260320", corrected)),
              on="2026-03-20")  # fmt: skip
    town.done("settle", on="2026-03-20")
    journal = [row for row in town.done("export", "journal") if row["booked_on"] == "2026-03-20"]
    assert {row["account"]: row["amount_cents"] for row in journal} == {
        1300: 10000, 4000: -10000, 2000: -500, 2010: 500,
    }  # fmt: skip
    assert {row["month"] for row in journal} == {"2026-01"}

    def figures(known_on: str) -> dict[str, int]:
        told = town.done("explain", "K0001001", "2026-01", "--known-on", known_on, on="2026-03-21")
        return {figure["name"]: figure["cents"] for figure in told["figures"]}

    then, now = figures("2026-03-19"), figures("2026-03-20")
    assert (then["wage"], then["benefit"], then["entitlement"]) == (60000, 76143, 136143)
    assert (now["wage"], now["benefit"], now["entitlement"]) == (70000, 66643, 136643)


def test_one_changed_byte_in_a_posting_is_found_and_its_entry_named(
    tmp_path: Path,
) -> None:
    town = make(tmp_path / "home", "sqlite:///surplus.db", "2026-01-05")
    town.done("import", str(files.norms(tmp_path)))
    town.done("import", str(files.clients(tmp_path, files.client("1001"), files.client("1002"))))
    town.done("settle", "--through", "2026-01", on="2026-03-11")
    assert town("check").code == 0
    with sqlite3.connect(town.home / "surplus.db") as store:
        for (name,) in store.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'posting'"
        ).fetchall():
            store.execute(f'DROP TRIGGER "{name}"')
        store.execute("UPDATE posting SET client = client + 1 WHERE entry = 2 AND line = 1")
    found = town("check")
    assert found.code == 5
    assert any("entry 2 " in sentence for sentence in found.data["broken"])
    assert not any("entry 1 " in sentence for sentence in found.data["broken"])


def test_a_chain_that_was_rebuilt_is_found_by_the_heads_kept_elsewhere(
    town: Workspace, tmp_path: Path
) -> None:
    town.done("import", str(files.clients(tmp_path, files.client("1001"))))
    town.done("nightly", on="2026-01-06")
    kept = tmp_path / "heads.log"
    kept.write_bytes((town.home / "outbox" / "heads.log").read_bytes())
    assert town("check", "--heads", str(kept)).code == 0
    with kept.open("a", encoding="utf-8") as log:
        log.write("2026-01-07 0999 00112233445566778899aabbccddeeff\n")
    found = town("check", "--heads", str(kept))
    assert found.code == 5
    assert "00112233445566778899aabbccddeeff" in found.data["broken"][0]
    assert town("check", "--heads", str(tmp_path / "absent.log")).code == 2


def test_heads_are_found_in_any_text_that_was_kept_and_a_text_without_any_proves_nothing(
    town: Workspace, tmp_path: Path
) -> None:
    town.done("import", str(files.clients(tmp_path, files.client("1001"))))
    town.done("nightly", on="2026-01-06")
    told = ("audit", "--from", "2026-01-01", "--to", "2026-01-06", "--out", str(tmp_path / "out"))
    written = town.done(*told, on="2026-01-06", operator="income-1")["files"]
    (text,) = (path for path in written if path.endswith(".txt"))
    assert town("check", "--heads", text).code == 0
    mail = tmp_path / "mail.txt"
    mail.write_text("The seal's head was 00112233445566778899AABBCCDDEEFF.\n", encoding="utf-8")
    found = town("check", "--heads", str(mail))
    assert (found.code, len(found.data["broken"])) == (5, 1)
    for content in (b"", b"no head here\n", "geen kop".encode("utf-16")):
        mail.write_bytes(content)
        assert town("check", "--heads", str(mail)).code == 2
