"""Reads published example files, to hold the oracle against their manifest."""

import csv
from collections.abc import Iterator
from datetime import date

from tests.oracle.dates import month_of
from tests.oracle.model import Client, Employer, Person, Row, Wage
from tests.oracle.money import cents
from tests.oracle.rules import Exemption


def read_clients(text: str) -> list[Client]:
    """Clients of a clients.csv; only what the figures need."""
    return [read_client(fields) for fields in csv.DictReader(text.splitlines(), delimiter=";")]


def read_client(fields: dict[str, str]) -> Client:
    people = [
        Person(
            fields["bsn"],
            date.fromisoformat(fields["geboortedatum"]),
            tuple(read_exemptions(fields)),
        )
    ]
    if fields["bsn_partner"]:
        born = date.fromisoformat(fields["partner_geboortedatum"])
        people.append(Person(fields["bsn_partner"], born))
    start = month_of(date.fromisoformat(fields["deelname_vanaf"]))
    return Client(
        int(fields["klantnummer"][1:]), tuple(people), fields["leefvorm"], start, fields["iban"]
    )


def read_exemptions(fields: dict[str, str]) -> Iterator[Exemption]:
    if fields["vrijlating_soort"] == "GEEN":
        return
    columns = ("soort", "recht_vanaf", "maanden_recht", "maanden_gebruikt")
    split = [fields[f"vrijlating_{column}"].split("+") for column in columns]
    for kind, since, months, used in zip(*split, strict=True):
        yield Exemption(kind, month_of(date.fromisoformat(since)), int(months), int(used))


def read_delivery(text: str) -> list[Row]:
    """Rows of a doorlevering that are all taken in; ONGEWIJZIGD brings nothing new."""
    lines = text.splitlines()[1:-1]
    return [read_row(fields) for fields in csv.DictReader(lines, delimiter=";")]


def read_row(fields: dict[str, str]) -> Row:
    day = {name: read_day(fields[name]) for name in fields if name.startswith("dat_")}
    began, start, end = day["dat_b_ikv"], day["dat_b_iko"], day["dat_e_iko"]
    assert began is not None
    assert start is not None
    assert end is not None
    return Row(
        fields["bsn"],
        Employer(fields["naam_werkgever"], fields["loonheffingennummer"], "", ""),
        fields["tag"],
        began,
        day["dat_e_ikv"],
        start,
        end,
        None if fields["tag"] == "INGETROKKEN" else read_wage(fields),
        outcome="unchanged" if fields["tag"] == "ONGEWIJZIGD" else "recorded",
    )


def read_day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def read_wage(fields: dict[str, str]) -> Wage:
    return Wage(
        net=cents(fields["indicatief_netto"]),
        tax=cents(fields["ingehouden_lb"]),
        accrued=cents(fields["opgb_recht_vt"]),
        travel=cents(fields["reiskosten_onbelast"]),
        special=cents(fields["indicatief_netto_bijz"]),
        holiday_paid=cents(fields["vakantietoeslag"]),
        gross=cents(fields["bruto_loon_sv"]),
    )
