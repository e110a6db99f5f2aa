"""Senders that overlap, correct, repeat and contradict each other and themselves; by a seed."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from surplus.payment_reference import reference_of
from tests.intake import files, payslip_files, suwi_files
from tests.intake.conftest import BSNS

PEOPLE = tuple(BSNS)
#: BSN of the partner of a client, who works for the same employers.
PARTNER = {1004: 999990093}
STRANGER = 999990111
#: Betalingskenmerk by client.
REFERENCE = {number: reference_of(number, 2026) for number in PEOPLE}
MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04")
EMPLOYERS = ("999990020L01", "999990032L01")
AMOUNTS = (30_000, 60_000, 60_050, 64_000)
#: Days on which four weeks begin that lie across the months.
WEEKS = ("2026-01-05", "2026-02-02", "2026-03-02", "2026-03-30")
_NEW, _CHANGED, _SAME, _GONE = "NIEUW_IKO", "GEWIJZIGD", "ONGEWIJZIGD", "INGETROKKEN"


class File(NamedTuple):
    """A file as it was sent; `order` puts the files of all senders in the order of sending."""

    order: tuple[str, str]
    name: str
    content: bytes


class Period(NamedTuple):
    """What income is told about: a month, cut short at its begin or not, or four weeks."""

    begin: date
    end: date
    kind: str

    @classmethod
    def any(cls, dice: Random) -> Period:
        """Mostly a whole month."""
        if dice.random() < 0.15:
            begin = date.fromisoformat(dice.choice(WEEKS))
            return cls(begin, begin + timedelta(27), "05")
        year, month = map(int, dice.choice(MONTHS).split("-"))
        last = calendar.monthrange(year, month)[1]
        first = 10 if dice.random() < 0.08 else 1
        return cls(date(year, month, first), date(year, month, last), "06")

    @property
    def days(self) -> tuple[str, str]:
        """First and last day, yyyymmdd."""
        return f"{self.begin:%Y%m%d}", f"{self.end:%Y%m%d}"


def files_of(dice: Random) -> list[File]:
    """What is sent in all, in the order in which it is sent."""
    told = [*_Flat(dice).files(), *_Suwi(dice).files(), *_slips(dice)]
    return sorted(told)


def _euro(cents: int) -> str:
    return f"{cents // 100},{cents % 100:02d}"


class _Flat:
    """A sender of change deliveries and full ones, whose tags mostly agree with what it told."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.honest = dice.choice([1.0, 0.8, 0.5])
        self.told: dict[tuple[int, str, str, str], int] = {}

    def files(self) -> list[File]:
        dice, number, day = self.dice, 0, date(2026, 2, 10)
        sent = []
        for _ in range(dice.randint(1, 5)):
            number += dice.choice([1, 1, 1, 2])
            day += timedelta(dice.choice([0, 1, 20]))
            sent.append(self._file(number, day))
        return sent

    def _file(self, number: int, day: date) -> File:
        full = self.dice.random() < 0.3
        month = self.dice.choice(MONTHS)
        ident = f"IB-0999-2026-03-{number:03d}"
        head = files.header(
            ident, f"{day:%Y%m%d}", maand=month, soort="VOLLEDIG" if full else "MUTATIES"
        )
        rows = [self._row() for _ in range(self.dice.randint(1, 5))]
        if self.dice.random() < 0.15:
            rows.append(dict(rows[0]))
        return File((day.isoformat(), ident), f"{ident}.csv", files.delivery(*rows, head=head))

    def _row(self) -> files.Row:
        dice, period = self.dice, Period.any(self.dice)
        who, employer = dice.choice(PEOPLE), dice.choice(EMPLOYERS)
        bsn = PARTNER[who] if who in PARTNER and dice.random() < 0.4 else BSNS[who]
        relation = dice.choice(["1", "1", "2"])
        begin, end = period.days
        key = (bsn, employer, relation, begin)
        cents, before = dice.choice(AMOUNTS), self.told.get(key)
        tag = _NEW if before is None else _SAME if before == cents else _CHANGED
        if before is not None and dice.random() < 0.15:
            tag = _GONE
        if dice.random() > self.honest:
            tag = dice.choice([_NEW, _CHANGED, _SAME, _GONE])
        if tag == _GONE:
            self.told.pop(key, None)
        else:
            self.told[key] = cents
        since = begin if period.begin.day == 10 else "20260101"
        row = files.wage(
            STRANGER if dice.random() < 0.03 else bsn, _euro(cents), tag=tag, volgnr_ikv=relation,
            loonheffingennummer=employer, dat_b_ikv=since, dat_b_iko=begin, dat_e_iko=end,
            periode_soort=period.kind,
        )  # fmt: skip
        if dice.random() < 0.1 and period.kind == "06":
            row["dat_e_ikv"] = end
        if (odd := dice.random()) < 0.06:
            row |= {"vakantietoeslag": "1.0"} if odd < 0.03 else {"dat_e_iko": ""}
        return files.withdrawn(row) if tag == _GONE else row


class _Suwi:
    """A sender of answers: income, that nothing is known, that it could not tell."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice

    def files(self) -> list[File]:
        dice, number, day = self.dice, 0, date(2026, 2, 11)
        sent = []
        for _ in range(dice.randint(0, 4)):
            number += dice.choice([1, 1, 1, 3])
            day += timedelta(dice.choice([0, 1, 20]))
            head = suwi_files.header(
                number, day.isoformat(), Maand=dice.choice(MONTHS[: 2 + (day.month > 3)]),
                SoortLevering="VOLLEDIG" if dice.random() < 0.25 else "MUTATIES",
                LeveringId=f"L-{99 - number}",
            )  # fmt: skip
            about = dice.sample(PEOPLE, dice.randint(1, 3))
            content = suwi_files.delivery(*(self._about(BSNS[who]) for who in about), head=head)
            sent.append(File((day.isoformat(), f"{number:09d}"), f"suwi-{number}.xml", content))
        return sent

    def _about(self, bsn: int) -> str:
        dice = self.dice
        kind = dice.random()
        if kind < 0.15:
            return suwi_files.fault(bsn)
        if kind < 0.4:
            return suwi_files.nothing(bsn)
        relations = []
        for number in dice.sample(["1", "2"], dice.randint(1, 2)):
            statements = [self._statement() for _ in range(dice.randint(1, 2))]
            since = suwi_files.stretch("20260101")
            relations.append(
                suwi_files.relation(
                    *statements, stretches=[since], employer=dice.choice(EMPLOYERS),
                    VolgnrIkv=number, DatBIkv="20260101",
                )
            )  # fmt: skip
        return suwi_files.message(*relations, bsn=bsn, searched=("20260101", "20260430"))

    def _statement(self) -> str:
        period = Period.any(self.dice)
        begin, end = period.days
        cents = self.dice.choice(AMOUNTS)
        hours = str(cents // 1_500)
        return suwi_files.statement(begin, end, cents, per=period.kind, hours=hours)


def _slips(dice: Random) -> list[File]:
    """Payslips of employers: beside what is delivered, of other amounts, told again, twice real."""
    rows = []
    for _ in range(dice.randint(0, 5)):
        who, employer = dice.choice(PEOPLE), dice.choice(EMPLOYERS)
        period, cents = Period.any(dice), dice.choice(AMOUNTS)
        if dice.random() < 0.1:
            first = date(2026, 1, 5) + timedelta(7 * dice.randint(0, 12))
            period = Period(first, first + timedelta(6), "04")
        named = PARTNER[who] if who in PARTNER and dice.random() < 0.4 else BSNS[who]
        paid_on = period.end + timedelta(dice.choice([0, 0, 5]))
        amount = _euro(cents)
        row = payslip_files.net(
            600, bsn_of_klantnummer=f"{named:09d}", loonheffingennummer=employer,
            periode_begin=period.begin.isoformat(), periode_eind=period.end.isoformat(),
            periode_soort=period.kind, betaaldatum=paid_on.isoformat(),
            betalingskenmerk=REFERENCE[who], netto_loon_uitbetaald=amount,
            bruto_loon=amount, netto_verrekenbaar=amount,
        )  # fmt: skip
        if dice.random() < 0.1:
            row["betalingskenmerk"] = ""
        rows.append(row)
        if dice.random() < 0.25:
            again = _euro(dice.choice(AMOUNTS))
            later = (paid_on + timedelta(dice.choice([0, 3]))).isoformat()
            rows.append(row | {"netto_loon_uitbetaald": again, "bruto_loon": again,
                               "netto_verrekenbaar": again, "betaaldatum": later})  # fmt: skip
    if not rows:
        return []
    sent = []
    for number in range(dice.randint(1, 3)):
        mine = [dice.choice(rows) for _ in range(dice.randint(1, 4))]
        content = payslip_files.as_csv(*mine)
        sent.append(File(("2026-05-01", f"slips-{number}"), f"slips-{number}.csv", content))
    return sent
