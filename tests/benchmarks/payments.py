"""Payment files: written, hashed, read back and counted, beside lxml writing the bare XML.

    python -m tests.benchmarks.payments [PAYMENTS]

The bare script knows nothing: it writes the same elements with lxml alone and checks nothing. The
ratio is what the schema, the second count, the hashes and the disk cost. Memory is what the process
grows by while it writes and checks a tenth of the payments, and all of them: it stays the same.
"""

from __future__ import annotations

import io
import sys
import tempfile
import tomllib
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from lxml import etree

from surplus import config
from surplus.config import Settings
from surplus.money import plain
from surplus.payout import export, pain001
from surplus.payout.pain001 import Order
from surplus.payout.profile import Profile
from tests.benchmarks.month import BANK, Seconds
from tests.payout.town import iban

Columns = dict[str, Any]


def main(count: int) -> None:
    """Measure and print."""
    order, payments = order_of(), columns(count)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "payments.xml"
        product = best(lambda: export.written(path, order, payments))
        megabytes = path.stat().st_size / 1e6
    bare = best(lambda: bare_xml(order, payments, io.BytesIO()))
    print(f"{count} payments, {megabytes:.1f} MB")
    print(f"  {'':26} {'wall':>8} {'processor':>10}")
    for name, spent in {"written and checked": product, "bare XML with lxml": bare}.items():
        print(f"  {name:26} {spent.wall:6.2f} s {spent.processor:8.2f} s")
    wall, processor = product.wall / bare.wall, product.processor / bare.processor
    print(f"  {'ratio':26} {wall:6.2f}   {processor:8.2f}")
    for size in (count // 10, count):
        with get_context("spawn").Pool(1) as pool:
            grown = pool.apply(growth, (size,))
        print(f"  {f'memory for {size}':26} {grown:5d} MB more than before")


def best(does: Callable[[], Any], times: int = 3) -> Seconds:
    """The quickest of some tries."""
    spent = []
    for _ in range(times):
        began = Seconds.now()
        does()
        spent.append(began.passed())
    return min(spent)


def order_of() -> Order:
    """The head of a file of a workspace with the settings of `surplus init`."""
    told = tomllib.loads(config.template())
    told["bank"]["iban"] = BANK
    profile = Profile.of(Settings.model_validate(told))
    return Order("SUR20261120002", "2026-11-20", "2026-11-24", BANK, profile)


def columns(count: int) -> Columns:
    """Payments as they are read from the store."""
    return {
        "end_to_end_id": np.array([f"SUR20261120002-{n:06d}" for n in range(1, count + 1)], object),
        "amount_cents": 100_000 + np.arange(count, dtype=np.int64) % 90_000,
        "name": np.array([f"A. de Vries {n}" for n in range(count)], object),
        "iban": np.array([iban(20_000 + n) for n in range(count)], object),
        "remittance": np.array(["Bijstand november 2026"] * count, object),
    }


def growth(count: int) -> int:
    """By how many MB a process grows that writes and checks a file; run in one of its own."""
    order, payments = order_of(), columns(count)
    Path("/proc/self/clear_refs").write_text("5")  # the highest so far is forgotten
    before = _kilobytes("VmRSS")
    with tempfile.TemporaryDirectory() as place:
        export.written(Path(place) / "payments.xml", order, payments)
    return (_kilobytes("VmHWM") - before) // 1024


def _kilobytes(name: str) -> int:
    told = Path("/proc/self/status").read_text()
    return int(told.split(f"{name}:")[1].split()[0])


def bare_xml(order: Order, payments: Columns, file: io.BytesIO) -> None:
    """The same elements, written by lxml as a stream."""
    cents = payments["amount_cents"].tolist()
    with etree.xmlfile(file, encoding="UTF-8") as out:
        out.write_declaration()
        with out.element("Document", nsmap={None: pain001.NAMESPACE + order.profile.version}):
            with out.element("CstmrCdtTrfInitn"), out.element("PmtInf"):
                for end, amount, name, account, text in zip(
                    payments["end_to_end_id"], cents, payments["name"], payments["iban"],
                    payments["remittance"], strict=True,
                ):  # fmt: skip
                    out.write(_transfer(end, plain(amount), name, account, text))


def _transfer(end: str, amount: str, name: str, account: str, text: str) -> Any:
    whole = etree.Element("CdtTrfTxInf")
    identity = etree.SubElement(whole, "PmtId")
    etree.SubElement(identity, "InstrId").text = end
    etree.SubElement(identity, "EndToEndId").text = end
    sum_of = etree.SubElement(etree.SubElement(whole, "Amt"), "InstdAmt", Ccy="EUR")
    sum_of.text = amount
    etree.SubElement(etree.SubElement(whole, "Cdtr"), "Nm").text = name
    place = etree.SubElement(etree.SubElement(whole, "CdtrAcct"), "Id")
    etree.SubElement(place, "IBAN").text = account
    etree.SubElement(etree.SubElement(whole, "RmtInf"), "Ustrd").text = text
    return whole


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
