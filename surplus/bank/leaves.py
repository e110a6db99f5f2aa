"""The texts under an XML element by path, and the kinds of value that stand in them."""

from __future__ import annotations

from datetime import date
from typing import Any

from surplus.money import decimal_to_cents

#: What banks write where they have nothing to say.
_NOTHING = "NOTPROVIDED"
#: Elements that may repeat, and how their texts are joined; of others the first counts.
_JOINED = {"RmtInf/Ustrd": "", "RmtInf/Strd/CdtrRefInf/Ref": ","}
_SIGNS = {"CRDT": 1, "DBIT": -1}


class Unreadable(Exception):
    """An element that no version of the message allows; names it."""


class Leaves(dict[str, str]):
    """The texts under an element by path, such as `Refs/EndToEndId`; a currency as `Amt@Ccy`."""

    @classmethod
    def under(cls, node: Any, cut: int, *skip: str) -> Leaves:
        """All texts under an element.

        Args:
            node: the element; its own name is not part of the paths.
            cut: the length of the namespace in every tag.
            skip: names of elements that are left alone.
        """
        found = cls()
        found._walk(node, "", cut, skip)
        return found

    def _walk(self, parent: Any, path: str, cut: int, skip: tuple[str, ...]) -> None:
        for child in parent:
            name = child.tag[cut:]
            if name in skip:
                continue
            here = path + name
            if len(child):
                self._walk(child, here + "/", cut, skip)
            elif here in _JOINED:
                before = self[here] + _JOINED[here] if here in self else ""
                self[here] = before + (child.text or "")
            elif here not in self:
                self[here] = (child.text or "").strip()
                if name == "Amt":
                    self[f"{here}@Ccy"] = child.get("Ccy", "")

    def first(self, *paths: str) -> str:
        """The text at the first path that says something; '' where none does."""
        for path in paths:
            text = self.get(path)
            if text and text != _NOTHING:
                return text
        return ""

    def sign(self, *paths: str) -> int:
        """1 for a credit, -1 for a debit.

        Raises:
            Unreadable: neither.
        """
        paths = paths or ("CdtDbtInd",)
        try:
            return _SIGNS[self.first(*paths)]
        except KeyError:
            raise Unreadable(paths[0]) from None

    def cents(self, *paths: str) -> int:
        """An amount, which has no sign of its own.

        Raises:
            Unreadable: absent, negative, not a number or finer than a cent.
        """
        try:
            cents = decimal_to_cents(self.first(*paths))
        except ValueError:
            cents = -1
        if cents < 0:
            raise Unreadable(paths[0])
        return cents

    def number(self, *paths: str) -> int | None:
        """A whole number of at most 18 digits; None where it is absent.

        Raises:
            Unreadable: something else.
        """
        text = self.first(*paths)
        if text and not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise Unreadable(paths[0])
        return int(text) if text else None

    def day(self, *paths: str) -> str:
        """The calendar day of a date or moment as the bank states it; '' where it is absent.

        Raises:
            Unreadable: not a day of the calendar.
        """
        text = self.first(*paths)[:10]
        try:
            return text and date.fromisoformat(text).isoformat()
        except ValueError:
            raise Unreadable(paths[0]) from None
