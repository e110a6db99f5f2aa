"""Notes on rows: which state follows from what was said."""

from __future__ import annotations

import numpy as np

from surplus.intake.notes import Notes


def mask(*places: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.isin(np.arange(6), places)


def notes() -> Notes:
    said = Notes(np.arange(3, 9))
    said.add(mask(0, 1), "bsn", "R01")
    said.add(mask(1, 2), "bsn", "R03")
    said.add(mask(3), "net", "R20")
    said.unchanged(mask(2, 4))
    said.drop(mask(1, 5), "code", "R22")
    return said


def test_the_gravest_note_decides_the_state() -> None:
    assert notes().states().tolist() == [
        "rejected", "rejected", "held", "recorded", "unchanged", "dropped",
    ]  # fmt: skip


def test_counts_add_up_to_the_rows() -> None:
    counts = notes().counts()
    assert counts == {
        "rows": 6, "recorded": 1, "held": 1, "rejected": 2, "unchanged": 1, "dropped": 1,
    }  # fmt: skip
    assert sum(counts.values()) == 2 * counts["rows"]
    assert Notes(np.arange(2)).counts() == {"rows": 2, "recorded": 2, "held": 0, "rejected": 0}


def test_notes_are_listed_by_line_in_the_order_in_which_they_were_made() -> None:
    listed = [(note.line, note.code) for note in notes().listed()]
    assert listed == [
        (3, "R01"), (4, "R01"), (4, "R03"), (4, "R22"), (5, "R03"), (5, "unchanged"),
        (6, "R20"), (7, "unchanged"), (8, "R22"),
    ]  # fmt: skip


def test_the_catalogue_gives_the_severity_unless_the_place_says_otherwise() -> None:
    said = Notes(np.arange(6))
    said.add(mask(0), "bsn", "R01")
    said.add(mask(1), "employer", "R04", "W")
    said.about_file("F16", field="kleur", severity="W")
    assert not said.refused
    said.about_file("F11")
    assert said.refused
    assert [note.severity for note in said.listed()] == ["W", "F", "E", "W"]
