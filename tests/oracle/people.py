"""The sixty clients of Voorbeeldstad. Every name, number and birthday is invented."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from random import Random

from tests.oracle.identifiers import bsns, free_iban
from tests.oracle.model import Client, Override, Person
from tests.oracle.rules import Exemption

FIRST = 1001
BANKS = ("INGB", "RABO", "ABNA", "SNSB", "TRIO", "ASNB", "KNAB")
SURNAMES = """
de Boer, Visser, Smit, Meijer, Mulder, de Groot, Bos, Vos, Peters, Hendriks,
van Leeuwen, Dekker, Brouwer, de Wit, Dijkstra, Smits, de Graaf, van der Meer, van der Linden, Kok,
Jacobs, de Haan, Vermeulen, van den Heuvel, van der Veen, van den Broek, de Bruijn, Schouten,
van Beek, Willems, Yilmaz, Hoekstra, Maas, Verhoeven, Koster, van Dam, Prins, Blom, Huisman,
Peeters, de Jonge, Kuipers, van Veen, Post, El Amrani, Veenstra, Kramer, van den Brink, Scholten,
van Wijk, Postma, Nguyen, Vink, de Ruiter, Thönissen, Timmermans, Groen, Gerritsen,
van 't Hof, Bakker
"""

COUPLES = {1004, 1029, 1036, 1042, 1050}
SINGLE_PARENTS = {1005, 1006, 1007, 1038, 1046}
LATE_JOINERS = {1055: 202602, 1056: 202602, 1057: 202602, 1058: 202603, 1059: 202603}

OVERRIDDEN = 1026
"""Agreed in advance on a fixed payment above the norm: a shortfall that grows."""
MOVED_ACCOUNT = 1027
"""Asks for another IBAN in March; nobody approves it, so the old one stays in use."""
PAUSED = 1060
"""Paused from March: the fixed payment is made ready and held."""

TWENTY_FIVE = "VRIJLATING_25"
SINGLE_PARENT = "ALLEENSTAANDE_OUDER"


def full_exemption(used: int, since: int = 202508) -> tuple[Exemption, ...]:
    """The 25% exemption, six months in all, of which some were used before participation."""
    return (Exemption(TWENTY_FIVE, since, 6, used),)


EXEMPTIONS: Mapping[int, tuple[Exemption, ...]] = {
    1001: full_exemption(0, 202601),
    1002: full_exemption(3),
    1003: full_exemption(4),
    1004: full_exemption(0, 202601),
    1005: (*full_exemption(6, 202504), Exemption(SINGLE_PARENT, 202511, 30, 2)),
    1006: (*full_exemption(4), Exemption(SINGLE_PARENT, 202603, 30, 0)),
    1009: full_exemption(2),
    1012: full_exemption(1),
    1016: full_exemption(0, 202601),
    1017: full_exemption(2),
    1018: full_exemption(4),
    1038: (*full_exemption(6, 202502), Exemption(SINGLE_PARENT, 202509, 30, 4)),
    1055: full_exemption(0, 202602),
    1058: full_exemption(5),
}
"""Clients whose exemption is part of their story; the others have one or none by turns."""


def exemption_of(no: int) -> tuple[Exemption, ...]:
    if no in EXEMPTIONS:
        return EXEMPTIONS[no]
    ordinary = no >= 1034 and no % 5 in (1, 2, 4) and no not in SINGLE_PARENTS
    return full_exemption(no % 6) if ordinary else ()


def split_name(name: str) -> tuple[str, str]:
    """Infix and surname.

    >>> split_name("van der Meer"), split_name("Kok"), split_name("El Amrani")
    (('van der', 'Meer'), ('', 'Kok'), ('El', 'Amrani'))
    """
    *infix, surname = name.split()
    return " ".join(infix), surname


def household(no: int) -> str:
    if no in COUPLES:
        return "GEHUWD"
    return "ALLEENSTAANDE_OUDER" if no in SINGLE_PARENTS else "ALLEENSTAANDE"


def clients() -> list[Client]:
    """All sixty, as they stand on the day they first appear."""
    names = [name.strip() for name in SURNAMES.replace("\n", " ").split(",")]
    free_bsn = bsns(999960000)
    dice = Random(999)
    return [client(FIRST + n, name, free_bsn, dice) for n, name in enumerate(names)]


def client(no: int, name: str, free_bsn: Iterator[str], dice: Random) -> Client:
    infix, surname = split_name(name)
    people = [Person(next(free_bsn), birthday(dice), exemption_of(no))]
    if no in COUPLES:
        partner_exemptions = full_exemption(0, 202601) if no == 1004 else ()
        people.append(Person(next(free_bsn), birthday(dice), partner_exemptions))
    override = Override(145000, date(2026, 6, 30), "BW-2026-0026") if no == OVERRIDDEN else None
    return Client(
        no,
        tuple(people),
        household(no),
        LATE_JOINERS.get(no, 202601),
        iban=free_iban(BANKS[no % len(BANKS)], 600000000 + no * 37),
        surname=surname,
        infix=infix,
        initials=f"{'ABCDEFGHJKLMNPRSTW'[roll(dice, 18)]}.",
        sex="VM"[roll(dice, 2)],
        team=f"Team Werk {1 + no % 3}",
        override=override,
    )


def roll(dice: Random, sides: int) -> int:
    """A number from 0 up to but not including `sides`; the same in every Python."""
    return int(dice.random() * sides)


def birthday(dice: Random) -> date:
    """Between 29 and 58 years old in 2026: past 27, and far from the pension age."""
    return date(1968 + roll(dice, 29), 1 + roll(dice, 12), 1 + roll(dice, 28))


def snapshots(everybody: list[Client]) -> dict[date, list[Client]]:
    """The client files as they come in: full lists, the later ones with what changed."""
    first = [c for c in everybody if c.start == 202601]
    february = [c for c in everybody if c.start <= 202602]
    march = [changed_in_march(c) for c in everybody]
    return {date(2026, 1, 5): first, date(2026, 2, 2): february, date(2026, 3, 2): march}


def changed_in_march(client: Client) -> Client:
    if client.no == MOVED_ACCOUNT:
        return replace(client, iban=free_iban("KNAB", 699000000))
    return replace(client, status="GEPAUZEERD") if client.no == PAUSED else client
