"""The flat CSV `doorlevering`, broken in each of the ways of formats.md §1b, one at a time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from surplus.intake.outcome import Outcome
from tests.intake.conftest import BSNS, Place
from tests.intake.files import COLUMNS, april, delivery, header, replaced, wage, withdrawn


class Broken(NamedTuple):
    """A file, and what must come of it."""

    number: str  # of the table in formats.md, or a word
    content: bytes
    codes: set[tuple[str, str]]  # said about the file and its first row
    state: str = ""  # of the first row; '' where the file is refused


def refused(number: str, content: bytes, *codes: str) -> Broken:
    pairs = [code.split() for code in codes]
    return Broken(number, content, {(pair[0], (*pair, "F")[1]) for pair in pairs})


def row(number: str, state: str, code: str, /, *, of: dict[str, str] | None = None) -> Broken:
    name, severity = code.split()
    return Broken(number, delivery(wage() | (of or {})), {(name, severity)}, state)


def without(name: str) -> bytes:
    return delivery(wage(), columns=[column for column in COLUMNS if column != name])


#: What is wrong with a file is found before the store is asked.
ONE_ENGINE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)

VALID = delivery(wage(), april())
VARIANTS = [
    refused("1 comma", VALID.replace(b",", b".").replace(b";", b","), "F16"),
    refused("2 tab", VALID.replace(b";", b"\t"), "F16"),
    refused("3 no header", delivery(wage(), edit=lambda lines: lines[1:]), "F16"),
    refused("3 no column names", delivery(wage(), edit=lambda x: [x[0], *x[2:]]), "F16"),
    refused("4 no bsn", without("bsn"), "F16"),
    refused("5 twice", delivery(wage(), columns=[*COLUMNS, "bsn"]), "F16"),
    refused("6 no trailer", delivery(wage(), edit=lambda lines: lines[:-1]), "F14"),
    refused("6 cut", VALID[:-120], "F14"),
    refused("7 sum", delivery(wage(), edit=replaced("700,00", "700,01", 4)), "F11"),
    refused("8 count", delivery(wage(), edit=replaced("T;1;", "T;2;")), "F10"),
    refused("9 after", delivery(wage(), edit=lambda x: [*x, x[2].replace(";1;", ";2;", 1)]), "F14"),
    refused("9 two trailers", delivery(wage(), edit=lambda x: [*x, x[-1]]), "F14"),
    refused("10 too few", delivery(wage(), april(), edit=replaced(";012;", ";", 3)), "F18"),
    refused("10 too many", delivery(wage(), april(), edit=replaced(";012;", ";012;;", 3)), "F18"),
    *(
        refused(f"11-13 {form}", delivery(wage(bruto_loon_sv=form)), "F11", f"{code} E")
        for form, code in {
            "912.00": "R05", "912": "R05", "912,5": "R05", "1.234,56": "R05", "+912,00": "R05",
            "€ 912,00": "R05", "9,12E2": "R05", "(912,00)": "R05", " 912,00": "R05",
            "912,000": "R06", "912,1234": "R06",
        }.items()
    ),
    row("12 elsewhere", "rejected", "R05 E", of={"vakantietoeslag": "1.234,56"}),
    row("13 elsewhere", "rejected", "R06 E", of={"vakantietoeslag": "1234,567"}),
    row("14 eight digits", "rejected", "R01 E", of={"bsn": "99999001"}),
    row("15 float", "rejected", "R01 E", of={"bsn": "9,9999E+08"}),
    row("R02", "rejected", "R02 E", of={"bsn": "999990018"}),
    row("R02 zeros", "rejected", "R02 E", of={"bsn": "000000000"}),
    row("R03", "held", "R03 H", of={"bsn": "999990123"}),
    row("R04", "rejected", "R04 E", of={"loonheffingennummer": "999990020B01"}),
    row("R04 eleven", "recorded", "R04 W", of={"loonheffingennummer": "999990021L01"}),
    row("R07", "held", "R07 H", of={"opgb_recht_vt": "10000000,00"}),
    *(
        row(f"16 {form}", "rejected", "R10 E", of={"dat_e_iko": form})
        for form in ("2026-03-31", "31-03-2026", "20260331x", "20261301")
    ),
    row("17 a leap day that is none", "rejected", "R10 E", of={"dat_e_iko": "20270229"}),
    row("R11", "rejected", "R11 E", of={"dat_e_iko": "20260300"}),
    row("R11 relation", "recorded", "R11 W", of={"dat_b_ikv": "20260100"}),
    row("R12", "rejected", "R12 E", of={"dat_b_iko": "20260331", "dat_e_iko": "20260301"}),
    row("R13", "held", "R13 H", of={"dat_e_iko": "20260320"}),
    row(
        "R14", "rejected", "R14 E",
        of={"dat_b_iko": "20260501", "dat_e_iko": "20260531"},
    ),
    row("R15", "held", "R15 H", of={"dat_b_iko": "20260201", "dat_e_iko": "20260228"}),
    row("18 changed unknown", "held", "R18 H", of={"tag": "GEWIJZIGD"}),
    row("18 same unknown", "held", "R18 H", of={"tag": "ONGEWIJZIGD"}),
    Broken("18 withdrawn unknown", delivery(withdrawn(wage())), {("R18", "H")}, "held"),
    Broken(
        "21", delivery(withdrawn(wage()) | {"bruto_loon_sv": "700,00"}),
        {("R18", "H"), ("R19", "H")}, "held",
    ),
    row("22 two states", "rejected", "R18 E", of={"tag": "NIEUW_IKO+GEWIJZIGD"}),
    row("22 no state", "rejected", "R18 E", of={"tag": "WAJONG"}),
    row("23", "rejected", "R22 E", of={"tag": "nieuw_iko"}),
    refused("25", delivery(wage(), edit=replaced("Schoonmaak", '"Schoonmaak', 3)), "F18"),
    refused("25 stray", delivery(wage(), edit=replaced("Helder BV", 'Helder" BV', 3)), "F18"),
    refused("26 NUL", VALID.replace(b"Helder", b"\x00Helder"), "F01"),
    refused("26 control", VALID.replace(b"Helder", b"\x1bHelder"), "F01"),
    refused("latin-1", delivery(wage(naam_werkgever="Café")).decode().encode("latin-1"), "F01"),
    refused("utf-16", VALID.decode().encode("utf-16"), "F01"),
    refused("empty", b"", "F14"),
    refused("white space", b" \r\n\r\n", "F14"),
    row("29", "recorded", "R20 W", of={"indicatief_netto": "700,01"}),
    row("29 far below", "recorded", "R20 W", of={"indicatief_netto": "685,99"}),
    row(
        "30", "held", "R21 H",
        of={"dat_b_iko": "20260302", "dat_e_iko": "20260329", "periode_soort": "06"},
    ),
    row("R21 month as weeks", "held", "R21 H", of={"periode_soort": "05"}),
    row("R21 unknown kind", "held", "R21 H", of={"periode_soort": "20"}),
    Broken(
        "31", delivery(wage(amount="-700,00", ingehouden_lb="10,00")),
        {("R27", "H"), ("R27", "W")}, "held",
    ),
    Broken("R27", delivery(wage(amount="-700,00")), {("R27", "W")}, "recorded"),
    row("R22 unknown code", "held", "R22 H", of={"cd_srt_ikv": "99"}),
    row("R22 benefit", "held", "R22 H", of={"cd_srt_ikv": "33"}),
    row("R22 form", "rejected", "R22 E", of={"cd_srt_ikv": "5"}),
    row("R22 own benefit", "dropped", "R22 I", of={"cd_srt_ikv": "43"}),
    row("R22 lhk", "recorded", "R22 W", of={"ind_lhk": "3"}),
    row("R22 table", "recorded", "R22 W", of={"cd_lbtabel": "O12"}),
    row("R22 in kind", "held", "R22 H", of={"tag": "NIEUW_IKO+LOON_IN_NATURA"}),
    row("R22 by hand", "held", "R22 H", of={"tag": "NIEUW_IKO+BEREKEN_VT_EN_EPS"}),
    row("R23 begin", "rejected", "R23 E", of={"dat_b_ikv": "20260302"}),
    row("R23 end", "rejected", "R23 E", of={"dat_e_ikv": "20260330"}),
    row("R26 relation", "rejected", "R26 E", of={"volgnr_ikv": ""}),
    row("R26 begin", "rejected", "R26 E", of={"dat_b_iko": ""}),
    row("R26 end", "held", "R26 H", of={"dat_e_iko": ""}),
    row("R26 net", "held", "R26 H", of={"indicatief_netto": ""}),
    row("R28 too many", "recorded", "R28 W", of={"verloonde_uren": "400,01"}),
    row("R28 negative", "recorded", "R28 W", of={"verloonde_uren": "-10,00"}),
    row("R28 form", "recorded", "R28 W", of={"verloonde_uren": "40"}),
    row("F18 record type", "rejected", "F18 E", of={"recordtype": "X"}),
    refused("F04", delivery(wage(), head=header(version="2")), "F04"),
    refused("F05 number", delivery(wage(), head=header("IB 1")), "F05"),
    refused("F05 month", delivery(wage(), head=header(maand="2026-13")), "F05"),
    refused("F05 scope", delivery(wage(), head=header(soort="DEEL")), "F05"),
    refused("F05 environment", delivery(wage(), head=header(omgeving="ACC")), "F05"),
    refused("F05 fields", delivery(wage(), edit=replaced(";TEST", "", 1)), "F05"),
    refused("F05 row", delivery(wage(leveringsnummer="IB-0999-2026-03-002")), "F05"),
    refused("F05 row date", delivery(wage(leverdatum="20260421")), "F05"),
    refused("F10 numbers", delivery(wage(), april(volgnummer="3")), "F10"),
    refused("F12", delivery(wage(), head=header(gemeentecode="0998")), "F12"),
    refused("F13", delivery(wage(), head=header(omgeving="PRODUCTIE")), "F13"),
    refused("F15 tomorrow", delivery(wage(), head=header(sent="20261125")), "F15"),
    refused("F15 before", delivery(wage(), head=header(sent="20260228")), "F15", "R14 E"),
]  # fmt: skip


@ONE_ENGINE
@pytest.mark.parametrize("broken", VARIANTS, ids=lambda broken: broken.number)
def test_a_broken_file_gives_its_codes(broken: Broken, place: Place) -> None:
    outcome = place.take(broken.content)
    assert _said(outcome) == broken.codes
    if not broken.state:
        assert outcome.verdict == "refused"
        assert outcome.exit_code == 3
        assert place.rows("income") == place.rows("rejected_row") == 0
        return
    assert outcome.verdict == "accepted"
    assert outcome.rows()[0]["state"] == broken.state
    assert place.rows("income") == (1 if broken.state == "recorded" else 0)
    assert outcome.exit_code == (3 if broken.state in ("held", "rejected") else 0)


def _said(outcome: Outcome) -> set[tuple[str, str]]:
    return {(note.code, note.severity) for note in outcome.notes.listed()}


ACCEPTED = {
    "24 a name with ; and a newline": delivery(wage(naam_werkgever='De "Gouden"; Ree\nen Co')),
    "27 a byte order mark": b"\xef\xbb\xbf" + VALID,
    "line ends without CR": delivery(wage(), newline="\n"),
    "columns in another order": delivery(wage(), columns=COLUMNS[::-1]),
    "optional columns left out": delivery(wage(), columns=[c for c in COLUMNS if c != "ind_lhk"]),
    "empty lines": delivery(wage(), edit=lambda lines: [*lines[:3], "", *lines[3:], ""]),
    "four weeks": delivery(
        wage(dat_b_iko="20260302", dat_e_iko="20260329", periode_soort="05")
    ),
    "February as four weeks": delivery(
        wage(dat_b_iko="20270201", dat_e_iko="20270228", periode_soort="05"),
        head=header(sent="20270301", maand="2027-02"),
    ),
    "a month cut by the relation": delivery(
        wage(dat_b_ikv="20260310", dat_e_ikv="20260320", dat_b_iko="20260310", dat_e_iko="20260320")
    ),
    "an unknown end of the relation": delivery(wage(dat_e_ikv="00000000")),
    "information for the net": delivery(wage(tag="NIEUW_IKO+WAJONG+ANW_TEGEMOETKOMING")),
    "WGA of 2% inside the net": delivery(wage(indicatief_netto="686,00")),
    "a net with holiday pay apart": delivery(
        wage(
            loon_lb="900,00", indicatief_netto="700,00", indicatief_netto_bijz="200,00",
            vakantietoeslag="200,00",
        )
    ),
    "a director": delivery(wage(cd_srt_ikv="13")),
}  # fmt: skip


@ONE_ENGINE
@pytest.mark.parametrize("content", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_a_file_with_a_harmless_oddity_is_taken_in_without_a_word(
    content: bytes, place: Place
) -> None:
    place.on = "2027-03-01"
    outcome = place.take(content)
    assert (outcome.verdict, outcome.exit_code, _said(outcome)) == ("accepted", 0, set())
    assert place.rows("income") == outcome.counts["rows"]


def test_28_mixed_line_ends_and_unknown_columns_are_warned_about(place: Place) -> None:
    content = delivery(wage(), columns=[*COLUMNS, "kleur"]).replace(b"\r\n", b"\n", 1)
    outcome = place.take(content)
    assert outcome.verdict == "accepted"
    assert _said(outcome) == {("F16", "W"), ("F18", "W")}
    assert outcome.exit_code == 0


def test_32_a_name_that_looks_like_a_formula_is_stored_as_it_is(place: Place) -> None:
    place.take(delivery(wage(naam_werkgever='=HYPERLINK("http://x")')))
    assert place.query("SELECT name FROM employment") == [('=HYPERLINK("http://x")',)]


def test_all_errors_of_a_file_are_listed_in_one_pass(place: Place) -> None:
    content = delivery(
        wage(bruto_loon_sv="912.00") | {"bsn": "1"},
        wage(indicatief_netto="1.0", dat_e_iko="x"),
        head=header(gemeentecode="0998", omgeving="PRODUCTIE"),
    )
    outcome = place.take(content)
    assert {n.code for n in outcome.notes.listed()} >= {"F12", "F13", "F11", "R05", "R01", "R10"}
    assert {n.line for n in outcome.notes.listed() if n.code == "R05"} == {3, 4}


def test_every_row_knows_its_line_though_names_hold_newlines(place: Place) -> None:
    content = delivery(
        wage(naam_werkgever="een\r\ntwee"),
        wage(1, tag="x"),
        edit=lambda lines: [*lines[:2], "", *lines[2:]],
    )
    assert [row["line"] for row in place.take(content).rows()] == [4, 6]


def test_a_file_above_the_size_limit_is_refused(place: Place) -> None:
    small = place.settings.intake.model_copy(update={"max_bytes": 100})
    place.settings = place.settings.model_copy(update={"intake": small})
    assert _said(place.take(VALID)) == {("F17", "F")}


def test_fifty_megabytes_of_garbage_are_refused(place: Place) -> None:
    assert _said(place.take(bytes(range(256)) * 200_000)) <= {("F01", "F"), ("F16", "F")}
    rows = b"\r\n".join(VALID.split(b"\r\n")[:2]) + b"\r\n" + b"zomaar;wat;tekst\r\n" * 3_000_000
    garbage = place.take(rows)
    assert garbage.codes == [("F18", "F")]
    assert garbage.counts["rows"] == 3_000_000


def test_r16_two_amounts_for_one_period_reject_both(place: Place) -> None:
    outcome = place.take(delivery(wage(), wage(amount="710,00"), april()))
    assert [row["state"] for row in outcome.rows()] == ["rejected", "rejected", "recorded"]
    assert _said(outcome) == {("R16", "E")}


def test_r16_the_same_row_twice_is_kept_once(place: Place) -> None:
    outcome = place.take(delivery(wage(), wage()))
    assert [row["state"] for row in outcome.rows()] == ["recorded", "unchanged"]
    assert ("R16", "W") in _said(outcome)
    assert place.rows("income") == 1


def test_r17_periods_of_one_relation_that_share_a_day_are_held(place: Place) -> None:
    weeks = wage(dat_b_iko="20260330", dat_e_iko="20260426", periode_soort="05")
    assert _states(place.take(delivery(wage(), weeks))) == ["held", "held"]


def test_r17_against_what_was_told_before(place: Place) -> None:
    place.take(delivery(wage()))
    weeks = wage(dat_b_iko="20260330", dat_e_iko="20260426", periode_soort="05")
    later = header("IB-0999-2026-04-001", "20260520", maand="2026-04")
    other = weeks | {"volgnr_ikv": "2"}
    assert _states(place.take(delivery(weeks, other, head=later))) == ["held", "recorded"]


def test_r17_a_period_that_is_moved_within_one_file_overlaps_nothing(place: Place) -> None:
    place.take(delivery(wage()))
    moved = wage(dat_b_ikv="20260310", dat_b_iko="20260310")
    later = header("IB-0999-2026-04-001", "20260520", maand="2026-04")
    outcome = place.take(delivery(withdrawn(wage()), moved, head=later))
    assert _states(outcome) == ["recorded", "recorded"]


def test_a_benefit_is_held_until_it_is_decided_to_whom_it_is_paid(place: Place) -> None:
    benefit = wage(cd_srt_ikv="33")
    assert _states(place.take(delivery(benefit))) == ["held"]
    _decide_paid_to(place)
    outcome = place.take(
        delivery(april(), head=header("IB-0999-2026-04-001", "20260520", maand="2026-04"))
    )
    assert outcome.again["released"] == 1
    assert place.query("SELECT income_code FROM income WHERE month = 202603") == [("33",)]


def _decide_paid_to(place: Place) -> None:
    from surplus.store import bulk
    from surplus.store.tables import decision

    told = {c.name: 0 if c.type.python_type is int else "" for c in decision.columns}
    told |= {
        "municipality": place.settings.code, "decision": 1, "client": 1001, "kind": "paid_to",
        "employer": "999990020L01", "payee": "client",
    }  # fmt: skip
    with place.work() as work:
        bulk.append(work.conn, decision, told)


def test_the_partner_is_the_second_person_of_the_household(empty_place: Place) -> None:
    empty_place.enrol({1003: BSNS[1003]}, partner_bsn="999990123")
    assert _states(empty_place.take(delivery(wage(999990123)))) == ["recorded"]
    assert empty_place.query("SELECT client, person FROM income") == [(1003, 2)]


def test_who_is_only_announced_takes_no_part_yet(empty_place: Place) -> None:
    empty_place.enrol({1001: BSNS[1001]}, status="AANGEMELD")
    assert _said(empty_place.take(delivery(wage()))) == {("R15", "H")}


def test_absent_is_not_zero(place: Place) -> None:
    place.take(delivery(wage(reiskosten_onbelast="", opgb_recht_vt="0,00")))
    assert place.query("SELECT travel, holiday_accrued FROM income") == [(None, 0)]


def _states(outcome: Outcome) -> list[str]:
    return [row["state"] for row in outcome.rows()]


@ONE_ENGINE
def test_five_thousand_rows_are_taken_in_as_one(empty_place: Place) -> None:
    numbers = np.arange(100_000_000, 100_080_000)
    digits = numbers[:, None] // 10 ** np.arange(8, -1, -1) % 10
    bsns = numbers[digits @ [9, 8, 7, 6, 5, 4, 3, 2, -1] % 11 == 0][:5_000].tolist()
    empty_place.enrol(dict(enumerate(bsns, 1)))
    rows = [wage(bsn, f"{number},00") for number, bsn in enumerate(bsns, 1)]
    outcome = empty_place.take(delivery(*rows, wage(999990123)))
    assert outcome.counts == {"rows": 5_001, "recorded": 5_000, "held": 1, "rejected": 0}
    assert outcome.totals["indicatief_netto"] == 100 * 5_000 * 5_001 // 2 + 700_00
    assert empty_place.query("SELECT COUNT(*), SUM(net - 100 * client) FROM income") == [(5_000, 0)]
    corrections = [row | {"tag": "GEWIJZIGD", "reiskosten_onbelast": "1,00"} for row in rows[::2]]
    again = [row | {"tag": "ONGEWIJZIGD"} for row in rows[1::2]]
    outcome = empty_place.take(
        delivery(*corrections, *again, head=header("IB-0999-2026-03-002", soort="VOLLEDIG"))
    )
    assert (outcome.counts["recorded"], outcome.counts["unchanged"]) == (2_500, 2_500)
    assert outcome.again["withdrawn"] == 0
