"""A supplier's own layout, read by the mapping of `columns.toml`: the example of docs/intake.md."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from surplus.config import Layout
from surplus.intake.outcome import Outcome
from surplus.problems import Refusal
from tests.intake.conftest import Place
from tests.intake.files import COLUMNS, delivery, header, wage

DOCUMENT = (Path(__file__).parents[2] / "docs" / "intake.md").read_text(encoding="utf-8")


def written(name: str) -> str:
    """The block of the document under the comment with this name."""
    found = re.search(rf"<!-- {re.escape(name)} -->\n```\w+\n(.*?)```", DOCUMENT, re.DOTALL)
    assert found
    return found[1]


MAPPING = tomllib.loads(written("columns.toml"))
OVERVIEW = written("overview.csv")


def with_layouts(place: Place, *, intake: dict[str, Any] | None = None, **layouts: Any) -> Place:
    found = {name: Layout.model_validate(layout) for name, layout in layouts.items()}
    keys = place.settings.intake.model_copy(update=intake or {})
    place.settings = place.settings.model_copy(update={"layouts": found, "intake": keys})
    return place


@pytest.fixture
def known(place: Place) -> Place:
    """The workspace of the other tests, with the mapping of the document."""
    return with_layouts(place, **MAPPING)


def changed(place: Place, **layout: Any) -> Place:
    return with_layouts(place, **{"overview-7": MAPPING["overview-7"] | layout})


def said(outcome: Outcome) -> list[tuple[str, str, int, str]]:
    return [(note.code, note.severity, note.line, note.field) for note in outcome.listed()]


def test_the_document_is_read_as_the_same_rows_in_our_own_layout(
    known: Place, settings: Any
) -> None:
    told = known.take(OVERVIEW.encode())
    facts = known.query("SELECT client, employment, period_begin, tag, net, holiday_accrued, "
                        "tax_credit, relation_begin, line FROM income ORDER BY line")  # fmt: skip
    assert (told.kind, told.verdict, told.exit_code) == ("doorlevering", "accepted", 0)
    assert told.counts == {"rows": 2, "recorded": 2, "held": 0, "rejected": 0, "skipped": 1}
    assert facts == [
        (1001, 1, "2026-03-01", "NIEUW_IKO", 60000, 5200, 1, "2026-01-01", 2),
        (1002, 2, "2026-03-01", "NIEUW_IKO", 70000, 0, 2, "2026-02-01", 4),
    ]
    assert [code for code, *_ in said(told)] == ["NO_TOTALS", "SIGNAL_SKIPPED"]
    # The same rows in our own layout, sent later, tell nothing new.
    first = wage(bruto_loon_sv="650,00", loon_lb="650,00", ingehouden_lb="50,00",
                 opgb_recht_vt="52,00", indicatief_netto="600,00")  # fmt: skip
    second = wage(999990056, bruto_loon_sv="710,50", loon_lb="710,50", ingehouden_lb="10,50",
                  indicatief_netto="700,00", dat_b_ikv="20260201", ind_lhk="2")  # fmt: skip
    again = known.take(delivery(first, second, head=header(sent="20260421")))
    assert again.counts["unchanged"] == 2


def test_how_it_was_read_is_kept_with_the_delivery(known: Place) -> None:
    read_as = known.take(OVERVIEW.encode()).read_as
    assert (read_as["layout"], read_as["version"]) == ("overview-7", "7.1")
    assert read_as["columns"]["Burgerservicenummer"] == "bsn"
    assert read_as["unused"] == ["Naam"]
    [(kept,)] = known.query("SELECT read_as FROM delivery")
    assert '"claim_in_net": false' in kept
    assert '"corrected_periods": true' in kept


def test_rows_of_other_signals_are_not_kept_anywhere(known: Place) -> None:
    known.take(OVERVIEW.encode())
    assert known.query("SELECT COUNT(*) FROM rejected_row WHERE raw LIKE '%Vries%'") == [(0,)]
    assert known.rows("income") == 2


def test_the_same_overview_twice_is_a_duplicate(known: Place) -> None:
    known.take(OVERVIEW.encode())
    assert known.take(OVERVIEW.encode()).verdict == "duplicate"


def test_columns_may_stand_in_another_order(known: Place) -> None:
    import csv

    rows = list(csv.reader(OVERVIEW.splitlines()))
    turned = "\n".join(",".join(f'"{field}"' for field in reversed(row)) for row in rows)
    assert known.take(turned.encode()).counts["recorded"] == 2


def test_another_separator_form_of_dates_and_decimal_sign(place: Place) -> None:
    changed(place, separator="\t", dates="YYYY-MM-DD", decimal=",")
    text = OVERVIEW.replace('"Vries, A. de"', "Vries").replace('"Bakker, S."', "Bakker")
    text = text.replace(",", "\t").replace(".", ",")
    text = re.sub("([0-9]{2})-([0-9]{2})-([0-9]{4})", r"\3-\2-\1", text)
    assert place.take(text.encode()).counts["recorded"] == 2


def test_a_constant_and_the_kind_of_period_need_no_column(place: Place) -> None:
    columns = dict(MAPPING["overview-7"]["columns"])
    columns["Nummer IKV"] = ""
    changed(place, columns=columns, constants={"volgnr_ikv": "7"})
    four_weeks = OVERVIEW.replace("01-03-2026,31-03-2026,J", "02-03-2026,29-03-2026,J")
    assert place.take(four_weeks.encode()).counts["recorded"] == 2
    told = place.query("SELECT relation, period_kind FROM income ORDER BY line")
    assert told == [("7", "05"), ("7", "06")]


@pytest.mark.parametrize(
    ("old", "new", "fields"),
    [
        ("Label,", "Etiket,", ["Etiket", "Label"]),
        ("Naam,", "Naam,Nieuw,", ["Nieuw"]),
        (",Opbouw vakantietoeslag", "", ["Opbouw vakantietoeslag"]),
    ],
)
def test_a_header_of_another_version_is_refused(
    known: Place, old: str, new: str, fields: list[str]
) -> None:
    told = known.take(OVERVIEW.replace(old, new, 1).encode())
    assert told.verdict == "refused"
    assert said(told) == [("F16", "F", 1, field) for field in fields]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("01-03-2026,31-03-2026,J", "20260301,31-03-2026,J", "R10"),  # our form, not theirs
        ("650.00,650.00,50.00", '650.00,"650,00",50.00', "R05"),
        ("650.00,650.00,50.00", "650.00,650.0,50.00", "R05"),
        ("Nieuwe periode,N", "Nieuw label,N", "R22"),
        ("Nieuwe periode,N", "Nieuwe periode,X", "R22"),
        ("01-01-2026,,", "31-02-2026,,", "R10"),
    ],
)
def test_a_row_that_the_mapping_does_not_fit_is_told(
    known: Place, old: str, new: str, code: str
) -> None:
    assert OVERVIEW.count(old) == 1
    told = known.take(OVERVIEW.replace(old, new).encode())
    assert told.verdict == "accepted"
    assert (code, 2) in {(found, line) for found, _, line, _ in said(told)}
    assert told.counts["recorded"] == 1


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("OIB,20-04-2026,999990056", "OIB,21-04-2026,999990056", ("F05", 4, "Berichtdatum")),
        ("20-04-2026", "20-04-2027", ("F15", 1, "leverdatum")),
        ("20-04-2026", "nooit", ("F05", 1, "leverdatum")),
        ("OIB,20-04-2026,999990056", "OIB,extra,20-04-2026,999990056", ("F18", 4, "")),
    ],
)
def test_what_the_file_tells_as_a_whole_is_checked_as_our_first_line(
    known: Place, old: str, new: str, told: tuple[str, int, str]
) -> None:
    outcome = known.take(OVERVIEW.replace(old, new).encode())
    assert outcome.verdict == "refused"
    assert told in {(code, line, field) for code, _, line, field in said(outcome)}
    assert known.rows("income") == 0


def test_other_signals_need_not_tell_what_the_file_tells_as_a_whole(known: Place) -> None:
    told = known.take(OVERVIEW.replace("Voertuigen,20-04-2026", "Voertuigen,").encode())
    assert (told.verdict, told.counts["recorded"]) == ("accepted", 2)


def test_an_overview_without_rows_is_empty(known: Place) -> None:
    assert said(known.take((OVERVIEW.splitlines()[0] + "\n").encode())) == [("F14", "F", 0, "")]


def test_an_overview_without_a_row_of_income_says_that_there_is_none(known: Place) -> None:
    head, _income, other, _also = OVERVIEW.splitlines()
    told = known.take(f"{head}\n{other}\n".encode())
    assert (told.verdict, told.counts["skipped"], told.counts["rows"]) == ("accepted", 1, 0)


def test_our_own_lines_around_other_names_are_counted_and_added_up(place: Place) -> None:
    names = {name: name.replace("_", " ").upper() for name in COLUMNS}
    layout = {
        "version": "3", "envelope": "H/T", "separator": "|",
        "columns": {theirs: name for name, theirs in names.items()},
    }  # fmt: skip
    with_layouts(place, supplier=layout)

    def renamed(lines: list[str]) -> list[str]:
        head = "|".join(names[name] for name in COLUMNS)
        return [line.replace(";", "|") if at != 1 else head for at, line in enumerate(lines)]

    content = delivery(wage(), edit=renamed)
    off = content.replace(b"T|1|700,00", b"T|1|700,01")
    assert [code for code, *_ in said(place.take(off))] == ["F11"]
    assert place.take(content).counts["recorded"] == 1


def test_our_own_layout_is_read_beside_a_supplier_with_nearly_the_same_names(place: Place) -> None:
    theirs = {name: name for name in COLUMNS} | {"bsn": "", "burgerservicenummer": "bsn"}
    with_layouts(place, supplier={"version": "1", "envelope": "H/T", "columns": theirs})
    assert place.take(delivery(wage())).counts["recorded"] == 1


@pytest.mark.parametrize(
    ("layout", "words"),
    [
        ({"columns": {**MAPPING["overview-7"]["columns"], "Naam": "naam"}}, "naam is no field"),
        ({"columns": {**MAPPING["overview-7"]["columns"], "Naam": "bsn"}}, "told by two columns"),
        ({"columns": {**MAPPING["overview-7"]["columns"], "Label": "", "Wajong": ""}},
         "tag is told by no column"),
        ({"constants": {"bsn": "999990019"}}, "bsn is a column and a constant"),
        ({"delivery": {}}, "delivery must be told"),
        ({"signals": {"column": "Soort", "income": ["OIB"]}}, "there is no column Soort"),
    ],
)  # fmt: skip
def test_a_mapping_that_cannot_be_right_names_what_is_wrong(
    place: Place, layout: dict[str, Any], words: str
) -> None:
    changed(place, **layout)
    with pytest.raises(Refusal, match=rf"columns\.toml, \[overview-7\]: .*{words}"):
        place.take(OVERVIEW.encode())


# --- the settings of the signal service -----------------------------------------------------------


def test_periods_that_were_not_asked_for_are_told(place: Place) -> None:
    with_layouts(place, intake={"new_periods": False, "corrected_periods": False})
    place.take(delivery(wage(tag="NIEUW_IKV")))
    told = place.take(
        delivery(wage(tag="GEWIJZIGD", amount="710,00"), wage(999990056),
                 head=header("IB-0999-2026-03-002", "20260421"))
    )  # fmt: skip
    assert [note for note in said(told) if note[0] == "SIGNAL_SETTINGS"] == [
        ("SIGNAL_SETTINGS", "W", 4, "tag"),
        ("SIGNAL_SETTINGS", "W", 3, "tag"),
    ]
    assert told.counts["recorded"] == 2


#: March 2026, tax credit applied: net 600.00, claim 48.00 by art. 11.
PLAIN = {
    "bruto_loon_sv": "650,00", "loon_lb": "650,00", "ingehouden_lb": "50,00",
    "opgb_recht_vt": "52,00", "indicatief_netto": "600,00",
}  # fmt: skip


def test_the_claim_in_the_net_is_taken_out_and_the_same_facts_remain(place: Place) -> None:
    with_layouts(place, intake={"claim_in_net": True})
    told = place.take(delivery(wage(**PLAIN | {"indicatief_netto": "648,00"})))
    assert said(told) == []
    assert told.totals["indicatief_netto"] == 64800  # the trailer is about what was told
    assert place.query("SELECT net, claim FROM income") == [(60000, 4800)]
    # Told again without, after the setting was switched off: nothing new.
    with_layouts(place, intake={"claim_in_net": False})
    later = header("IB-0999-2026-03-002", "20260421")
    again = place.take(delivery(wage(**PLAIN, tag="GEWIJZIGD"), head=later))
    assert again.counts["unchanged"] == 1


@pytest.mark.parametrize(
    ("net", "warned"),
    [("648,00", True), ("648,01", True), ("647,99", True), ("648,02", False), ("600,00", False)],
)
def test_a_net_above_ours_by_just_the_claim_is_told(place: Place, net: str, warned: bool) -> None:
    told = place.take(delivery(wage(**PLAIN | {"indicatief_netto": net})))
    assert told.counts["recorded"] == 1
    assert (("CLAIM_IN_NET", "W", 3, "indicatief_netto") in said(told)) == warned


def test_a_wage_with_its_holiday_pay_in_it_has_no_claim_to_take_out(place: Place) -> None:
    with_layouts(place, intake={"claim_in_net": True})
    place.take(delivery(wage(**PLAIN | {"opgb_recht_vt": "0,00"})))
    assert place.query("SELECT net, claim FROM income") == [(60000, None)]


def test_a_held_row_that_fits_later_keeps_its_net_without_the_claim(place: Place) -> None:
    with_layouts(place, intake={"claim_in_net": True})
    row = wage(**PLAIN | {"indicatief_netto": "648,00"}, tag="GEWIJZIGD")
    later = header("IB-0999-2026-03-002", "20260421")
    assert place.take(delivery(row, head=later)).counts["held"] == 1
    place.take(delivery(wage(**PLAIN | {"indicatief_netto": "648,00"}, verloonde_uren="40,00")))
    nets = place.query("SELECT net, claim FROM income ORDER BY sent_on")
    assert nets[-1] == (60000, 4800)


def test_without_a_table_of_the_year_the_file_is_refused(place: Place) -> None:
    with_layouts(place, intake={"claim_in_net": True})
    row = wage(**PLAIN, dat_b_iko="20250301", dat_e_iko="20250331", dat_b_ikv="20250101")
    assert ("CLAIM_TABLE", "F", 3, "indicatief_netto") in said(place.take(delivery(row)))
