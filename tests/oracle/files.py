"""The CSV files of the sample, written as formats.md asks."""

from collections.abc import Iterable, Mapping
from datetime import date

from tests.oracle.dates import compact, first_day, month_text
from tests.oracle.deliveries import Delivery
from tests.oracle.identifiers import client_text
from tests.oracle.model import Client, Person, Row, hours
from tests.oracle.money import euro


def names(text: str) -> list[str]:
    return text.split()


CLIENT_COLUMNS = names(
    "klantnummer bsn achternaam voorvoegsel voorletters geboortedatum geslacht leefvorm "
    "bsn_partner aantal_kostendelers normcategorie iban tenaamstelling contactpersoon email "
    "telefoon deelname_vanaf deelname_tot toestemming_datum toestemming_versie intrekking_datum "
    "betalingskenmerk vrijlating_soort vrijlating_recht_vanaf vrijlating_maanden_recht "
    "vrijlating_maanden_gebruikt buffer_max vast_bedrag_override override_besluitnr override_tot "
    "status partner_geboortedatum partner_vrijlating_soort partner_vrijlating_recht_vanaf "
    "partner_vrijlating_maanden_recht partner_vrijlating_maanden_gebruikt"
)

ROW_COLUMNS = names(
    "recordtype leveringsnummer volgnummer tag bsn loonheffingennummer volgnr_ikv "
    "naam_werkgever cd_srt_ikv dat_b_ikv dat_e_ikv dat_b_iko dat_e_iko periode_soort ind_lhk "
    "cd_lbtabel verloonde_uren bruto_loon_sv loon_lb ingehouden_lb vakantietoeslag opgb_recht_vt "
    "extra_prd_salaris opgb_recht_eps reiskosten_onbelast waarde_auto inhouding_zvw "
    "indicatief_netto indicatief_netto_bijz leverdatum"
)

NORMS_FILE = """\
besluitnr;normcategorie;geldig_vanaf;geldig_tot;netto_norm_maand;vakantietoeslag_maand;\
totaal_maand;bron;vastgesteld_door;vastgesteld_op;goedgekeurd_door;goedgekeurd_op
{rows}"""
NORM_ROW = (
    "NORM-2026-01-01;{category};2026-01-01;2026-06-30;{net};{holiday};{total};"
    "Participatiewet art. 20-22, tekst van 2026-01-01;beleid-1;2025-12-15;treasury-1;2025-12-16\n"
)


def table(columns: Iterable[str], rows: Iterable[Mapping[str, str]], end: str = "\n") -> str:
    """Semicolon CSV; a column without a value stays empty."""
    head = list(columns)
    lines = [head, *([row.get(name, "") for name in head] for row in rows)]
    return "".join(";".join(line) + end for line in lines)


def norms_file() -> str:
    """The norm rows of the first half of 2026."""
    single, couple = (("1331,43", "70,07", "1401,50"), ("1902,02", "100,11", "2002,13"))
    amounts = {
        "PW_ALLEENSTAANDE_21_AOW": single,
        "PW_ALLEENSTAANDE_OUDER_21_AOW": single,
        "PW_GEHUWD_21_AOW": couple,
    }
    rows = [
        NORM_ROW.format(category=category, net=net, holiday=holiday, total=total)
        for category, (net, holiday, total) in amounts.items()
    ]
    return NORMS_FILE.format(rows="".join(rows))


def clients_file(clients: Iterable[Client]) -> str:
    return table(CLIENT_COLUMNS, (client_fields(c) for c in clients))


def client_fields(client: Client) -> dict[str, str]:
    consent = date(2025, 12, 9) if client.start == 202601 else date(2026, 1, 20)
    fields = {
        "klantnummer": client_text(client.no),
        "bsn": client.people[0].bsn,
        "achternaam": client.surname,
        "voorvoegsel": client.infix,
        "voorletters": client.initials,
        "geboortedatum": str(client.people[0].born),
        "geslacht": client.sex,
        "leefvorm": client.household,
        "aantal_kostendelers": str(len(client.people)),
        "normcategorie": client.category,
        "iban": client.iban,
        "tenaamstelling": client.name,
        "contactpersoon": client.team,
        "deelname_vanaf": str(first_day(client.start)),
        "toestemming_datum": str(consent),
        "toestemming_versie": "T-1.0",
        "betalingskenmerk": client.kenmerk,
        "status": client.status,
    }
    fields |= exemption_fields(client.people[0], "vrijlating_")
    if client.override:
        fields |= {
            "vast_bedrag_override": euro(client.override.amount),
            "override_besluitnr": client.override.number,
            "override_tot": str(client.override.until),
        }
    for partner in client.people[1:]:
        fields |= {"bsn_partner": partner.bsn, "partner_geboortedatum": str(partner.born)}
        fields |= exemption_fields(partner, "partner_vrijlating_")
    return fields


def exemption_fields(person: Person, prefix: str) -> dict[str, str]:
    """Several exemptions of one person are joined by +, each field in the same order."""
    if not person.exemptions:
        return {f"{prefix}soort": "GEEN"}
    return {
        f"{prefix}soort": "+".join(e.kind for e in person.exemptions),
        f"{prefix}recht_vanaf": "+".join(str(first_day(e.since)) for e in person.exemptions),
        f"{prefix}maanden_recht": "+".join(str(e.months) for e in person.exemptions),
        f"{prefix}maanden_gebruikt": "+".join(str(e.used) for e in person.exemptions),
    }


def delivery_file(delivery: Delivery) -> str:
    """Header, column names, rows, and a trailer with the signed sums of all rows as read."""
    head = [
        "H",
        "1",
        delivery.number,
        "0999",
        month_text(delivery.month),
        compact(delivery.sent),
        "MUTATIES",
        "TEST",
    ]
    rows = [
        {
            "recordtype": "D",
            "leveringsnummer": delivery.number,
            "volgnummer": str(n),
            "leverdatum": compact(delivery.sent),
        }
        | row_fields(row)
        for n, row in enumerate(delivery.rows, start=1)
    ]
    gross, taxable, tax, net = totals(delivery)
    tail = ["T", str(len(rows)), *map(euro, (gross + delivery.off_by, taxable, tax, net))]
    return ";".join(head) + "\r\n" + table(ROW_COLUMNS, rows, "\r\n") + ";".join(tail) + "\r\n"


def totals(delivery: Delivery) -> tuple[int, int, int, int]:
    """Sums of gross, taxable wage, tax and net over all rows."""
    wages = [row.wage for row in delivery.rows if row.wage]
    gross = sum(w.gross for w in wages)
    return gross, gross, sum(w.tax for w in wages), sum(w.net for w in wages)


def row_fields(row: Row) -> dict[str, str]:
    fields = {
        "tag": row.tag,
        "bsn": row.bsn,
        "loonheffingennummer": row.employer.number,
        "volgnr_ikv": str(row.relation),
        "naam_werkgever": row.employer.name,
        "cd_srt_ikv": "15",
        "dat_b_ikv": compact(row.began),
        "dat_e_ikv": compact(row.ended),
        "dat_b_iko": compact(row.start),
        "dat_e_iko": compact(row.end),
        "periode_soort": "05" if row.four_weeks else "06",
        "ind_lhk": "1",
        "cd_lbtabel": "012",
    }
    return fields | wage_fields(row) | row.raw


def wage_fields(row: Row) -> dict[str, str]:
    """The amounts; a withdrawn row has none."""
    if row.wage is None:
        return {}
    w = row.wage
    return {
        "verloonde_uren": euro(hours(w.gross)),
        "bruto_loon_sv": euro(w.gross),
        "loon_lb": euro(w.gross),
        "ingehouden_lb": euro(w.tax),
        "vakantietoeslag": euro(w.holiday_paid),
        "opgb_recht_vt": euro(w.accrued),
        "extra_prd_salaris": euro(0),
        "opgb_recht_eps": euro(0),
        "reiskosten_onbelast": euro(w.travel),
        "waarde_auto": euro(0),
        "inhouding_zvw": euro(0),
        "indicatief_netto": euro(w.net),
        "indicatief_netto_bijz": euro(w.special),
    }
