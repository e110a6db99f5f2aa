"""A life as tables that read: who, what was told, the figures of both sides."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from tests.oracle.dates import month_text
from tests.oracle.month.case import Life, Outcome

FIGURES = {
    "N": "norm",
    "W": "wage",
    "passed on": "passed_on",
    "C": "countable",
    "E": "exempt",
    "B": "benefit",
    "Bp": "paid",
    "R": "reserve",
    "D": "due",
    "F": "fixed",
    "D-F": "difference",
}


def told(life: Life) -> str:
    """Everything a life is made of."""
    people = (f"person {n}, born {born}" for n, born in enumerate(life.born))
    lines = [", ".join(people), f"policy: {life.policy}"]
    lines += [f"{name}: {vars(life)[name]}" for name in MENTIONED if vars(life)[name] is not None]
    lines += ["", drawn(["fact", "since", "until", "value"], life.facts)]
    if life.grants:
        lines += ["", drawn(["person", "exemption", "since", "months", "used"], life.grants)]
    for number, job in enumerate(life.jobs):
        lines += ["", f"job {number}: {job._replace(rows=())}"]
        names = [
            name for at, name in enumerate(ROW_NAMES) if at < 4 or any(r[at] for r in job.rows)
        ]
        lines.append(drawn(names, ([getattr(row, n) for n in names] for row in job.rows)))
    return "\n".join(lines)


MENTIONED = ("since", "until", "youngest", "agreed", "expected")
ROW_NAMES = (
    "source",
    "start",
    "end",
    "paid_on",
    "net",
    "accrued",
    "special",
    "holiday_paid",
    "year_end",
    "travel",
    "other",
    "voluntary",
    "attachment",
    "delivered",
    "withdrawn",
)


def compared(
    months: Iterable[int], ours: dict[int, Outcome | str], product: dict[int, Outcome | str]
) -> str:
    """By month two rows; a star where they differ."""
    lines = []
    for month in months:
        star = "" if agree(ours[month], product[month]) else "*"
        lines.append([star + month_text(month), "second", *cells(ours[month])])
        lines.append(["", "product", *cells(product[month])])
    return drawn(["month", "by", *FIGURES], lines)


def agree(ours: Outcome | str, product: Outcome | str) -> bool:
    """The same figures; or both find that something is lacking, in whatever words."""
    if isinstance(ours, str) or isinstance(product, str):
        return isinstance(ours, str) and isinstance(product, str)
    return ours == product


def cells(outcome: Outcome | str) -> Iterable[object]:
    if isinstance(outcome, str):
        return [outcome, *[""] * (len(FIGURES) - 1)]
    return (in_words(getattr(outcome, name)) for name in FIGURES.values())


def in_words(figure: Decimal | tuple[Decimal, ...]) -> str:
    return " + ".join(map(str, figure)) if isinstance(figure, tuple) else str(figure)


def drawn(names: Sequence[str], records: Iterable[Iterable[object]]) -> str:
    """Columns with bars, as wide as what stands in them."""
    lines = [list(names), *([str(cell) for cell in record] for record in records)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(names))]
    return "\n".join(
        " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
