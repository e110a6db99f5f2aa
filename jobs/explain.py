"""`surplus explain`: every figure of a client-month, down to file, line and parameter row."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from jobs.session import Session, day_of
from jobs.settle import client_number, month_of

#: Symbol of design.md §1 and name of each figure: (English, Dutch).
NAMES = {
    "norm": ("N", "norm", "norm"),
    "wage": ("W", "wage and passed-on items received", "loon en vergoedingen ontvangen"),
    "passed_on": ("", "passed on to the client", "doorgegeven aan de klant"),
    "income": ("", "income of an employment", "inkomen uit een dienstverband"),
    "countable": ("C", "countable income", "verrekenbaar inkomen"),
    "exemption": ("E", "earnings exemption", "inkomstenvrijlating"),
    "exemption_1": ("E1", "exemption of the client", "vrijlating van de klant"),
    "exemption_2": ("E2", "exemption of the partner", "vrijlating van de partner"),
    "supplementary_benefit": ("B", "supplementary benefit", "aanvullende uitkering"),
    "benefit": ("Bp", "benefit paid now", "uitkering, nu betaald"),
    "holiday_allowance": ("R", "holiday allowance reserved", "gereserveerde vakantietoeslag"),
    "entitlement": ("D", "due to the client", "komt de klant toe"),
    "instalment": ("", "taken from it for a shortfall", "ingehouden voor een tekort"),
    "fixed_payment": ("F", "fixed payment agreed", "vast bedrag, afgesproken"),
    "difference": ("D − F", "surplus, or shortfall below zero", "overschot, of tekort onder nul"),
}
WORDS = {
    "settled": "verrekend", "open": "open", "version": "versie", "as known on": "zoals bekend op",
    "not settled yet": "nog niet verrekend", "waits": "wacht", "line": "regel",
    "delivery": "levering", "entry": "boeking",
    "withdrawn": "ingetrokken door de afzender", "superseded": "vervangen door een loonstrook",
}  # fmt: skip
#: Inputs of figures and amounts of facts by their key: (English, Dutch).
LABELS = {
    "allowance": ("other untaxed allowance", "overige onbelaste vergoeding"),
    "amount": ("amount", "bedrag"),
    "attachment": ("attachment", "beslag"),
    "below_the_norm": ("below the norm it would be", "onder de norm zou zij zijn"),
    "because": ("because", "want"),
    "before": ("before it was changed", "voor de wijziging"),
    "by_decision": ("by decision", "bij besluit"),
    "cap_cents": ("cap", "maximum"),
    "cap_source": ("cap by", "maximum volgens"),
    "cents": ("", ""),
    "company_car": ("value of a company car", "waarde auto"),
    "days": ("of days", "van de dagen"),
    "days_counted": ("days", "dagen"),
    "days_of_right": ("days of right", "dagen met recht"),
    "earned": ("of which earned by work", "waarvan uit arbeid"),
    "employer": ("employer", "werkgever"),
    "expected_exemption": ("expected exemption", "verwachte vrijlating"),
    "extra_accrued": ("extra period salary accrued", "opgebouwd extra periode salaris"),
    "extra_paid": ("extra period salary", "extra periode salaris"),
    "extra_paid_net": ("year-end pay, net", "eindejaarsuitkering, netto"),
    "from": ("from", "uit"),
    "health_levy": ("Zvw contribution withheld", "inhouding Zvw"),
    "holiday_accrued": ("holiday pay accrued", "opgebouwd vakantiegeld"),
    "holiday_accrued_net": ("holiday pay accrued, net", "opgebouwd vakantiegeld, netto"),
    "holiday_paid": ("holiday pay paid", "betaald vakantiegeld"),
    "holiday_paid_net": ("holiday pay paid, net", "betaald vakantiegeld, netto"),
    "holiday_pay": ("holiday pay accrued or claimed", "opbouw of aanspraak vakantiegeld"),
    "holiday_pay_by": ("holiday pay by", "vakantiegeld volgens"),
    "housemates_count": ("housemates who share costs", "kostendelende medebewoners"),
    "ink": ("net without holiday pay", "netto zonder vakantiegeld"),
    "kind": ("kind", "onderdeel"),
    "lacks": ("held:", "wacht op"),
    "lines": ("from delivery:line", "uit levering:regel"),
    "months_before": ("months used before", "maanden eerder gebruikt"),
    "months_entitled": ("months given", "maanden recht"),
    "months_used": ("months used with this one", "maanden gebruikt met deze"),
    "net": ("indicative net", "indicatief netto"),
    "net_by": ("which is", "dat is"),
    "net_of_the_period": ("net of the period", "netto van het tijdvak"),
    "net_paid": ("net paid", "netto uitbetaald"),
    "net_payable": ("net to be settled", "netto verrekenbaar"),
    "net_special": ("net at the special rate", "netto bijzonder tarief"),
    "none_because": ("none, because", "geen, want"),
    "norm": ("norm", "norm"),
    "number": ("decision", "besluit"),
    "origin": ("from", "uit"),
    "parameter": ("", ""),
    "parts": ("period", "tijdvak"),
    "passed_on": ("passed on", "doorgegeven"),
    "period": ("", ""),
    "rate_per_100000": ("rate", "tarief"),
    "rate_source": ("rate by", "tarief volgens"),
    "reliability": ("which is", "betrouwbaarheid"),
    "right": ("code", "code"),
    "rights": ("right", "recht"),
    "rows": ("parameter", "parameter"),
    "rule": ("by the rule", "volgens de regel"),
    "since": ("since", "sinds"),
    "source": ("source", "bron"),
    "travel": ("untaxed travel", "onbelaste reiskosten"),
    "valid_from": ("valid from", "geldig vanaf"),
    "voluntary": ("voluntary deductions", "vrijwillige inhoudingen"),
    "wage_tax": ("wage tax withheld", "ingehouden loonheffing"),
    "wage_tax_base": ("taxable wage", "loon loonheffing"),
    "why_not": ("no effect:", "geen werking:"),
    "year_end": ("part of year-end pay", "deel eindejaarsuitkering"),
    "yearly_check": ("yearly check", "jaarcontrole"),
}
#: Where a wage is told, and how sure a parameter is: (English, Dutch).
VALUES = {
    "delivery": ("delivery", "levering"),
    "inferred": ("inferred", "afgeleid"),
    "payslip": ("payslip", "loonstrook"),
    "secondary": ("from one source", "uit één bron"),
    "verified": ("verified", "nagegaan"),
}
WIDE = 100


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain")(explain)


def explain(
    context: typer.Context,
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="K0001001")],
    month: Annotated[
        str, typer.Argument(metavar="[MONTH]", help="YYYY-MM; without it every settled month.")
    ] = "",
    known_on: Annotated[
        str, typer.Option("--known-on", metavar="DATE", help="As it was known on this day.")
    ] = "",
) -> None:
    """Explain a month: figures with formula, inputs and article, the facts and the entries.

    Example: surplus --home voorbeeldstad explain K0001001 2026-01 --known-on 2026-02-25
    """
    from surplus.settlement import explain as explanation

    session: Session = context.obj
    number = client_number(client)
    known_on = known_on and day_of(known_on)
    with session.reading() as conn:
        months = (
            [month_of(month)]
            if month
            else explanation.months_of(conn, session.settings.code, number)
        )
        told = [
            explanation.explain(conn, session.settings, number, m, session.on, known_on)
            for m in months
        ]
    language = session.settings.municipality.language
    session.show(told[0] if month else told, "\n\n".join(_text(one, language) for one in told))


def _text(told: dict[str, Any], language: str) -> str:
    from surplus.ledger.accounts import NAMES as ACCOUNTS
    from surplus.money import euros

    def word(key: str) -> str:
        return WORDS[key] if language == "nl" else key

    stands = f"{word(told['state'])}, {word('version')} {told['version']}"
    if not told["version"]:
        stands = word("not settled yet" if told["state"] == "settled" else "open")
    lines = [
        f"{told['client_no']}  {told['month']}  {stands}, {word('as known on')} {told['known_on']}"
    ]
    lines += [f"{word('waits')}: {reason}" for reason in [told["lacks"], *told["waits"]] if reason]
    for figure in told["figures"]:
        lines += ["", *_figure(figure, language)]
    lines.append("")
    below = [
        f"{word('delivery')} {fact['delivery']} ({fact['file']}), {word('line')} {fact['line']}: "
        f"{fact['period']}, "
        + (_inputs(fact["told"], language) if fact["state"] == "recorded" else word(fact["state"]))
        for fact in told["facts"]
    ]
    below += [
        f"{word('version')} {v['version']} {v['recorded_on']} ({_value(v['cause'], language)}): "
        f"D {euros(v['entitlement_cents'])}"
        for v in told["versions"]
    ]
    below += [
        f"{word('entry')} {one['entry']} {one['booked_on']} {_value(one['kind'], language)}: "
        + ", ".join(
            f"{p['account']} {ACCOUNTS[p['account']][language == 'nl']} {euros(p['cents'])}"
            for p in one["postings"]
        )
        for one in told["bookings"]
    ]
    return "\n".join(lines + [line for text in below for line in _wrapped(text, "")])


def _figure(figure: dict[str, Any], language: str) -> list[str]:
    """A figure: symbol, name and amount; its formula, with the amounts too; what it rests on."""
    from surplus.money import euros

    symbol, *names = NAMES[figure["name"]]
    lines = [f"{symbol:6}{names[language == 'nl']:46}{euros(figure['cents']):>14}"]
    lines += _wrapped(f"{figure['formula']}  [{figure['source']}]")
    worked, used = _worked(figure["formula"], figure["inputs"])
    if worked:
        lines.append(f"      {worked} = {euros(figure['cents'])}")
    for key, value in figure["inputs"].items():
        many = value if isinstance(value, list) else [value]
        if key not in used:
            lines += [
                line
                for one in many
                if one not in ("", 0)
                for line in _wrapped("· " + _told(key, one, language))
            ]
    return lines


def _worked(formula: str, inputs: dict[str, Any]) -> tuple[str, list[str]]:
    """The sum of a formula with amounts for its symbols, and those symbols; '' where it is none."""
    from surplus.money import euros

    left, _, right = formula.partition(", ")[0].partition(" = ")
    used = [key for key in inputs if re.search(rf"\b{key}\b", right)]
    if not used or re.search(r"[a-z]{3}", re.sub(r"\bBp\b", "", right)):
        return "", []
    for key in sorted(used, key=len, reverse=True):
        right = re.sub(rf"\b{key}\b", euros(inputs[key]), right)
    return f"{left} = {right}", used


def _shown(key: str, value: Any, language: str) -> str:
    """A number that is money in euros, a rate in percent, anything else as it is."""
    from surplus.money import euros

    if isinstance(value, dict):
        return _inputs(value, language)
    if key == "rate_per_100000":
        return f"{value / 1000:g}%"
    if isinstance(value, str):
        return _value(value, language) if key in ("from", "reliability") else value
    counts = key.startswith(("months", "days", "housemates", "version", "line"))
    return str(value) if counts else euros(value)


def _value(code: str, language: str) -> str:
    """A code of the store as people read it."""
    from surplus.reports.words import CODES, speaker

    return str(speaker(language)(CODES | VALUES, code))


def _inputs(inputs: dict[str, Any], language: str) -> str:
    return ", ".join(
        _told(key, value, language) for key, value in inputs.items() if value not in ("", 0)
    )


def _told(key: str, value: Any, language: str) -> str:
    """An input by its name for people; what has none (a symbol, an employer) stands as it is."""
    label = LABELS[key][language == "nl"] if key in LABELS else key
    return f"{label} {_shown(key, value, language)}".strip()


def _wrapped(text: str, indent: str = "      ") -> list[str]:
    import textwrap

    return textwrap.wrap(text, WIDE, initial_indent=indent, subsequent_indent=f"{indent}  ")
