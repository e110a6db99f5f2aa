"""Whatever is in a file: a verdict, never an accident, and nothing half-written."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surplus.intake.deliveries import rehearse
from tests.intake.conftest import BSNS, READERS, Place
from tests.intake.files import april, delivery, wage, withdrawn

VALID = delivery(wage(), april(BSNS[1002]), withdrawn(wage(BSNS[1003])))
PIECES = st.one_of(
    st.binary(max_size=8),
    st.sampled_from([b";", b'"', b"\n", b"\r\n", b",", b"-", b"0", b"9" * 20, b"\xc3\xa9", b"T;"]),
)

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    edits=st.lists(
        st.tuples(st.integers(0, len(VALID)), st.integers(0, 12), PIECES), min_size=1, max_size=4
    )
)
def test_a_file_damaged_anywhere_gets_a_verdict(
    edits: list[tuple[int, int, bytes]], place: Place
) -> None:
    content = VALID
    for start, length, piece in edits:
        content = content[:start] + piece + content[start + length :]
    _gets_a_verdict(place, content)


VALUES = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12),
    st.sampled_from(
        ["", "0", "-1", "99999999", "00000000", "20260230", "999999999,99", "INGETROKKEN"]
    ),
)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    told=st.dictionaries(
        st.sampled_from([*wage(), "volgnummer", "leveringsnummer", "leverdatum"]),
        VALUES,
        max_size=4,
    )
)
def test_a_row_with_anything_in_its_fields_gets_a_verdict(
    told: dict[str, str], place: Place
) -> None:
    _gets_a_verdict(place, delivery(wage() | told, april()))


def _gets_a_verdict(place: Place, content: bytes) -> None:
    with place.work() as work:
        (outcome,) = rehearse(work, [("file.csv", content)], READERS)
    assert outcome.verdict in ("accepted", "refused")
    assert (outcome.verdict == "refused") == any(n.severity == "F" for n in outcome.notes.file)
    counts = dict(outcome.counts)
    if outcome.verdict == "accepted":
        assert counts.pop("rows") == sum(counts.values())
    outcome.as_json()
    assert place.rows("income") == place.rows("delivery") == 0
