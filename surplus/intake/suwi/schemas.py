"""The schemas of an InkomensLevering: the envelope's own, and that of the answers inside it.

The schema of the envelope travels with the program. Those of SuwiML belong to their publisher and
are found in the folder that surplus.toml names (`[intake] schemas`).
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from lxml import etree

from surplus.intake.notes import BadFile, fatal

ENVELOPE = "urn:surplus:inkomenslevering:v1"
ANSWER = "http://bkwi.nl/SuwiML/Diensten/UWVDossierInkomstenGSD/v0200"
FAULTS = "http://bkwi.nl/SuwiML/FWI/v0205"
#: Where the publisher puts the schema of an answer, below a folder of its own choice.
ANSWER_SCHEMA = "Diensten/UWVDossierInkomstenGSD/v0200-b02/BodyReaction.xsd"
_XS = "{http://www.w3.org/2001/XMLSchema}"


class Schemas:
    """What each part of a delivery must look like on its own.

    Args:
        folder: holds the schemas of SuwiML, at any depth.

    Raises:
        BadFile: SUWI_SCHEMAS, they are not there or cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        found = sorted(folder.glob(f"**/{ANSWER_SCHEMA}"))
        if not found:
            raise BadFile(fatal("SUWI_SCHEMAS", field=str(folder / ANSWER_SCHEMA)))
        try:
            self.part = etree.XMLSchema(_part(found[0]))
        except etree.XMLSchemaParseError:
            raise BadFile(fatal("SUWI_SCHEMAS", field=str(found[0]))) from None


def _part(answer: Path) -> etree._Element:
    """The envelope's schema for some of its messages: header and trailer need not be there.

    The schema of the answers is imported: inside a message `lax` then means that an answer is
    checked too.
    """
    own = files("surplus.intake.suwi").joinpath("inkomenslevering-v1.xsd")
    schema = etree.fromstring(own.read_bytes())
    parts = schema.find(f"{_XS}element[@name='InkomensLevering']/{_XS}complexType/{_XS}sequence")
    assert parts is not None
    for part in parts:
        part.set("minOccurs", "0")
    location = {"namespace": ANSWER, "schemaLocation": answer.resolve().as_uri()}
    schema.insert(0, etree.Element(f"{_XS}import", location))
    return schema
