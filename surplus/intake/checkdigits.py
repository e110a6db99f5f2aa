"""Check digits of a whole column at once: IBAN (mod-97).

The eleven-test of BSN and RSIN stands in `columns.py`, the payment reference's in
`surplus/payment_reference.py`.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from stdnum import iban as any_country

from surplus.intake.columns import matches, whole
from surplus.intake.notes import Mask

#: Countries whose accounts a SEPA payment reaches, beside the Netherlands.
SEPA = (
    "AD|AL|AT|BE|BG|CH|CY|CZ|DE|DK|EE|ES|FI|FR|GB|GI|GR|HR|HU|IE|IS|IT|LI|LT|LU|LV|MC|MD|ME|MK|MT|"
    "NO|PL|PT|RO|RS|SE|SI|SK|SM|VA"
)
#: Banks in the public Dutch list of bank codes. It ages: another code is only worth a warning.
DUTCH_BANKS = (
    "ABNA|ABNC|ADYB|AEGO|ANDL|ARBN|ARSN|ASNB|ATBA|BARC|BCDM|BCIT|BICK|BINK|BITS|BKCH|BKMG|BLGW|"
    "BMEU|BNDA|BNGH|BNPA|BOFA|BOFS|BOTK|BUNQ|CHAS|CITC|CITI|COBA|DELE|DEUT|DHBN|DLBK|DNIB|EBPB|"
    "EBUR|FBHL|FLOR|FRNX|FTSB|FVLB|FXBB|GILL|HAND|HHBA|HSBC|ICBC|ICBK|ICEP|INGB|ISAE|ISBK|KABA|"
    "KASA|KNAB|KOEX|KRED|LOCY|LOYD|LPLN|MHCB|MOYO|NNBA|NTSB|NWAB|PCBC|RABO|RBRB|REVO|SNSB|SOGE|"
    "TRIO|UGBI|VOWA|VPAY|ZWLB"
)
_DUTCH = "NL[0-9]{2}[A-Z]{4}[0-9]{10}"


def iban_valid(column: pa.ChunkedArray) -> Mask:
    """Where the text is the IBAN of a SEPA country: length, structure and mod-97.

    The eleven-test of old Dutch account numbers is not applied: former Postbank numbers fail it.
    """
    dutch = matches(column, _DUTCH)
    valid = dutch & _remainder_is_one(pc.if_else(pa.array(dutch), column, "NL00AAAA0000000000"))
    for row in np.flatnonzero(matches(column, f"(?:{SEPA})[0-9]{{2}}[0-9A-Z]{{11,30}}")).tolist():
        valid[row] = any_country.is_valid(str(column[row]), check_country=False)
    return valid


def bank_known(column: pa.ChunkedArray) -> Mask:
    """Where a Dutch IBAN names a bank of the list; other countries pass."""
    return matches(column, f"NL[0-9]{{2}}(?:{DUTCH_BANKS}).*|[A-MO-Z].*|N[A-KM-Z].*")


def _remainder_is_one(column: pa.ChunkedArray) -> Mask:
    """ISO 7064 mod 97-10 over Dutch IBANs: country and check digits go to the end, A is 10."""
    check, _ = whole(pc.utf8_slice_codeunits(column, 2, 4))
    account, _ = whole(pc.utf8_slice_codeunits(column, 8, 18))
    banks = pc.utf8_slice_codeunits(column, 4, 8).combine_chunks().dictionary_encode()
    spelled = [
        int("".join(str(int(letter, 36)) for letter in str(bank))) for bank in banks.dictionary
    ]
    bank = np.array(spelled, np.int64)[banks.indices.to_numpy()]
    # The bank's letters, ten digits, NL (2321) and the check digits, as one number.
    total = bank % 97 * (10**16 % 97) + account % 97 * (10**6 % 97) + 232_100 + check
    return np.asarray(total % 97 == 1)
