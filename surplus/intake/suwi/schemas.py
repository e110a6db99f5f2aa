"""The schemas of an InkomensLevering: the envelope's own, and that of the answers inside it.

The schema of the envelope travels with the program. Those of SuwiML belong to their publisher and
are found in the folder that surplus.toml names (`[intake] schemas`).
"""

from __future__ import annotations

from copy import deepcopy
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
    """What a delivery, and each of its parts on its own, must look like.

    Args:
        folder: holds the schemas of SuwiML, at any depth.

    Raises:
        BadFile: SUWI_SCHEMAS, they are not there or cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        found = sorted(folder.glob(f"**/{ANSWER_SCHEMA}"))
        if not found:
            raise BadFile(fatal("SUWI_SCHEMAS", field=str(folder / ANSWER_SCHEMA)))
        envelope = _envelope()
        try:
            self.whole = etree.XMLSchema(envelope)
            self.part = etree.XMLSchema(_parts(envelope, found[0]))
        except etree.XMLSchemaParseError:
            raise BadFile(fatal("SUWI_SCHEMAS", field=str(found[0]))) from None


def _envelope() -> etree._Element:
    own = files("surplus.intake.suwi").joinpath("inkomenslevering-v1.xsd")
    return etree.fromstring(own.read_bytes())


def _parts(envelope: etree._Element, answer: Path) -> etree._Element:
    """The envelope's schema with its header, message and trailer as elements of their own.

    So each can be checked, and forgotten, as soon as it has been read. The schema of the answers
    is imported: inside a message `lax` then means that an answer is checked too.
    """
    schema = deepcopy(envelope)
    parts = schema.find(f"{_XS}element[@name='InkomensLevering']/{_XS}complexType/{_XS}sequence")
    for part in parts:
        alone = deepcopy(part)
        for occurs in {"minOccurs", "maxOccurs"} & {*alone.attrib}:
            del alone.attrib[occurs]
        schema.append(alone)
    location = {"namespace": ANSWER, "schemaLocation": answer.resolve().as_uri()}
    schema.insert(0, etree.Element(f"{_XS}import", location))
    return schema
