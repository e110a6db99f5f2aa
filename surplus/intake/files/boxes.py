"""The folders of a workspace: files wait in `inbox/`, end in `archive/YYYY-MM-DD/` or `refused/`.

A file is moved after the commit that took it in. Where a run dies in between, the next one finds
the file still waiting, sees that it has been taken in, and only moves it.
"""

from __future__ import annotations

import hashlib
import json
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from surplus.config import Layout
from surplus.hashes import sha256_of
from surplus.intake import deliveries, recognise
from surplus.intake.deliveries import Reader
from surplus.intake.files.content import Content
from surplus.intake.files.limits import Limits
from surplus.intake.files.workbook import is_workbook
from surplus.intake.notes import BadFile
from surplus.intake.outcome import Outcome
from surplus.intake.report import as_text
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.whole_file import replacing

#: A file whose size or time changes within this is still being written.
PAUSE_SECONDS = 0.1
#: A longer name leaves no room for what is added to it: a number, `.json`, `.part`.
NAME_BYTES = 200
#: Names under which a sender writes before it renames.
_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")
_HEAD_BYTES = 65_536
_BLOCK = 1_048_576


@dataclass(frozen=True)
class Arrived:
    """A file that waits."""

    path: Path
    home: Path | None = None  # the workspace, for a file in its inbox; a file elsewhere stays there

    @property
    def name(self) -> str:
        """Its name, for people; what it is, its content tells.

        A sender chooses it: what cannot be printed becomes `_`, and what is too long is cut.
        """
        shown = Path("".join(char if char.isprintable() else "_" for char in self.path.name))
        suffix = shown.suffix[:10]
        room = NAME_BYTES - len(suffix.encode())
        return shown.stem.encode()[:room].decode(errors="ignore") + suffix

    @contextmanager
    def open(self) -> Iterator[Content]:
        """Its content, for as long as it is open.

        Raises:
            Refusal: it cannot be read (exit 2).
        """
        if self.home and not _is_file(self.path):
            raise Refusal(f"{self.name} is no file of its own", "put the file itself in the inbox")
        with ExitStack() as opened:
            with recognise.readable(self.path):
                content = Content(opened.enter_context(self.path.open("rb")))
            yield content


def inbox(home: Path) -> list[Arrived]:
    """The files in a workspace's inbox that nobody is still writing, by name."""
    before = _look(home)
    if before:
        time.sleep(PAUSE_SECONDS)
    after = _look(home)
    return [Arrived(path, home) for path in sorted(before) if before[path] == after.get(path)]


def named(paths: Iterable[Path]) -> list[Arrived]:
    """Files that a command names.

    Raises:
        Refusal: one is not there, is a directory or may not be read (exit 2).
    """
    arrived = []
    for path in paths:
        with recognise.readable(path):
            if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
                raise Refusal(f"{path} is a pipe or a device, not a file", "name a file")
            path.open("rb").close()
        folder = path.resolve().parent
        arrived.append(Arrived(path, folder.parent if folder.name == "inbox" else None))
    return arrived


def fingerprint(arrived: Iterable[Arrived]) -> str:
    """A short hash of what waits: names and sizes."""
    told = sorted((item.name, item.path.lstat().st_size) for item in arrived)
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def in_order(
    arrived: Iterable[Arrived], layouts: Mapping[str, Layout] = recognise.NO_LAYOUTS
) -> list[Arrived]:
    """Norms, clients, opening balances, income, statements; each as its sender numbers them."""

    def order(item: Arrived) -> tuple[int, str, str, str]:
        head = b""
        if not item.home or _is_file(item.path):
            with suppress(OSError), item.path.open("rb") as file:
                head = file.read(_HEAD_BYTES)
                if is_workbook(head):
                    head += file.read(Limits().workbook_bytes)
        return (*recognise.order(head, layouts), item.name)

    return sorted(arrived, key=order)


def opened(
    arrived: Iterable[Arrived], layouts: Mapping[str, Layout] = recognise.NO_LAYOUTS
) -> Iterator[tuple[str, Content]]:
    """Name and content of each file, in order; each is open until the next is asked for."""
    for item in in_order(arrived, layouts):
        with item.open() as content:
            yield item.name, content


def take_in(work: Work, item: Arrived, readers: Mapping[str, Reader]) -> Outcome:
    """Take in a file that waits; one that was taken in and not moved is only told again.

    Raises:
        Refusal: a named file cannot be read (exit 2). One in the inbox that cannot is refused.
    """
    with ExitStack() as opened:
        try:
            content = opened.enter_context(item.open())
        except Refusal:
            if item.home is None:
                raise
            return deliveries.refuse(work, item.name, "UNREADABLE")
        earlier = deliveries.told(work, item.name, content)
        if earlier and item.home and len(_copies(item.home, item.name, content)) < len(earlier):
            again = deliveries.retold(work, earlier[-1], content, readers)
            if again:
                return again
        return deliveries.take_in(work, item.name, content, readers)


def put_away(home: Path, item: Arrived, outcome: Outcome, on: str, language: str) -> None:
    """Move a file out of the inbox (a file from elsewhere is copied), with a report if need be.

    Nothing is ever overwritten: a second file of the same name gets a number.

    Args:
        home: the workspace.
        item: the file.
        outcome: what came of it.
        on: the business date, ISO.
        language: of the report, nl or en.
    """
    refused = home / "refused"
    folder = refused if outcome.verdict == "refused" else home / "archive" / on
    place = _free(folder, item.name)
    if outcome.exit_code:
        report = place if folder == refused else _free(refused, item.name)
        told = json.dumps(outcome.as_json(language, rows=False), ensure_ascii=False, indent=1)
        _write(report.with_name(report.name + ".json"), [told.encode()])
        _write(report.with_name(report.name + ".txt"), [as_text(outcome, language).encode()])
    if not item.home:
        # Of a file that is still being written what was read is there no more.
        with suppress(BadFile), item.open() as content:
            _write(place, iter(partial(content.blocks().read, _BLOCK), b""))
        return
    # Someone else's file keeps its mode: the folder is closed to others anyway.
    with suppress(PermissionError, FileNotFoundError):
        if _is_file(item.path):
            item.path.chmod(0o600)
    with suppress(FileNotFoundError):
        item.path.rename(place)


def _look(home: Path) -> dict[Path, tuple[int, int]]:
    found = {}
    for path in (home / "inbox").iterdir():
        if path.name.startswith(".") or path.suffix in _UNFINISHED or _is_folder(path):
            continue
        with suppress(FileNotFoundError):
            seen = path.lstat()
            found[path] = (seen.st_size, seen.st_mtime_ns)
    return found


def _is_file(path: Path) -> bool:
    """Whether it is a file itself: no link to one elsewhere, no pipe to wait on for ever."""
    return path.is_file() and not path.is_symlink()


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _copies(home: Path, name: str, content: Content) -> list[Path]:
    """Where these bytes have been put away under this name."""
    stem, suffix = Path(name).stem, Path(name).suffix
    places = [*home.glob("archive/*/*"), *home.glob("refused/*")]
    return [
        path
        for path in places
        if path.name.startswith(stem)
        and path.suffix == suffix
        and path.stat().st_size == content.size
        and sha256_of(path) == content.sha256
    ]


def _free(folder: Path, name: str) -> Path:
    """A path in the folder that is not taken: the name, else with a number before its suffix."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path, number = folder / name, 1
    while path.exists() or path.with_name(path.name + ".json").exists():
        number += 1
        path = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
    return path


def _write(path: Path, content: Iterable[bytes]) -> None:
    """Write a whole file or none, readable by its owner only."""
    with replacing(path) as file:
        file.writelines(content)
