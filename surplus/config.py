"""surplus.toml: typed settings of one workspace, with defaults from `config/surplus.toml`.

Unknown keys are refused with the nearest known one; `origins` tells of each setting whether it
comes from the workspace's file or is a default.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import tomllib
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from stdnum import iban
from stdnum.nl import bsn

from surplus.money import rate_of
from surplus.problems import Refusal
from surplus.resources import resource

FILE = "surplus.toml"
#: The layouts of suppliers, where there are any.
COLUMNS_FILE = "columns.toml"
#: The placeholder that `surplus init` writes: no bank account yet.
NO_IBAN = "NL…"

Right = Literal[
    "import", "settle", "prepare", "release", "cancel", "decide", "assign", "findings", "rerun",
    "audit", "approve", "changes", "export",
]  # fmt: skip


def _rate(value: Any) -> int:
    if not (isinstance(value, str) and re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", value)):
        raise ValueError('write a percentage as text, such as "36.5"')
    return rate_of(value)


#: A percentage written as text, held as an integer per 100,000.
Rate = Annotated[int, BeforeValidator(_rate)]


def _account(value: str) -> str:
    if value != NO_IBAN and not iban.is_valid(value):
        raise ValueError(f"{value} is no IBAN: its check digits or its length are wrong")
    return value


#: The IBAN of an account, or the placeholder.
Account = Annotated[str, AfterValidator(_account)]


def _legal_entity(value: str) -> str:
    if value and not bsn.is_valid(value):  # the two share one register and one check
        raise ValueError(f"{value} is no RSIN: its check digit or its length is wrong")
    return value


#: The number of a legal entity (RSIN), or '' where it is not told.
Rsin = Annotated[str, AfterValidator(_legal_entity)]


def _day(value: str) -> str:
    if date.fromisoformat(value).isoformat() != value:
        raise ValueError("write a day as 2026-12-18")
    return value


#: A day as `2026-12-18`, and a month as `2026-12`.
DayText = Annotated[str, AfterValidator(_day)]
MonthText = Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
#: What the store can hold of a number, with room to add up.
LARGEST = 10**15


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class MunicipalityKeys(_Section):
    """The municipality (gemeente) that this workspace is."""

    code: str = Field(pattern=r"^[0-9]{4}$")
    name: str = Field(min_length=1, max_length=70)
    language: Literal["nl", "en"]
    environment: Literal["TEST", "PRODUCTIE"]
    rsin: Rsin


class DatabaseKeys(_Section):
    """Where the store is."""

    url: str


class ProfileKeys(_Section):
    """What the bank wants of a payment file (pain.001)."""

    version: Literal["pain.001.001.09", "pain.001.001.03"]
    bic: str = Field(pattern=r"^([A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?)?$")
    batch_booking: bool
    category_purpose: str = Field(pattern=r"^([A-Z]{4})?$")
    priority: Literal["NORM", "HIGH"]
    max_per_file: int = Field(ge=1, le=99_999)
    max_per_group: int = Field(ge=1, le=99_999)
    transliterate: bool


class BankKeys(_Section):
    """The buffer bank account."""

    iban: Account
    funding_ibans: list[Account]
    name: str = Field(max_length=70)
    profile: ProfileKeys


class PaydayKeys(_Section):
    """The one fixed date (vaste betaaldatum)."""

    rule: Literal["last-banking-day"] | Annotated[int, Field(ge=1, le=28)]
    shift: Literal["preceding", "following"]
    prepare_days_before: int = Field(ge=0, le=10)
    approve_days_before: int = Field(ge=0, le=10)
    cut_off: str = Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    exceptions: dict[MonthText, DayText] = {}


class FixedPaymentKeys(_Section):
    """The one fixed amount (vast bedrag)."""

    basis: Literal["norm", "norm+exemption"]


class IncomeKeys(_Section):
    """How income is read and counted."""

    holiday_mode: Literal["INCL", "EXCL"]
    holiday_claim_method: Literal["PAYROLL", "TABLE"]
    net: Literal["INDICATIVE", "STATUTORY"]
    special_rate: Rate
    cash_follows: Literal["receipt", "data"]
    precedence: list[Literal["payslip", "manual", "delivery", "estimate"]]
    four_weekly: Literal["13/12", "by-days", "end-date", "payment-month"]
    weekly: Literal["by-days"]
    deadline_month: int = Field(ge=1, le=12)
    deadline_day: int = Field(ge=1, le=28)
    tolerance_cents: int = Field(ge=0, le=LARGEST)
    tolerance_percent: int = Field(ge=0, le=100)


class ExemptionKeys(_Section):
    """Choices about the earnings exemption (inkomstenvrijlating)."""

    tolerate_under27_2026: bool
    old_exemptions_run_on: bool


class ExpectedKeys(_Section):
    """By when each source delivers; 0: nothing is expected of it."""

    doorlevering: int = Field(ge=0, le=28)
    payslip: int = Field(ge=0, le=28)
    clients: int = Field(ge=0, le=28)
    camt053: int = Field(ge=0, le=28)


class IntakeKeys(_Section):
    """What is taken in, and what the signal service was asked to deliver."""

    schemas: str
    max_bytes: int = Field(gt=0, le=LARGEST)
    max_rows: int = Field(gt=0, lt=10_000_000)  # a fact's number has room for so many lines
    max_columns: int = Field(gt=0, le=10_000)
    max_row_bytes: int = Field(gt=0, le=10_000_000)
    max_cell_chars: int = Field(gt=0, le=1_000_000)
    max_depth: int = Field(gt=0, le=256)  # the XML library itself goes no deeper
    max_message_bytes: int = Field(gt=0, le=100_000_000)
    max_workbook_bytes: int = Field(gt=0, le=LARGEST)
    max_workbook_rows: int = Field(gt=0, le=1_048_576)
    max_unpacked_bytes: int = Field(gt=0, le=LARGEST)
    max_unpacked_ratio: int = Field(gt=0, le=1_000)
    new_periods: bool
    corrected_periods: bool
    claim_in_net: bool
    expected: ExpectedKeys


class Signals(_Section):
    """Which rows of an overview are about income."""

    column: str
    income: list[str] = Field(min_length=1)


class Layout(_Section):
    """How a supplier's own layout of a delivery becomes ours; see `intake.layouts`."""

    version: str = Field(min_length=1)
    envelope: Literal["H/T", "none"]
    columns: dict[str, str]  # the supplier's, all of them in any order -> ours, '' where unused
    constants: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}  # by the supplier's column: its word -> ours
    delivery: dict[str, str] = {}  # without lines of its own: what the file tells as a whole
    signals: Signals | None = None
    separator: Literal[";", ",", "|", "\t"] = ";"
    decimal: Literal[",", "."] = ","
    dates: Literal["YYYYMMDD", "YYYY-MM-DD", "DD-MM-YYYY"] = "YYYYMMDD"


class SurplusKeys(_Section):
    """What happens to a surplus."""

    policy: Literal["pay-next", "keep-to-cap"]
    only_received: bool
    cap_cents: int = Field(ge=0, le=LARGEST)


class ShortfallKeys(_Section):
    """What happens to a shortfall."""

    offset: Literal["from-surplus", "instalments"]
    offset_reserve_at_exit: bool


class LimitKeys(_Section):
    """Outside these a batch waits for a release with reason, a bank item for a second person."""

    payment_cents: int = Field(gt=0, le=LARGEST)
    batch_change_percent: int = Field(ge=0, le=LARGEST)
    count_change_percent: int = Field(ge=0, le=LARGEST)
    assign_cents: int = Field(ge=0, le=LARGEST)


class LedgerAccount(_Section):
    """Where an account of the buffer books stands in the municipality's general ledger."""

    account: str = Field(min_length=1, max_length=30)
    cost_centre: str = Field(default="", max_length=30)  # kostenplaats
    taakveld: str = Field(default="", pattern=r"^([0-9]\.[0-9]{1,3}[a-z]?)?$")  # of the BBV


class GeneralLedgerKeys(_Section):
    """The municipality's own general ledger (grootboek)."""

    accounts: dict[Annotated[str, Field(pattern=r"^[0-9]{4}$")], LedgerAccount]


class Indicator(_Section):
    """A yearly total that SiSa asks for: which results it adds up, as booked or as paid."""

    name: str = Field(min_length=1, max_length=200)
    accounts: list[Annotated[int, Field(ge=4000, le=8999)]] = Field(min_length=1)
    basis: Literal["accrual", "cash"]

    @model_validator(mode="after")
    def _cash_is_of_benefit(self) -> Self:
        if self.basis == "cash" and self.accounts != [4000]:
            raise ValueError("on cash basis there is one figure, of account 4000")
        return self


class SisaKeys(_Section):
    """The indicators of SiSa, which change each year."""

    indicators: dict[Annotated[str, Field(pattern=r"^[A-Z][0-9]{1,3}[A-Z]?/[0-9]{2}$")], Indicator]

    @model_validator(mode="after")
    def _each_account_once(self) -> Self:
        listed = [a for i in self.indicators.values() if i.basis == "accrual" for a in i.accounts]
        if twice := sorted({account for account in listed if listed.count(account) > 1}):
            raise ValueError(f"account {twice[0]} is in two indicators")
        return self


class FourEyesKeys(_Section):
    """Where a second person is needed."""

    batch: bool
    iban_change: bool
    release_cents: int = Field(ge=0, le=LARGEST)
    signature: bool


class StaffKeys(_Section):
    """When people are there, beside the days of TARGET."""

    closed_days: list[DayText]


#: An address on the web.
Address = Annotated[str, Field(pattern=r"^(https?://\S+)?$")]


class NotifyKeys(_Section):
    """Who is told what a night came to."""

    mail_to: list[Annotated[str, Field(pattern=r"^[^@\s,]+@[^@\s,]+$")]]
    mail_from: str = Field(pattern=r"^([^@\s,]+@[^@\s,]+)?$")
    smtp: str = Field(pattern=r"^[A-Za-z0-9.\-]+(:[0-9]{1,5})?$")
    smtp_tls: bool
    webhook: Address
    ping: Address


class Operator(_Section):
    """Someone who works here: which accounts of the operating system, which rights, who stands in
    during a leave, and the public key (OpenSSH) that an approval is signed with.
    """

    os_users: list[str] = []
    rights: list[Right]
    substitute: str = ""
    substitute_from: Literal[""] | DayText = ""
    substitute_until: Literal[""] | DayText = ""
    signing_key: str = ""

    @model_validator(mode="after")
    def _whole_leave(self) -> Self:
        leave = (self.substitute, self.substitute_from, self.substitute_until)
        if any(leave) and not all(leave):
            raise ValueError("a substitute needs substitute_from and substitute_until")
        return self


class Settings(_Section):
    """All of surplus.toml."""

    municipality: MunicipalityKeys
    database: DatabaseKeys
    bank: BankKeys
    payday: PaydayKeys
    fixed_payment: FixedPaymentKeys
    income: IncomeKeys
    exemption: ExemptionKeys
    intake: IntakeKeys
    surplus: SurplusKeys
    shortfall: ShortfallKeys
    limits: LimitKeys
    general_ledger: GeneralLedgerKeys
    sisa: SisaKeys
    four_eyes: FourEyesKeys
    staff: StaffKeys
    notify: NotifyKeys
    operators: dict[str, Operator]
    layouts: dict[str, Layout] = {}  # columns.toml

    @model_validator(mode="after")
    def _known_substitutes(self) -> Self:
        named = {keys.substitute for keys in self.operators.values()} - {""}
        if strangers := sorted(named - set(self.operators)):
            raise ValueError(f"substitute {strangers[0]} is no operator")
        return self

    @property
    def code(self) -> str:
        """The municipality's code, the first key of every row."""
        return self.municipality.code

    def bank_iban(self) -> str:
        """The buffer bank account.

        Raises:
            Refusal: it has not been filled in.
        """
        if self.bank.iban in ("", NO_IBAN):
            raise Refusal(
                "bank.iban is not filled in",
                f"write the buffer bank account in {FILE}, [bank] iban",
            )
        return self.bank.iban

    def policy(self) -> dict[str, Any]:
        """The keys that decide figures of a month: what a settlement pins (design.md §6)."""
        income = self.income.model_dump(
            include={"holiday_mode", "holiday_claim_method", "net", "special_rate", "cash_follows",
                     "precedence", "four_weekly", "weekly", "tolerance_cents",
                     "tolerance_percent"}
        )  # fmt: skip
        return {
            "income": income,
            "exemption": self.exemption.model_dump(),
            "fixed_payment": self.fixed_payment.model_dump(),
        }


def template() -> str:
    """The commented file that `surplus init` writes."""
    return resource("config", FILE).read_text(encoding="utf-8")


def load(home: Path) -> Settings:
    """The settings in force in a workspace, with the layouts of its suppliers.

    Raises:
        Refusal: no workspace there, not TOML, an unknown key or a value that does not fit; every
            wrong key is named.
    """
    told = _told_by_both(home)
    try:
        return Settings.model_validate(_merged(tomllib.loads(template()), told))
    except ValidationError as error:
        raise Refusal(
            f"{home / FILE}: " + "; ".join(_sentence(e) for e in error.errors()),
            "surplus config shows every key with its value and meaning",
        ) from None


def origins(home: Path) -> dict[str, tuple[Any, str]]:
    """Every effective setting: dotted key -> (value, where it comes from)."""
    told = _told_by_both(home)
    effective = _flat(_merged(tomllib.loads(template()), told))
    origin = dict.fromkeys(_flat(told), FILE)
    origin |= {key: COLUMNS_FILE for key in origin if key.startswith("layouts.")}
    return {k: (v, origin.get(k, "default")) for k, v in sorted(effective.items())}


def database_url(home: Path, url: str) -> str:
    """The URL with a relative SQLite path resolved against the workspace."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return url  # opening it says so
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        return f"sqlite:///{home / parsed.database}"
    return url


def digest(content: Any) -> str:
    """A short stable hash of anything JSON can hold."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _told_by_both(home: Path) -> dict[str, Any]:
    try:
        told = _told(home / FILE)
    except FileNotFoundError:
        raise Refusal(
            f"{home} is no workspace: it has no {FILE}",
            "surplus init DIR makes one; --home DIR points at one",
        ) from None
    with suppress(FileNotFoundError):
        told["layouts"] = _told(home / COLUMNS_FILE)
    return told


def _told(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal(f"{path} is not valid TOML: {error}", "mend that line") from None
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}", "check its rights") from None


def _merged(defaults: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """Defaults overlaid with what is told; operators are one value, not merged name by name."""
    merged = dict(defaults)
    for key, value in told.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both and key != "operators" else value
    return merged


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def _sentence(error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] != "extra_forbidden":
        return f"{key}: {error['msg']}"
    tree = tomllib.loads(template())
    known = [*tree, *_flat(tree)]
    if key.startswith("layouts."):
        known = [f"layouts.{error['loc'][1]}.{name}" for name in Layout.model_fields]
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.4)
    return f"{key} is not a known key" + (f"; did you mean {near[0]}?" if near else "")
