"""Who works where, what each month brings, and when the employer really pays."""

from datetime import date
from random import Random
from typing import NamedTuple

from tests.oracle.dates import first_day, months_later
from tests.oracle.identifiers import free_iban
from tests.oracle.model import Employer, Job, Wage, wage
from tests.oracle.money import cents, percent
from tests.oracle.people import LATE_JOINERS, roll

HELDER = Employer(
    "Schoonmaakbedrijf Helder BV", "999990020L01", free_iban("RABO", 811000100), "early"
)
KORENAAR = Employer(
    "Bakkerij De Korenaar BV", "999990111L01", free_iban("INGB", 811000200), "early"
)
KORF = Employer("Supermarkt De Korf BV", "999990135L01", free_iban("ABNA", 811000300), "early")
VLOT = Employer("Uitzendbureau Vlot BV", "999990044L02", free_iban("ABNA", 811000400), "mid", True)
BAKEN = Employer("Thuiszorg Het Baken", "999990147L01", free_iban("RABO", 811000500), "mid")
VELD = Employer("Kwekerij 't Groene Veld BV", "999990159L01", free_iban("RABO", 811000600), "mid")
LEPELAAR = Employer(
    "Hotel-Café De Lepelaar BV", "999990160L01", free_iban("SNSB", 811000700), "mid"
)
NOORD = Employer(
    "Distributie Noordrand BV", "999990172L03", free_iban("INGB", 811000800), "mid", True
)
MEERZICHT = Employer("Taxibedrijf Meerzicht", "999990184L01", free_iban("KNAB", 811000900), "late")
MAAL = Employer("Stichting Schoolmaal", "999990196L01", free_iban("TRIO", 811001000), "same")
TRAPPER = Employer("Rijwielhandel De Trapper", "999990202L01", free_iban("RABO", 811001100), "own")
KLUS = Employer("Klusbedrijf De Waterpas", "999990214L01", free_iban("INGB", 811001200), "never")
TIMMER = Employer("Timmerfabriek Eikenhorst", "999990226L01", free_iban("ABNA", 811001300), "mid")

REGULAR = (HELDER, KORF, VLOT, BAKEN, LEPELAAR, NOORD, KORENAAR, VELD)

PAY_DAYS = {
    "early": ("2026-02-05", "2026-03-05", "2026-04-07", "2026-05-05"),
    "mid": ("2026-02-12", "2026-03-12", "2026-04-13", "2026-05-12"),
    "late": ("2026-02-25", "2026-03-27", "2026-04-28", "2026-05-27"),
    "same": ("2026-01-28", "2026-02-25", "2026-03-27", "2026-04-28"),
    "own": ("2026-03-23", "2026-04-07", "2026-05-05", "2026-05-12"),
}
"""Booking dates of the wages of January up to April."""

MONTHS = (202601, 202602, 202603, 202604)


def job(
    client: int,
    employer: Employer,
    nets: str,
    *,
    person: int = 0,
    first: int = 202601,
    began: date | None = None,
    ended: date | None = None,
    accrues: bool = False,
    travel: str = "",
) -> Job:
    """A job from its net wages, one for each month from `first` on."""
    paid = {
        months_later(first, n): wage(cents(net), accrues=accrues, travel=cents(travel))
        for n, net in enumerate(nets.split())
    }
    return Job(client, person, employer, began or first_day(first), paid, ended)


def day(text: str) -> date:
    return date.fromisoformat(text)


def told_jobs() -> list[Job]:
    """The jobs that carry a story; README.md of the sample tells it client by client."""
    return [
        job(1001, HELDER, "212,40 871,15 455,00 0,00"),
        job(1002, KORF, "640,00 655,50 648,20 660,00"),
        job(1003, KLUS, "410,00", ended=day("2026-01-31")),
        job(1003, BAKEN, "520,00 515,00 530,00", first=202602),
        job(1004, VELD, "520,00 540,00 510,00 525,00"),
        job(1004, LEPELAAR, "1180,00 1150,00 1120,00 1185,00", person=1),
        job(1005, HELDER, "780,00 700,00 810,40 760,00"),
        job(1006, KORENAAR, "450,00 460,00 470,00 455,00", accrues=True),
        job(1008, NOORD, "1650,00 1705,25 1688,00 1642,30"),
        job(1009, VLOT, "900,00 1510,00 870,00 905,00", travel="36,80"),
        job(1010, BAKEN, "900,00 900,00 915,00 890,00", travel="64,40"),
        holiday_leaver(1011, LEPELAAR, ("850,00", "860,00"), "22,00"),
        job(1012, KORF, "350,25 350,25 362,00 350,25"),
        job(1012, VELD, "512,80 498,10 505,00 512,80"),
        job(1013, HELDER, "330,00 335,00 340,00 330,00"),
        job(1013, MEERZICHT, "270,00 265,00 280,00 275,00"),
        job(1014, VLOT, "710,00 705,00", ended=day("2026-02-28")),
        job(1015, LEPELAAR, "320,00 640,00 655,00", first=202602, began=day("2026-02-16")),
        job(1016, TRAPPER, "640,00 655,00 650,00 660,00"),
        job(1017, KORF, "575,00 590,00 580,00 585,00", accrues=True),
        job(1018, MAAL, "480,00 495,00 470,00 490,00", ended=day("2026-04-30")),
        job(1019, BAKEN, "615,00 600,00 620,00 610,00"),
        job(1020, VELD, "640,00 640,00 640,00 640,00"),
        job(1021, KORENAAR, "680,00 690,00 685,00 700,00"),
        job(1022, HELDER, "555,00 560,00 565,00 550,00", travel="46,00"),
        job(1023, LEPELAAR, "430,00 440,00 435,00"),
        job(1024, KORF, "505,00 510,00 500,00"),
        job(1026, BAKEN, "420,00 420,00 420,00 420,00"),
        job(1027, VLOT, "365,00 372,00 360,00 368,00"),
        job(1028, MAAL, "590,00 600,00 610,00 595,00", ended=day("2026-04-30")),
        job(1029, NOORD, "1010,00 1025,00 990,00 1015,00", person=1, accrues=True),
        job(1030, HELDER, "470,00 480,00 225,00", ended=day("2026-03-15")),
        job(1031, MEERZICHT, "540,00 545,00 550,00 535,00", accrues=True),
        job(1032, VELD, "620,00 625,00 630,00 615,00"),
        job(1033, KORENAAR, "495,00 500,00 490,00 505,00", accrues=True, travel="18,00"),
    ]


def holiday_leaver(client: int, employer: Employer, nets: tuple[str, str], holiday: str) -> Job:
    """A job that ends on the last of March; the final pay holds the holiday pay not yet paid."""
    usual = job(client, employer, " ".join(nets), accrues=True)
    gross = 50 * cents(holiday)
    tax = percent("8", gross - 90000)
    final = Wage(
        gross - tax - cents(holiday) // 2,
        tax,
        percent("8", gross),
        special=cents(holiday),
        holiday_paid=cents("24,00"),
        gross=gross,
    )
    return Job(client, 0, employer, usual.began, {**usual.wages, 202603: final}, day("2026-03-31"))


WITHOUT_WORK = {1007, 1025, 1035, 1040, 1044, 1047, 1051, 1053, 1060}
"""1025 has work too, with a wage per four weeks: see `FOUR_WEEKLY`."""


EARLY_WAGE = 1055
"""Worked a month before joining; the wage of that month is told and held."""


def ordinary_jobs() -> list[Job]:
    """The other clients: ordinary wages that go up and down, from a fixed seed."""
    dice = Random(1999)
    workers = [no for no in range(1034, 1060) if no not in WITHOUT_WORK]
    return [made for no in workers for made in jobs_of(no, dice)]


def jobs_of(no: int, dice: Random) -> list[Job]:
    couple = no in {1036, 1042, 1050}
    first = [ordinary_job(no, 0, dice)]
    return [*first, ordinary_job(no, 1, dice)] if couple and no != 1042 else first


def ordinary_job(no: int, person: int, dice: Random) -> Job:
    start = LATE_JOINERS.get(no, 202601)
    base = 25000 + 2500 * roll(dice, 30)
    nets = [base * (80 + roll(dice, 41)) // 100 // 5 * 5 for _ in range(202605 - start)]
    return job(
        no,
        REGULAR[(no + 3 * person) % len(REGULAR)],
        " ".join(f"{net // 100},{net % 100:02d}" for net in nets),
        person=person,
        first=start,
        began=day("2026-01-01") if no == EARLY_WAGE else None,
        accrues=no % 3 == 0,
        travel="27,50" if no % 4 == 0 else "",
    )


def jobs() -> list[Job]:
    return sorted(told_jobs() + ordinary_jobs(), key=lambda j: (j.client, j.person))


FOUR_WEEKLY = Job(
    1025, 0, TIMMER, day("2026-03-02"), {m: wage(cents("505,00")) for m in (202603, 202604)}
)
"""Paid per four weeks; each period is paid whole, in the month in which it ends."""


class Payment(NamedTuple):
    """A wage as it reaches the bank account."""

    booked: date
    job: Job
    month: int
    amount: int


PAID_OTHERWISE = {
    (1016, 202601): cents("668,00"),
    (1017, 202602): cents("560,00"),
    (1021, 202604): cents("500,00"),
    (1032, 202604): 0,
} | {(1020, month): cents("615,00") for month in MONTHS}
"""What arrives where it is not what was told: 1016 and 1017 are corrected later, 1020 has a
steady deduction of 25.00, 1021 gets far too little, 1032 nothing at all."""


def payments() -> list[Payment]:
    """All wages that arrive, by booking date, then client."""
    arrived = [made for j in [*jobs(), FOUR_WEEKLY] for made in payments_of(j)]
    return sorted(arrived, key=lambda p: (p.booked, p.job.client, p.job.person))


def payments_of(job: Job) -> list[Payment]:
    days = PAY_DAYS.get(job.employer.pays, ())
    found = []
    for month, earned in job.wages.items():
        told = earned.net + earned.special + earned.travel
        amount = PAID_OTHERWISE.get((job.client, month), told)
        if amount and days:
            found.append(Payment(day(days[month - 202601]), job, month, amount))
    return found
