"""A generated town of any size: the files of one month, right in every check digit."""

from __future__ import annotations

from pathlib import Path

import numpy as np

MONTH = "2026-03"
SENT = "20260420"

CLIENT_COLUMNS = (
    "klantnummer;bsn;achternaam;voorvoegsel;voorletters;geboortedatum;geslacht;leefvorm;"
    "bsn_partner;aantal_kostendelers;normcategorie;iban;tenaamstelling;contactpersoon;email;"
    "telefoon;deelname_vanaf;deelname_tot;toestemming_datum;toestemming_versie;intrekking_datum;"
    "betalingskenmerk;vrijlating_soort;vrijlating_recht_vanaf;vrijlating_maanden_recht;"
    "vrijlating_maanden_gebruikt;buffer_max;vast_bedrag_override;override_besluitnr;status"
)
INCOME_COLUMNS = (
    "recordtype;leveringsnummer;volgnummer;tag;bsn;loonheffingennummer;volgnr_ikv;naam_werkgever;"
    "cd_srt_ikv;dat_b_ikv;dat_e_ikv;dat_b_iko;dat_e_iko;periode_soort;ind_lhk;cd_lbtabel;"
    "verloonde_uren;bruto_loon_sv;loon_lb;ingehouden_lb;vakantietoeslag;opgb_recht_vt;"
    "extra_prd_salaris;opgb_recht_eps;reiskosten_onbelast;waarde_auto;inhouding_zvw;"
    "indicatief_netto;indicatief_netto_bijz;leverdatum"
)
NORMS = """\
besluitnr;normcategorie;geldig_vanaf;geldig_tot;netto_norm_maand;vakantietoeslag_maand;totaal_maand;bron;vastgesteld_door;vastgesteld_op;goedgekeurd_door;goedgekeurd_op
NORM-1;PW_ALLEENSTAANDE_21_AOW;2026-01-01;2026-06-30;1331,43;70,07;1401,50;generated;beleid-1;2025-12-15;treasury-1;2025-12-16
"""


def write(folder: Path, clients: int) -> list[Path]:
    """Write norms, clients and one delivery for `clients` people with one job each."""
    numbers = [f"K{n:07d}" for n in range(1, clients + 1)]
    people = bsns(clients)
    gross = np.random.default_rng(20260301).integers(20_000, 130_000, clients)
    files = {
        "norms.csv": NORMS,
        "clients.csv": _clients(numbers, people),
        "doorlevering.csv": _delivery(people, gross),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in files]


def _clients(numbers: list[str], bsns: list[str]) -> str:
    ibans, references = _ibans(len(numbers)), _references(len(numbers))
    rows = [
        f"{number};{bsn};Jansen;;A.;1985-04-17;V;ALLEENSTAANDE;;1;PW_ALLEENSTAANDE_21_AOW;{iban};"
        f"A. Jansen;Team Werk;;;2026-03-01;;2026-02-10;T-1.0;;{reference};VRIJLATING_25;"
        "2026-03-01;6;0;;;;ACTIEF"
        for number, bsn, iban, reference in zip(numbers, bsns, ibans, references, strict=True)
    ]
    return "\n".join([CLIENT_COLUMNS, *rows]) + "\n"


def _delivery(bsns: list[str], gross: np.ndarray) -> str:
    number = "IB-0999-2026-03-001"
    net = gross - (gross * 7 + 500) // 1000
    rows = [
        f"D;{number};{i};NIEUW_IKV;{bsn};999990020L01;1;Schoonmaakbedrijf Helder BV;15;20260301;;"
        f"20260301;20260331;06;1;012;47,00;{g};{g};0,00;0,00;{_euros(c * 8 // 100)};0,00;0,00;"
        f"48,02;0,00;0,00;{_euros(n)};0,00;{SENT}"
        for i, (bsn, c, n) in enumerate(zip(bsns, gross.tolist(), net.tolist(), strict=True), 1)
        for g in (_euros(c),)
    ]
    head = f"H;1;{number};0999;{MONTH};{SENT};MUTATIES;TEST"
    total, total_net = _euros(int(gross.sum())), _euros(int(net.sum()))
    tail = f"T;{len(rows)};{total};{total};0,00;{total_net}"
    return "\n".join([head, INCOME_COLUMNS, *rows, tail]) + "\n"


def _euros(cents: int) -> str:
    return f"{cents // 100},{cents % 100:02d}"


def bsns(count: int) -> list[str]:
    """Nine digits that pass the eleven-test: 9·d1 + … + 2·d8 − d9 ≡ 0 (mod 11)."""
    found: list[np.ndarray] = []
    start = 10_000_000
    while sum(map(len, found)) < count:
        first = np.arange(start, start + 2 * count + 100)
        digits = first[:, None] // 10 ** np.arange(7, -1, -1) % 10
        last = (digits * np.arange(9, 1, -1)).sum(axis=1) % 11
        found.append(first[last < 10] * 10 + last[last < 10])
        start += 2 * count + 100
    return [f"{bsn:09d}" for bsn in np.concatenate(found)[:count].tolist()]


def _ibans(count: int) -> list[str]:
    """NL, check digits, INGB and ten digits."""
    accounts = 100_000_000 + 13 * np.arange(count)
    bank = 18_23_16_11  # I N G B as numbers
    tail = 23_21_00  # N L 00
    rest = np.array(
        [int(f"{bank}{account:010d}{tail}") % 97 for account in accounts.tolist()], dtype=np.int64
    )
    checks = (98 - rest).tolist()
    return [f"NL{c:02d}INGB{a:010d}" for c, a in zip(checks, accounts.tolist(), strict=True)]


def _references(count: int) -> list[str]:
    """Betalingskenmerken: check digit, stream 04, year 26 and eleven digits."""
    serial = 42_600_000_000_000 + np.arange(1, count + 1)
    digits = serial[:, None] // 10 ** np.arange(15) % 10
    weights = np.array([2, 4, 8, 5, 10, 9, 7, 3, 6, 1] * 2)[:15]
    check = 11 - (digits * weights).sum(axis=1) % 11
    check = np.where(check == 10, 1, np.where(check == 11, 0, check))
    return [f"{c}{s:015d}" for c, s in zip(check.tolist(), serial.tolist(), strict=True)]
