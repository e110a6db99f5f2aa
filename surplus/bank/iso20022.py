"""Messages of ISO 20022 that a bank sends, read as a stream and never trusted.

No entities, no network, no DOCTYPE. Where the workspace holds the schema of a message the file is
checked against it while it is read; without it each reader's own checks suffice.
"""

from __future__ import annotations

import codecs
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from lxml import etree

from surplus.bank.leaves import Unreadable
from surplus.intake.files.content import Content
from surplus.intake.notes import BadFile, Note, fatal

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
#: Messages that repeat what a statement will tell, and are never booked.
_REPORTS = ("camt.052.", "camt.054.")  # the latter is read for details, see `notices`
_BLOCK = 1_048_576


def version_of(content: bytes | Content, versions: Collection[str]) -> str:
    """The message and version that the root element names, once the file proves harmless.

    Args:
        content: the file.
        versions: those that are read, such as `camt.053.001.08`.

    Raises:
        BadFile: F01 not UTF-8, F02 not well-formed or with a DOCTYPE, F04 another message or
            version, NO_STATEMENT a camt.052 or camt.054, F14 empty.
    """
    content = Content.of(content)
    try:
        _event, root = next(_walk(content, events=("start",)))
    except (etree.XMLSyntaxError, StopIteration):
        if not _is_utf8(content):
            raise BadFile(fatal("F01")) from None
        raise BadFile(fatal("F02" if any(map(bytes.strip, _blocks(content))) else "F14")) from None
    if root.getroottree().docinfo.doctype:
        raise BadFile(fatal("F02", field="DOCTYPE"))
    name = etree.QName(root)
    version = (name.namespace or "").removeprefix(NAMESPACE)
    if version.startswith(_REPORTS) and version not in versions:
        raise BadFile(fatal("NO_STATEMENT", field=version))
    if version not in versions or name.localname != "Document":
        raise BadFile(fatal("F04", field=version or name.localname))
    return version


def elements(
    content: bytes | Content, version: str, names: Collection[str], schemas: Path | None
) -> Iterator[tuple[str, Any]]:
    """Every element of these names at its end, as name and element; the caller may forget it.

    Args:
        content: the file.
        version: as `version_of` told it.
        names: local names.
        schemas: a folder that may hold the schema of the version.

    Raises:
        BadFile: F01 another encoding than UTF-8, F02 not well-formed, F03 not by its schema, or
            something that the caller found Unreadable.
    """
    space = f"{{{NAMESPACE}{version}}}"
    path = schemas and schemas / f"{version}.xsd"
    schema = etree.XMLSchema(etree.parse(path)) if path and path.is_file() else None
    content = Content.of(content)
    walk = _walk(
        content, tag=tuple(space + name for name in names), schema=schema, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        for _event, element in walk:
            yield element.tag[len(space) :], element
    except etree.XMLSyntaxError as error:
        raise BadFile(_broken(error) if _is_utf8(content) else fatal("F01")) from None
    if (encoding := walk.root.getroottree().docinfo.encoding or "UTF-8").upper() != "UTF-8":
        raise BadFile(fatal("F01", field=encoding))


def unreadable(element: Any, error: Unreadable) -> BadFile:
    """What an element says cannot be: F03, with its line and the name of what is wrong."""
    return BadFile(fatal("F03", element.sourceline or 0, str(error)))


def forget(element: Any) -> None:
    """Free what was read, so that a file of any length takes little memory."""
    element.clear(keep_tail=True)
    before = element.getprevious()
    if before is not None and before.tag == element.tag:
        element.getparent().remove(before)


def _blocks(content: Content) -> Iterator[bytes]:
    return iter(partial(content.blocks().read, _BLOCK), b"")


def _is_utf8(content: Content) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in _blocks(content):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _walk(content: Content, **options: Any) -> Any:
    safe = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
    return etree.iterparse(content.blocks(), **safe, **options)


def _broken(error: etree.XMLSyntaxError) -> Note:
    by_schema = error.code >= etree.ErrorTypes.SCHEMAV_NOROOT
    return fatal("F03" if by_schema else "F02", error.lineno or 0)
