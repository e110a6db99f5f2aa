"""Every code of the catalogue can be provoked: the smallest file for each, by `surplus import`.

Codes that no file alone brings about (findings, payments, what the bank says later) stand with the
test that does; those of work that is still going on stand with their issue.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from surplus.problems import PROBLEMS
from tests.acceptance.workspace import Workspace, make
from tests.intake import suwi_files as suwi
from tests.intake.client_files import Row, client, clients, exempt, iban, norm, norms
from tests.intake.files import april, delivery, header, replaced, wage, withdrawn
from tests.intake.payslip_files import as_csv, as_workbook, net, setting, slip
from tests.schemas import SCHEMAS, needs_schemas

TESTS = Path(__file__).parents[1]
ON = "2026-11-24"
LATER = header("IB-0999-2026-04-001", "20260520", maand="2026-04")
FIVE = ("clients/norms_2026h1.csv", "clients/clients_manifest.csv")
VALID = delivery(wage())


def slips(**told: str) -> bytes:
    return as_csv(slip(**told))


def row(**told: str) -> bytes:
    return delivery(wage() | told)


def case(**told: str) -> bytes:
    """A client who is not known yet."""
    return clients(client(1011, **told))


def changed(**told: str) -> tuple[bytes, bytes]:
    """A client, and the list in which something of this one is another."""
    return case(), case(**told)


def rows_of_norms(*more: Row, **told: str) -> bytes:
    return norms(norm("PW_NIEUW", **told), *more)


#: By code the files that bring it about, taken in one after the other; the last one says it.
FILES: dict[str, bytes | tuple[bytes, ...]] = {
    "F01": VALID.decode().replace("Helder", "Café").encode("latin-1"),
    "F02": b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>",
    "F04": b"<x/>",
    "F05": delivery(wage(), head=header(maand="2026-13")),
    "F07": (VALID, delivery(wage(), april())),
    "F08": delivery(wage(), head=header("IB-0999-2026-03-002")),
    "F10": delivery(wage(), edit=replaced("T;1;", "T;2;")),
    "F11": delivery(wage(), edit=replaced("700,00", "700,01", 4)),
    "F12": delivery(wage(), head=header(gemeentecode="0998")),
    "F13": delivery(wage(), head=header(omgeving="PRODUCTIE")),
    "F14": b"",
    "F15": delivery(wage(), head=header(sent="20261125")),
    "F16": b"zomaar;wat\n",
    "F17": as_csv(*[slip()] * 10_001),
    "F18": delivery(wage(), edit=replaced(";012;", ";", 3)),
    "F20": b"PK\x03\x04geen werkmap",
    "R01": row(bsn="1"),
    "R02": row(bsn="999990018"),
    "R03": row(bsn="999990202"),
    "R04": row(loonheffingennummer="1"),
    "R05": row(vakantietoeslag="1.0"),
    "R06": row(vakantietoeslag="1,000"),
    "R07": row(opgb_recht_vt="10000000,00"),
    "R10": row(dat_e_iko="20260231"),
    "R11": row(dat_e_iko="20260300"),
    "R12": row(dat_b_iko="20260331", dat_e_iko="20260301"),
    "R13": row(dat_e_iko="20260320"),
    "R14": row(dat_b_iko="20260501", dat_e_iko="20260531"),
    "R15": row(dat_b_iko="20260201", dat_e_iko="20260228"),
    "R16": delivery(wage(), wage(amount="710,00")),
    "R17": delivery(wage(), wage(dat_b_iko="20260330", dat_e_iko="20260426", periode_soort="05")),
    "R18": row(tag="GEWIJZIGD"),
    "R19": delivery(withdrawn(wage()) | {"bruto_loon_sv": "1,00"}),
    "R20": row(indicatief_netto="700,01"),
    "R21": row(periode_soort="05"),
    "R22": row(cd_srt_ikv="99"),
    "R23": row(dat_b_ikv="20260302"),
    "R26": row(indicatief_netto=""),
    "R27": delivery(wage(amount="-700,00")),
    "R28": row(verloonde_uren="400,01"),
    "R30": (
        clients(client(1011, deelname_tot="2026-03-31")),
        slips(bsn_of_klantnummer="K0001011", periode_begin="2026-04-01",
              periode_eind="2026-04-30", betaaldatum="2026-04-25"),
    ),
    "R31": slips(betalingskenmerk="1042600000001002"),
    "R32": slips(netto_verrekenbaar="1,00"),
    "R33": slips(betaaldatum="2026-02-28"),
    "R34": slips(iban_werkgever="NL58RABO0300000011"),
    "R35": as_workbook(slip(), edit=setting("uren", "=1+1")),
    "R36": VALID,
    "unchanged": (VALID, delivery(wage(), head=LATER)),
    "PAYSLIP_CHANGED": (VALID, as_csv(net(700)), as_csv(net(701))),
    "PAYSLIP_DIFFERS": (VALID, slips()),
    "EMPLOYER_NAME": (VALID, slips(naam_werkgever="Bakkerij De Korenaar")),
    "C01": case(klantnummer="1"),
    "C02": case(bsn="999990018"),
    "C03": case(achternaam=""),
    "C04": case(geboortedatum="2020-01-01"),
    "C05": case(aantal_kostendelers="0"),
    "C06": case(iban="NL99INGB0000001011"),
    "C07": case(normcategorie="PW_ONBEKEND", deelname_vanaf="2027-01-01"),
    "C08": case(deelname_vanaf="2026-03-02"),
    "C09": case(toestemming_datum=""),
    "C10": case(betalingskenmerk="1"),
    "C11": case(**exempt("VRIJLATING_25", "2026-03-01", "6", "7")),
    "C12": case(buffer_max="-1,00"),
    "C13": case(vast_bedrag_override="1,00"),
    "C14": case(status="WEG"),
    "C15": changed(wijziging_per="2026-02-30"),
    "IBAN_CHANGE": changed(iban=iban(77)),
    "CHANGE_WAITS": changed(deelname_tot="2026-12-31"),
    "N01": rows_of_norms(norm("PW_NIEUW")),
    "N02": rows_of_norms(totaal_maand="1,00"),
    "N03": rows_of_norms(goedgekeurd_door="beleid-1"),
    "N04": norms(norm(totaal_maand="1402,50", netto_norm_maand="1332,43")),
    "N05": rows_of_norms(norm(
        "PW_NIEUW", besluitnr="N-2", geldig_vanaf="2026-07-01", geldig_tot="2026-12-31",
        netto_norm_maand="1664,29", vakantietoeslag_maand="87,59", totaal_maand="1751,88")),
    "N06": rows_of_norms(netto_norm_maand="0,00", vakantietoeslag_maand="0,00",
                         totaal_maand="0,00"),
}  # fmt: skip
#: The same of answers by SuwiML, whose schemas are not ours.
ANSWERS: dict[str, bytes] = {
    "F03": suwi.delivery(suwi.wage()).replace(b"<WaardeBedr>", b"<WaardeBedr>-", 1),
    "F19": suwi.delivery(suwi.wage(gross=700)),
    "R09": suwi.delivery(
        suwi.message(
            suwi.relation(suwi.statement(BedrBrutoloonSv=suwi.amount(70_000, CdMunteenheid="USD")))
        )
    ),
    "R08": suwi.delivery(
        suwi.message(
            suwi.relation(
                suwi.statement(BedrBrutoloonSv=suwi.amount(70_000, CdPositiefNegatief=""))
            )
        )
    ),
    "R24": suwi.delivery(suwi.message(suwi.relation(suwi.statement()), body_bsn=999990032)),
    "R25": suwi.delivery(suwi.fault()),
    "NO_RELATIONS": suwi.delivery(suwi.message("")),
}

#: Codes that no file alone brings about, with the test that does.
ELSEWHERE = {
    "F06": "tests/intake/test_order.py",
    "F09": "tests/intake/test_order.py",
    "FILE_CHANGED": "tests/intake/test_boxes.py",
    "UNREADABLE": "tests/intake/test_boxes.py",
    "SUWI_SCHEMAS": "tests/intake/test_suwi.py",
}
#: Codes that nothing says, and why they stand in the catalogue all the same.
UNSAID = {
    "R29": "reserved by formats.md",
    "R37": "a lowering of more than six months back is told as the finding OLD_CORRECTION",
}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Five clients since March 2026, of whom March was settled for want of any income."""
    home = tmp_path_factory.mktemp("town") / "home"
    made = make(home, "sqlite:///surplus.db", ON)
    made.change_settings(('schemas = "../schemas"', f'schemas = "{SCHEMAS}"'))
    for name in FIVE:
        made.done("import", str(TESTS / "data" / name), on="2026-03-05")
    made.done("settle", "--through", "2026-03", on="2026-05-11")
    return made


@pytest.fixture
def says(town: Workspace, tmp_path: Path) -> Callable[[bytes | tuple[bytes, ...]], set[str]]:
    """The codes that a preview of these files says of the last one."""

    def preview(told: bytes | tuple[bytes, ...]) -> set[str]:
        paths = []
        for number, content in enumerate(told if isinstance(told, tuple) else (told,), 1):
            paths.append(tmp_path / f"{number}.txt")
            paths[-1].write_bytes(content)
        answer = town("import", *map(str, paths), "--preview")
        assert answer.code in (0, 3), answer.err
        outcomes = answer.data if len(paths) > 1 else [answer.data]
        (last,) = (one for one in outcomes if one["file"] == paths[-1].name)
        said = {note["code"] for note in last["messages"]}
        return said | {code for one in last.get("rows", []) for code, _severity in one["codes"]}

    return preview


@pytest.mark.parametrize("code", FILES)
def test_a_file_provokes_the_code(
    code: str, says: Callable[[bytes | tuple[bytes, ...]], set[str]]
) -> None:
    assert code in says(FILES[code])


@needs_schemas
@pytest.mark.parametrize("code", ANSWERS)
def test_an_answer_provokes_the_code(
    code: str, says: Callable[[bytes | tuple[bytes, ...]], set[str]]
) -> None:
    assert code in says(ANSWERS[code])


def test_every_code_of_the_catalogue_is_provoked_by_a_test() -> None:
    here = {*FILES, *ANSWERS, *UNSAID}
    tests = {
        path: path.read_text(encoding="utf-8")
        for path in TESTS.rglob("test_*.py")
        if path.name not in ("test_codes.py", "test_problems.py")
    }
    unproved = [
        code
        for code in PROBLEMS
        if code not in here and not any(re.search(rf"\b{code}", text) for text in tests.values())
    ]
    assert unproved == []


def test_what_is_said_to_be_tested_elsewhere_is() -> None:
    for code, path in ELSEWHERE.items():
        assert code in (TESTS.parent / path).read_text(encoding="utf-8"), code


def test_what_nothing_says_is_said_nowhere() -> None:
    program = "".join(
        path.read_text(encoding="utf-8") for path in (TESTS.parent / "surplus").rglob("*.py")
    )
    assert [code for code in UNSAID if f'"{code}"' in program] == []
