"""An InkomensLevering for the tests, made from its parts: valid, to be broken in one place."""

from __future__ import annotations

import re
from collections.abc import Iterable

ANSWER = "http://bkwi.nl/SuwiML/Diensten/UWVDossierInkomstenGSD/v0200"
FWI = "http://bkwi.nl/SuwiML/FWI/v0205"

Fields = dict[str, str]
AMOUNTS = (
    "BedrBrutoloonSv", "BedrLoonLbPremieVolksverz", "BedrIngehoudenLbPremieVolksverz",
    "BedrVakantietoeslag", "BedrOpgbRechtVakantietoeslag", "BedrExtraPrdSalaris",
    "BedrOpgbRechtExtraPrdSalaris", "BedrVergoedingReiskostenOnbelast",
    "BedrInUitkBegrBetAlimentatie", "BedrRechtstreeksBetAlimentatie",
)  # fmt: skip


def amount(cents: int, **told: str) -> Fields:
    """An amount of a month; `told` changes its elements, '' leaves one out."""
    return {
        "CdMunteenheid": "EUR", "CdPositiefNegatief": "-" if cents < 0 else "+",
        "WaardeBedr": str(abs(cents)), "CdPeriodeEenheidGeldigheidBedr": "06",
    } | told  # fmt: skip


def statement(
    begin: str = "20260301",
    end: str = "20260331",
    gross: int = 70_000,
    *,
    per: str = "06",
    hours: str = "47",
    **amounts: Fields | str,
) -> str:
    """An Inkomstenopgave: wages of `gross` cents without tax. A further amount by its element."""
    told: dict[str, Fields | str] = {
        "BedrBrutoloonSv": amount(gross),
        "BedrLoonLbPremieVolksverz": amount(gross),
        "BedrIngehoudenLbPremieVolksverz": amount(0),
    }
    told |= amounts
    fields = {"DatBIko": begin, "DatEIko": end, "AantVerloondeUrenIko": hours}
    parts = [_leaf(name, value) for name, value in fields.items()]
    for name in AMOUNTS:
        if value := told.get(name):
            assert isinstance(value, dict)
            if per != "06" and "CdPeriodeEenheidGeldigheidBedr" in value:
                value = value | {"CdPeriodeEenheidGeldigheidBedr": per}
            parts.append(f"<{name}>{_leaves(value)}</{name}>")
    return f"<Inkomstenopgave>{''.join(parts)}</Inkomstenopgave>"


def stretch(begin: str = "20260101", **told: str) -> str:
    """An Inkomstenperiode: an employee, with the wage tax credit."""
    fields = {
        "DatBIkp": begin, "DatEIkp": "", "CdSrtIkv": "15", "IndLoonheffingskortingToegepast": "1",
        "IndLoonIsMedeAowAlleenstaande": "", "IndLoonInclusiefWajongUitkering": "",
        "IndVakantiebonnenToegepast": "", "CdAardIkv": "01", "CdIncidInkomstenvermindering": "",
    }  # fmt: skip
    return f"<Inkomstenperiode>{_leaves(fields | told)}</Inkomstenperiode>"


def relation(
    *statements: str,
    stretches: Iterable[str] = (),
    employer: str = "999990020L01",
    **told: str,
) -> str:
    """An Inkomstenverhouding with one employer."""
    fields = {"VolgnrIkv": "1", "DatBIkv": "20260101", "DatEIkv": ""} | told
    unit = (
        "<AdministratieveEenheid><NaamAdministratieveEenheid>Schoonmaakbedrijf Helder BV"
        f"</NaamAdministratieveEenheid><Loonheffingennr>{employer}</Loonheffingennr>"
        "<RechtspersoonAdministratieveEenh><FiNr>999990020</FiNr>"
        "</RechtspersoonAdministratieveEenh></AdministratieveEenheid>"
    )
    periods = "".join(stretches) or stretch()
    return (
        f"<Inkomstenverhouding>{_leaves(fields)}{unit if employer else ''}{periods}"
        f"{''.join(statements)}</Inkomstenverhouding>"
    )


def message(
    *relations: str,
    bsn: int | str = 999990019,
    body_bsn: int | str = "",
    searched: tuple[str, str] | None = ("20260301", "20260331"),
    fwi: str = "",
) -> str:
    """A Bericht with the relations of one person."""
    inside = f"<Burgerservicenr>{body_bsn or bsn:0>9}</Burgerservicenr>{''.join(relations)}"
    client = f"<ClientSuwi>{inside}</ClientSuwi>"
    period = ""
    if searched:
        dates = _leaves({"DatBPeriode": searched[0], "DatEPeriode": searched[1]})
        period = f"<PeriodeGegevensleveringIko>{dates}</PeriodeGegevensleveringIko>"
    return _message(bsn, client + period + fwi)


def wage(gross: int = 70_000, *, bsn: int = 999990019, **told: str) -> str:
    """A Bericht about March 2026 with one wage."""
    return message(relation(statement(gross=gross), **told), bsn=bsn)


def april(gross: int = 74_000, *, bsn: int = 999990019) -> str:
    """The same about April."""
    told = relation(statement("20260401", "20260430", gross))
    return message(told, bsn=bsn, searched=("20260301", "20260430"))


def nothing(bsn: int = 999990019) -> str:
    """A Bericht about whom nothing is known."""
    return _message(bsn, "<fwi:NietsGevonden/>")


def said(kind: str = "Fout", code: str = "9001") -> str:
    """An FWI with one Fout, Waarschuwing or Informatie."""
    text = "<Tekst>Bron tijdelijk niet beschikbaar</Tekst><Bron><DN>o=uwv,c=nl</DN></Bron>"
    return f"<fwi:FWI><{kind}><Code>{code}</Code>{text}</{kind}></fwi:FWI>"


def fault(bsn: int = 999990019, kind: str = "Fout") -> str:
    """A Bericht in which the source could not tell."""
    return _message(bsn, said(kind))


def header(number: int = 1, sent: str = "2026-04-20", **told: str) -> Fields:
    """The fields of Kop."""
    fields = {
        "LeveringId": f"IB-0999-2026-03-{number:03d}", "Volgnummer": str(number),
        "VorigeLeveringId": "", "Gemeentecode": "0999", "Leverdatum": sent, "Maand": "2026-03",
        "SoortLevering": "MUTATIES", "Omgeving": "TEST",
    }  # fmt: skip
    return fields | told


def delivery(*messages: str, head: Fields | None = None, **trailer: str) -> bytes:
    """A file with a trailer that fits its messages; `trailer` overrides its elements."""
    numbered = (
        one.replace("<il:Bericht>", f'<il:Bericht nr="{nr}">', 1)
        for nr, one in enumerate(messages, 1)
    )
    body = "".join(f"  {one}\n" for one in numbered)
    told = {
        "AantalBerichten": str(len(messages)),
        "AantalInkomstenopgaven": str(body.count("<Inkomstenopgave>")),
        "TotaalBrutoloonSvCenten": _total(body, "BedrBrutoloonSv"),
        "TotaalLoonLbCenten": _total(body, "BedrLoonLbPremieVolksverz"),
        "TotaalIngehoudenLbCenten": _total(body, "BedrIngehoudenLbPremieVolksverz"),
    } | trailer
    kop = _leaves(head or header(), "il:")
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<il:InkomensLevering xmlns:il="urn:surplus:inkomenslevering:v1">\n'
        f"  <il:Kop>{kop}</il:Kop>\n{body}  <il:Staart>{_leaves(told, 'il:')}</il:Staart>\n"
        "</il:InkomensLevering>\n"
    )
    return text.encode()


def _message(bsn: int | str, body: str) -> str:
    return (
        f"<il:Bericht><il:Bsn>{bsn:0>9}</il:Bsn><smls:UWVPersoonsIkvInfoResponse "
        f'xmlns:smls="{ANSWER}" xmlns:fwi="{FWI}">{body}'
        "</smls:UWVPersoonsIkvInfoResponse></il:Bericht>"
    )


def _leaf(name: str, value: str) -> str:
    return f"<{name}>{value}</{name}>" if value else ""


def _leaves(fields: Fields, prefix: str = "") -> str:
    return "".join(_leaf(prefix + name, value) for name, value in fields.items())


def _total(body: str, element: str) -> str:
    total = 0
    for told in re.findall(rf"<{element}>(.*?)</{element}>", body, re.S):
        value = re.search(r"<WaardeBedr>([0-9]+)</WaardeBedr>", told)
        sign = -1 if "<CdPositiefNegatief>-<" in told else 1
        total += sign * int(value[1]) if value else 0
    return str(total)
