"""`surplus explain`: every figure of a client-month, down to file, line and parameter row."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from jobs.session import Session, day_of
from jobs.settle import client_number, month_of

WORDS = {
    "settled": "verrekend", "open": "open", "version": "versie", "as known on": "zoals bekend op",
    "not settled yet": "nog niet verrekend", "waits": "wacht", "line": "regel",
    "delivery": "levering", "entry": "boeking",
    "withdrawn": "ingetrokken door de afzender", "superseded": "vervangen door een loonstrook",
}  # fmt: skip
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
    from surplus.reports.explain_words import inputs_told, value_told

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
        + (
            inputs_told(fact["told"], language)
            if fact["state"] == "recorded"
            else word(fact["state"])
        )
        for fact in told["facts"]
    ]
    below += [
        f"{word('version')} {v['version']} {v['recorded_on']} "
        f"({value_told(v['cause'], language)}): D {euros(v['entitlement_cents'])}"
        for v in told["versions"]
    ]
    below += [
        f"{word('entry')} {one['entry']} {one['booked_on']} {value_told(one['kind'], language)}: "
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
    from surplus.reports.explain_words import NAMES, input_told

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
                for line in _wrapped("· " + input_told(key, one, language))
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


def _wrapped(text: str, indent: str = "      ") -> list[str]:
    import textwrap

    return textwrap.wrap(text, WIDE, initial_indent=indent, subsequent_indent=f"{indent}  ")
