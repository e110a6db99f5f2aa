"""Made-up identifiers with right check digits: BSN, IBAN, betalingskenmerk."""

from collections.abc import Iterator

WEIGHTS = (2, 4, 8, 5, 10, 9, 7, 3, 6, 1)


def is_bsn(text: str) -> bool:
    """The eleven-test of a citizen number; the number of an employer passes it too.

    >>> is_bsn("999990019"), is_bsn("999990018")
    (True, False)
    """
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(text[:8]))
    return len(text) == 9 and (total - int(text[8])) % 11 == 0


def bsns(start: int) -> Iterator[str]:
    """Valid citizen numbers from `start` upwards; 9999… is never given to a person."""
    return (str(number) for number in range(start, 10**9) if is_bsn(str(number)))


def passes_old_account_test(account: str) -> bool:
    """The eleven-test of Dutch account numbers from before IBAN; real ones mostly pass it."""
    return sum(int(digit) * (10 - place) for place, digit in enumerate(account)) % 11 == 0


def iban(bank: str, serial: int) -> str:
    """An invented IBAN: right by mod-97, wrong by the old eleven-test.

    >>> iban("BNGH", 285000013), iban("INGB", 1001)
    ('NL98BNGH0285000013', 'NL91INGB0000001001')
    """
    account = f"{serial:010d}"
    if passes_old_account_test(account):
        raise ValueError(f"{bank} {account} could be a real account number")
    digits = "".join(str(int(letter, 36)) for letter in f"{bank}{account}NL00")
    return f"NL{98 - int(digits) % 97:02d}{bank}{account}"


def free_iban(bank: str, serial: int) -> str:
    """The first invented IBAN at or after this serial that fails the old eleven-test."""
    while passes_old_account_test(f"{serial:010d}"):
        serial += 1
    return iban(bank, serial)


def kenmerk(client_no: int) -> str:
    """The payment reference of a client: check digit, stream 04, year 26, serial.

    >>> kenmerk(1001), kenmerk(1002)
    ('1042600000001001', '8042600000001002')
    """
    body = f"0426{client_no:011d}"
    total = sum(int(digit) * WEIGHTS[place % 10] for place, digit in enumerate(reversed(body)))
    check = 11 - total % 11
    return str({10: 1, 11: 0}.get(check, check)) + body


def client_text(client_no: int) -> str:
    return f"K{client_no:07d}"
