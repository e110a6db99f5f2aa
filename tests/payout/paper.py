"""Status reports as a bank would write them, for tests: pain.002 from a few words."""

from __future__ import annotations

MESSAGE = "SUR20261120002"


def written(
    *, group: str = "", debit: str = "", payments: dict[int, str] | None = None, number: int = 1,
    original: str = MESSAGE, count: int = 3, total: str = "4465.54", version: str = "001.12",
    extra: str = "", debit_id: str = "",
) -> bytes:  # fmt: skip
    """A report; a status is a code, or a code and the reason behind it: `RJCT AC04`."""

    def told(tag: str, status: str) -> str:
        code, _, reason = status.partition(" ")
        why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
        return f"<{tag}>{code}</{tag}>{why}" if code else ""

    ids = {n: f"{original}-{n:06d}" for n in payments or {}}
    lines = "".join(
        f"<TxInfAndSts><OrgnlInstrId>{ids[n]}</OrgnlInstrId><OrgnlEndToEndId>{ids[n]}"
        f"</OrgnlEndToEndId>{told('TxSts', status)}{extra}</TxInfAndSts>"
        for n, status in (payments or {}).items()
    )
    below = (
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{debit_id or original + '-P1'}</OrgnlPmtInfId>"
        f"{told('PmtInfSts', debit)}{lines}</OrgnlPmtInfAndSts>"
        if debit or lines
        else ""
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.{version}"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>STS-{number}</MsgId><CreDtTm>2026-11-24T09:{number:02d}:00</CreDtTm>"
        f"</GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{original}</OrgnlMsgId>"
        f"<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><OrgnlNbOfTxs>{count}</OrgnlNbOfTxs>"
        f"<OrgnlCtrlSum>{total}</OrgnlCtrlSum>{told('GrpSts', group)}</OrgnlGrpInfAndSts>{below}"
        f"</CstmrPmtStsRpt></Document>"
    ).encode()
