"""Inbox, archive and refused: where files wait and where they end."""

from __future__ import annotations

import io
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from surplus.intake import deliveries
from surplus.intake.files import boxes
from surplus.intake.files.boxes import Arrived
from surplus.intake.files.content import Content
from surplus.intake.outcome import Outcome
from surplus.problems import Refusal
from tests.intake.conftest import DATA, READERS, Place
from tests.intake.files import delivery, header, wage

VALID = delivery(wage())
BROKEN = delivery(wage(), edit=lambda lines: lines[:-1])

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    (folder / "inbox").mkdir(parents=True)
    return folder


def drop(home: Path, name: str, content: bytes) -> Path:
    path = home / "inbox" / name
    path.write_bytes(content)
    return path


def work_on(place: Place, home: Path, *, moves: bool = True) -> list[Outcome]:
    """What the import job does; without `moves` as if it died right after the commit."""
    outcomes = []
    for item in boxes.in_order(boxes.inbox(home)):
        with place.work() as work:
            outcome = boxes.take_in(work, item, READERS)
        if moves:
            boxes.put_away(home, item, outcome, place.on, "nl")
        outcomes.append(outcome)
    return outcomes


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("**/*") if path.is_file())


def test_a_file_taken_in_moves_to_the_archive_of_the_day(place: Place, home: Path) -> None:
    drop(home, "march.csv", VALID)
    work_on(place, home)
    archived = home / "archive" / "2026-11-24" / "march.csv"
    assert archived.read_bytes() == VALID
    assert archived.stat().st_mode & 0o777 == 0o600
    assert archived.parent.stat().st_mode & 0o777 == 0o700
    assert names(home / "inbox") == names(home / "refused") == []


def test_a_refused_file_stands_beside_the_reasons(place: Place, home: Path) -> None:
    drop(home, "march.csv", BROKEN)
    work_on(place, home)
    assert names(home / "refused") == ["march.csv", "march.csv.json", "march.csv.txt"]
    told = json.loads((home / "refused" / "march.csv.json").read_text())
    assert (told["verdict"], told["codes"]) == ("refused", [["F14", "F"]])
    text = (home / "refused" / "march.csv.txt").read_text()
    assert "GEWEIGERD" in text
    assert "F14" in text
    assert "Wat te doen" in text
    assert not (home / "archive").exists()


def test_a_file_with_bad_rows_goes_to_the_archive_and_leaves_a_report(
    place: Place, home: Path
) -> None:
    drop(home, "march.csv", delivery(wage(), wage(1) | {"bsn": "99999001"}))
    work_on(place, home)
    assert names(home / "archive") == ["march.csv"]
    text = (home / "refused" / "march.csv.txt").read_text()
    assert "regel 4 bsn [R01 E]" in text
    assert "99999001" not in text


def test_nothing_is_ever_overwritten(place: Place, home: Path) -> None:
    for content in (BROKEN, BROKEN + b"\n", VALID, delivery(wage(), head=header(sent="20260421"))):
        drop(home, "march.csv", content)
        work_on(place, home)
    assert [name for name in names(home / "refused") if name.endswith(".csv")] == [
        "march-2.csv", "march-3.csv", "march.csv",
    ]  # fmt: skip
    assert names(home / "archive") == ["march.csv"]


def test_a_file_already_taken_in_but_not_yet_moved_is_moved_silently(
    place: Place, home: Path
) -> None:
    drop(home, "a.csv", VALID)
    drop(home, "b.csv", BROKEN)
    undisturbed = [outcome.as_json() for outcome in work_on(place, home, moves=False)]
    before = place.rows("delivery"), place.rows("income"), place.rows("finding")
    again = [outcome.as_json() for outcome in work_on(place, home)]
    assert (place.rows("delivery"), place.rows("income"), place.rows("finding")) == before
    assert [one["verdict"] for one in again] == [one["verdict"] for one in undisturbed]
    assert [one["counts"] for one in again] == [one["counts"] for one in undisturbed]
    assert names(home / "archive") == ["a.csv"]
    assert names(home / "refused") == ["b.csv", "b.csv.json", "b.csv.txt"]


def test_a_report_is_the_same_when_the_move_comes_a_run_later(place: Place, home: Path) -> None:
    content = delivery(wage(), wage(1) | {"bsn": "99999001"}, wage(999990123))
    drop(home, "march.csv", content)
    (first,) = work_on(place, home, moves=False)
    (second,) = work_on(place, home)
    assert second.messages("nl") == first.messages("nl")
    assert second.exit_code == first.exit_code == 3


def test_the_same_file_a_second_time_is_a_duplicate_and_archived_too(
    place: Place, home: Path
) -> None:
    for _ in range(2):
        drop(home, "march.csv", VALID)
        (outcome,) = work_on(place, home)
    assert outcome.verdict == "duplicate"
    assert names(home / "archive") == ["march-2.csv", "march.csv"]
    assert place.query("SELECT verdict FROM delivery ORDER BY delivery") == [
        ("accepted",), ("duplicate",),
    ]  # fmt: skip


def test_a_refused_file_put_back_is_taken_in_when_nothing_is_wrong_any_more(
    place: Place, home: Path
) -> None:
    place.on = "2026-04-19"
    drop(home, "march.csv", VALID)
    assert [outcome.codes for outcome in work_on(place, home)] == [[("F15", "F")]]
    place.on = "2026-04-20"
    (home / "refused" / "march.csv").rename(home / "inbox" / "march.csv")
    assert [outcome.verdict for outcome in work_on(place, home)] == ["accepted"]
    assert place.rows("income") == 1


def test_a_file_that_still_grows_is_left_for_the_next_run(place: Place, home: Path) -> None:
    path = drop(home, "march.csv", VALID[:200])
    done = threading.Event()

    def write() -> None:
        with path.open("ab") as file:
            while not done.wait(0.01):
                file.write(b" ")
                file.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        time.sleep(0.05)
        assert boxes.inbox(home) == []
    finally:
        done.set()
        writer.join()
    path.write_bytes(VALID)
    assert [outcome.verdict for outcome in work_on(place, home)] == ["accepted"]


def test_a_file_that_changes_while_it_is_read_is_refused_and_books_nothing(place: Place) -> None:
    file = io.BytesIO(VALID)
    content = Content(file)  # hashed
    file.getbuffer()[:6] = b"X;1;IB"
    with place.work() as work:
        outcome = deliveries.take_in(work, "a.csv", content, READERS)
    assert outcome.codes == [("FILE_CHANGED", "F")]
    assert place.rows("income") == 0


def test_hidden_and_unfinished_names_and_folders_are_left_alone(home: Path, place: Place) -> None:
    for name in (".march.csv", "march.csv.part", "march.tmp"):
        drop(home, name, VALID)
    (home / "inbox" / "folder.csv").mkdir()
    assert boxes.inbox(home) == []


def test_files_come_in_the_order_of_their_senders(home: Path, place: Place) -> None:
    statement = b"<Document><ElctrncSeqNb>%d</ElctrncSeqNb></Document>"
    namespace = b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
    for name, number in (("a.xml", 12), ("b.xml", 9)):
        drop(home, name, (statement % number).replace(b"<Document>", namespace))
    drop(home, "a.csv", delivery(wage(), head=header("IB-0999-2026-03-002", "20260420")))
    drop(home, "b.csv", delivery(wage(), head=header("IB-0999-2026-03-001", "20260420")))
    drop(home, "c.csv", delivery(wage(), head=header("IB-0999-2026-02-009", "20260320")))
    drop(home, "a.txt", b"klantnummer;bsn;betalingskenmerk\n")
    drop(home, "b.txt", b"besluitnr;normcategorie\n")
    drop(home, "what", b"?")
    ordered = [item.name for item in boxes.in_order(boxes.inbox(home))]
    assert ordered == ["b.txt", "a.txt", "c.csv", "b.csv", "a.csv", "b.xml", "a.xml", "what"]


def test_a_named_file_stays_where_it_is_and_is_archived_as_a_copy(
    place: Place, home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "march.csv"
    path.write_bytes(VALID)
    (item,) = boxes.named([path])
    with place.work() as work:
        outcome = boxes.take_in(work, item, READERS)
    boxes.put_away(home, item, outcome, place.on, "nl")
    assert path.read_bytes() == (home / "archive/2026-11-24/march.csv").read_bytes() == VALID


@pytest.mark.parametrize(
    ("make", "words"), [(lambda path: None, "is not there"), (Path.mkdir, "is a directory")]
)
def test_a_path_that_is_no_file_is_refused_in_words(
    make: object, words: str, tmp_path: Path, place: Place
) -> None:
    path = tmp_path / "march.csv"
    make(path)  # type: ignore[operator]
    with pytest.raises(Refusal, match=words) as refusal:
        boxes.named([path])
    assert refusal.value.exit_code == 2


def test_a_named_file_without_read_permission_is_refused_in_words(
    tmp_path: Path, place: Place
) -> None:
    path = tmp_path / "march.csv"
    path.write_bytes(VALID)
    path.chmod(0)
    with as_somebody_else(), pytest.raises(Refusal, match="may not be read"):
        boxes.named([path])


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Root may read everything: for a moment be nobody."""
    me = os.geteuid()
    if me == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(me)


def test_a_file_that_has_gone_from_the_inbox_is_told_and_stops_nothing(
    place: Place, home: Path
) -> None:
    gone = Arrived(home / "inbox" / "gone.csv", home)
    with place.work() as work:
        outcome = boxes.take_in(work, gone, READERS)
    boxes.put_away(home, gone, outcome, place.on, "en")
    assert outcome.codes == [("UNREADABLE", "F")]
    assert names(home / "refused") == ["gone.csv.json", "gone.csv.txt"]


def test_a_link_in_the_inbox_is_refused_and_what_it_points_to_is_left_alone(
    place: Place, home: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_bytes(VALID)
    elsewhere.chmod(0o644)
    for name, target in (("a.csv", elsewhere), ("b.csv", tmp_path / "gone"), ("c.csv", tmp_path)):
        (home / "inbox" / name).symlink_to(target)
    outcomes = work_on(place, home)
    assert [(one.verdict, one.codes) for one in outcomes] == 3 * [
        ("refused", [("UNREADABLE", "F")])
    ]
    assert elsewhere.stat().st_mode & 0o777 == 0o644
    assert list((home / "inbox").iterdir()) == []


def test_a_pipe_is_refused_and_nobody_waits_for_it(
    place: Place, home: Path, tmp_path: Path
) -> None:
    os.mkfifo(home / "inbox" / "march.csv")
    (outcome,) = work_on(place, home)
    assert outcome.codes == [("UNREADABLE", "F")]
    os.mkfifo(tmp_path / "named.csv")
    with pytest.raises(Refusal) as refusal:
        boxes.named([tmp_path / "named.csv"])
    assert refusal.value.exit_code == 2


@pytest.mark.parametrize(
    "name",
    ["m" * 250 + ".csv", "é" * 125 + ".csv", "m." + "c" * 250, "a\nb\x1b[31m.csv",
     os.fsdecode(b"\xff\xfe.csv")],
)  # fmt: skip
def test_a_name_that_nobody_can_read_or_that_is_too_long_stops_nothing(
    place: Place, home: Path, name: str
) -> None:
    drop(home, name, BROKEN)
    drop(home, "z.csv", VALID)
    assert sorted(one.verdict for one in work_on(place, home)) == ["accepted", "refused"]
    refused = names(home / "refused")
    assert len(refused) == 3
    assert "".join(refused).isprintable()
    assert names(home / "inbox") == []


def test_a_preview_tells_the_same_and_writes_nothing(place: Place) -> None:
    files = [("march.csv", VALID), ("again.csv", VALID), ("broken.csv", BROKEN)]
    with place.work() as work:
        rehearsed = deliveries.rehearse(work, files, READERS)
    assert [outcome.verdict for outcome in rehearsed] == ["accepted", "duplicate", "refused"]
    assert place.rows("delivery") == place.rows("income") == place.rows("rejected_row") == 0
    with place.work() as work:
        real = [deliveries.take_in(work, name, content, READERS) for name, content in files]
    told = [one.as_json() for one in rehearsed]
    assert told[0].pop("would_change")["new"] == 1
    assert [one.as_json() for one in real] == told


def test_the_counts_of_a_run_add_up_its_files(place: Place) -> None:
    place.take(delivery(wage(), wage(999990123)))
    place.take(BROKEN)
    place.run = 2
    place.take_file("doorlevering_2026-04_changes.csv")
    with place.work() as work:
        told = deliveries.counts_of(work)
    assert told["files"] == told["accepted"] == told["needs_a_person"] == 1
    place.run = 1
    with place.work() as work:
        told = deliveries.counts_of(work)
    assert (told["files"], told["accepted"], told["refused"]) == (2, 1, 1)
    assert (told["rows"], told["recorded"], told["held"], told["needs_a_person"]) == (3, 1, 1, 2)


def test_the_examples_are_the_shared_ones(shared: Path, place: Place) -> None:
    for path in (DATA / "income").glob("*.csv"):
        assert path.read_bytes() == (shared / "examples" / "income" / path.name).read_bytes()
