"""The sample's half year beside the simulated bank: what arrives, and what people do about it.

Clients, norms, deliveries of income and what comes into the account are the sample's. What becomes
of our payments is told by the simulated bank, which goes wrong as planned below; it answers to the
files that it was really sent.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from jobs.simulated.bank import SimulatedBank, Struck
from jobs.simulated.paper import Entry
from surplus.bank import camt
from surplus.problems import Refusal
from surplus.resources import resource

#: Closed: the bank refuses what is sent to it. Its owner tells another account a week later.
CLOSED, ANOTHER = "NL03ASNB0600038258", "NL59TRIO0600091416"  # K0001034
#: What the bank does wrong, each once.
PLAN = {
    ("payment_refused", CLOSED): Struck(code="AC04"),
    ("statement_twice", "2026-02-12"): Struck(),
    ("payment_returned", "NL28KNAB0600039073"): Struck(days=24, code="MS03"),  # K0001056
    ("statement_late", "2026-03-05"): Struck(days=13),
    ("answer_lost", "SUR20260427001"): Struck(),
}
INCOME, TREASURY = "income-1", "treasury-1"


@dataclass
class HalfYear:
    """A workspace that lives the sample, day by day, by the commands that people give."""

    home: Path
    told: Callable[[str], None] = lambda _line: None  # hears what happens
    _sent: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        first = next(_files(self.calendar[1]))
        (opening,) = camt.read(first.read_bytes()).statements
        self.bank = SimulatedBank(
            opening.iban, Random(7), balance=opening.opening_cents, plan=dict(PLAN)
        )

    @property
    def calendar(self) -> list[dict[str, str]]:
        """Every business date: which files come, and what is done."""
        text = resource("sample_data", "calendar.csv").read_text(encoding="utf-8")
        return list(csv.DictReader(io.StringIO(text), delimiter=";"))

    def live(self) -> str:
        """From the first day to the last, which is returned."""
        for day in self.calendar:
            self._on = day["date"]
            self.told(f"{self._on}  {', '.join(self._arrive(day)) or '–'}")
            self._does("", "nightly")
            self._mend()
            for action in day["actions"].split("+")[1:]:
                getattr(self, f"_{action}")()
        return self._on

    # --- what arrives ----------------------------------------------------------------------------

    def _arrive(self, day: dict[str, str]) -> list[str]:
        """Put into the inbox what comes on a day; returns the names."""
        inbox = self.home / "inbox"
        for path in _files(day):
            if path.name.startswith("camt053"):
                self._close(path)
            elif (
                path.name.startswith("clients")
                and ("payment_refused", CLOSED) not in self.bank.plan
            ):
                text = path.read_text(encoding="utf-8")
                (inbox / path.name).write_text(text.replace(CLOSED, ANOTHER), encoding="utf-8")
            else:
                shutil.copyfile(path, inbox / path.name)
        for name, content in self.bank.files.items():
            (inbox / name).write_bytes(content)
        self.bank.files.clear()
        return sorted(path.name for path in inbox.iterdir())

    def _close(self, path: Path) -> None:
        """Let the bank close the day of a statement: its entries, but for those of our payments."""
        (told,) = camt.read(path.read_bytes()).statements
        on = date.fromisoformat(told.to_on)
        for item in told.items:
            if item.amount_cents > 0 or not item.payment_info_id:
                self.bank.credit(on, Entry(
                    item.amount_cents, item.party_name, item.party_iban, item.reference,
                    item.remittance, item.family,
                ))  # fmt: skip
        self.bank.close(on)

    # --- what people do --------------------------------------------------------------------------

    def _mend(self) -> None:
        """What the bank refused goes once more on the new account, what came back after a talk."""
        changes = [
            change
            for change in self._sees("changes", "list")
            if (change["field"], change["new"]) == ("iban", ANOTHER)
        ]
        for batch in self._came_back():
            why = "spoke with the client and her bank"
            changes.append(
                {"id": self._does(INCOME, "pay", "again", batch, "--reason", why)["change"]}
            )
        for change in changes:
            self._does(TREASURY, "changes", "approve", str(change["id"]))
        if changes:
            month = max(row["month"] for row in self._payments().values())
            self._does(INCOME, "pay", "prepare", "--month", month)
            self._approve()
            self._export()

    def _release(self) -> None:
        page = self._sees("pay", "show", self._batch("DRAFT"))
        for subject in sorted({problem["subject"] for problem in page["outside"]}):
            why = "first extra payments of the year"
            self._does(INCOME, "pay", "release", self._batch("DRAFT"), subject, "--reason", why)

    def _approve(self) -> None:
        self._does(TREASURY, "pay", "approve", self._batch("DRAFT"))

    def _export(self) -> None:
        out = self.home / "outbox"
        self._does(TREASURY, "pay", "export", self._batch("APPROVED"), "--out", str(out))
        for path in sorted(out.glob("*.xml")):
            if path.name not in self._sent:
                self._sent.add(path.name)
                self.bank.send(path.read_bytes(), date.fromisoformat(self._on))

    def _batch(self, state: str) -> str:
        return next(str(row["batch"]) for row in self._sees("pay", "list") if row["state"] == state)

    def _came_back(self) -> list[str]:
        """The batches of payments that came back and have no next round."""
        rows = self._payments().values()
        return sorted({str(row["batch"]) for row in rows if row["status"] == "RETURNED"})

    def _payments(self) -> dict[tuple[Any, ...], dict[str, Any]]:
        """The last round of every payment."""
        key = ("client_no", "month", "kind", "payee")
        rows = sorted(self._sees("export", "payments"), key=lambda row: row["round"])
        return {tuple(row[name] for name in key): row for row in rows}

    def _does(self, who: str, *words: str) -> Any:
        """Give a command that changes something, and say so."""
        if who:
            shown = " ".join(f'"{word}"' if " " in word else word for word in words)
            self.told(f"            {who}: surplus {shown.replace(f'{self.home}/', '')}")
        return self._sees(*words, operator=who)

    def _sees(self, *words: str, operator: str = "") -> Any:
        """Give a command; returns its answer.

        Raises:
            Refusal: it failed.
        """
        from jobs import cli

        options = ["--home", str(self.home), "--date", self._on, "--json", "--operator", operator]
        answer, said = io.StringIO(), io.StringIO()
        with redirect_stdout(answer), redirect_stderr(said):
            code = cli.run([*options, *words])
        if code not in (0, 3):
            raise Refusal(
                f"{self._on} surplus {' '.join(words)}: {said.getvalue()}", exit_code=code
            )
        return json.loads(answer.getvalue() or "null")


def _files(day: dict[str, str]) -> Iterator[Path]:
    """The files of the sample that come on a day."""
    for name in day["files"].split():
        yield resource("sample_data", "inbox", day["date"], name)
