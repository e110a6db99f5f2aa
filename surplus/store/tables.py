"""Every table of the store, and nothing else: what one row is stands above each table.

Conventions, the same everywhere:

* the first key column is `municipality` (gemeentecode, four digits as text);
* a client is the integer behind its number (`K0001001` is 1001), a month the integer `yyyymm`
  (202603);
* money is integer cents, a date ISO text (`2026-03-31`), a moment ISO text in UTC;
* `recorded_on` is the business date of the run that wrote the row: "known on D" means
  `recorded_on <= D`; columns named in `CLOCK_COLUMNS` are audit information, in no comparison;
* a table in `APPEND_ONLY` refuses UPDATE and DELETE on both engines (triggers of the first
  migration);
* a table in `CLUSTERED` has keys that grow with time and is stored in key order (WITHOUT ROWID).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

metadata = MetaData()

#: Whole numbers: 64 bits on PostgreSQL, INTEGER on SQLite (STRICT knows no other name).
Whole = BigInteger().with_variant(Integer(), "sqlite")

CLUSTERED: set[str] = set()
APPEND_ONLY: set[str] = set()
#: Columns that differ between two equal runs: left out of canonical dumps, seals and exports.
CLOCK_COLUMNS = {"started_at", "ended_at", "at", "until", "token", "holder", "attempt", "log_file"}
#: Tables that only say who is working now, and where.
CLOCK_TABLES = {"lease", "workspace"}


def whole(name: str, **options: Any) -> Column[int]:
    """A required whole number: cents, a month, an id."""
    return Column(name, Whole, nullable=False, **options)


def words(name: str, **options: Any) -> Column[str]:
    """Required text; the empty string means 'not told'."""
    return Column(name, Text, nullable=False, **options)


def maybe_whole(name: str) -> Column[int]:
    """A whole number that may be absent (absent is not zero)."""
    return Column(name, Whole, nullable=True)


def maybe_words(name: str) -> Column[str]:
    """Text that may be absent, used for dates without an end."""
    return Column(name, Text, nullable=True)


def _table(
    name: str, key: str, *columns: Any, append_only: bool = False, clustered: bool = False
) -> Table:
    """A table whose primary key is `municipality` followed by the columns named in `key`."""
    keys = key.split()
    for column in columns:
        if isinstance(column, Column) and column.name in keys:
            column.primary_key = True
    if append_only:
        APPEND_ONLY.add(name)
    if clustered:
        CLUSTERED.add(name)
    return Table(
        name,
        metadata,
        Column("municipality", Text, primary_key=True),
        *columns,
        sqlite_strict=True,
        sqlite_with_rowid=not clustered,
    )


def _recorded() -> tuple[Column[Any], ...]:
    """Where a fact comes from: the run and its business date, the delivery and the line in it."""
    return (whole("run"), words("recorded_on"), whole("delivery"), whole("line"))


# --- the people and what was agreed with them ---------------------------------------------------

#: A case (dossier) as told: number, where the money goes, how to reach the client. Versions.
client = _table(
    "client",
    "client version",
    whole("client"),
    whole("version"),
    words("status"),  # AANGEMELD ACTIEF GEPAUZEERD BEEINDIGD OVERLEDEN
    words("iban"),
    words("account_name"),
    words("surname"),
    words("prefix"),
    words("initials"),
    words("gender"),
    words("household"),  # ALLEENSTAANDE ALLEENSTAANDE_OUDER GEHUWD
    whole("cost_sharers"),
    words("norm_category"),
    words("contact"),
    words("email"),
    words("phone"),
    words("street"),
    words("house_number"),
    words("postcode"),
    words("town"),
    words("language"),
    words("reference"),  # betalingskenmerk, one per client, never reused
    words("valid_from"),
    *_recorded(),
    append_only=True,
)
Index("ix_client_reference", client.c.municipality, client.c.reference)

#: A member of the household: 1 the client, 2 the partner. Versions, in step with `client.version`.
person = _table(
    "person",
    "client person version",
    whole("client"),
    whole("person"),
    whole("version"),
    words("bsn"),
    maybe_words("birth_date"),
    words("valid_from"),
    *_recorded(),
    append_only=True,
)
Index("ix_person_bsn", person.c.municipality, person.c.bsn)

#: A right to an earnings exemption of a person, with its baseline. In step with `client.version`.
exemption = _table(
    "exemption",
    "client person version kind",
    whole("client"),
    whole("person"),
    whole("version"),
    words("kind"),  # the code of the client file: VRIJLATING_25, ALLEENSTAANDE_OUDER, …
    words("right_from"),
    maybe_whole("months_entitled"),
    whole("months_used"),  # before the first month that this workspace settles
    words("valid_from"),
    *_recorded(),
    append_only=True,
)

#: Participation: from, until, consent, what is paid. In step with `client.version`.
agreement = _table(
    "agreement",
    "client version",
    whole("client"),
    whole("version"),
    words("starts_on"),
    maybe_words("ends_on"),
    words("consent_on"),
    words("consent_version"),
    maybe_words("withdrawn_on"),
    maybe_whole("buffer_cap"),
    maybe_whole("override_cents"),
    words("override_number"),
    maybe_words("override_until"),
    words("valid_from"),
    *_recorded(),
    append_only=True,
)

#: The day from which this administration counts for a client who came from an older one: earlier
#: months are never settled here. Its balances stand in the entry `client-opening`.
opening = _table(
    "opening",
    "client",
    whole("client"),
    words("opens_on"),  # the first day of a month
    words("source"),  # the older administration, in its own words
    whole("change"),
    *_recorded(),
    append_only=True,
)

#: A person at an employer (loonheffingennummer); a receivable belongs to it. First telling counts.
employment = _table(
    "employment",
    "employment",
    whole("employment"),
    whole("client"),
    whole("person"),
    words("employer"),
    words("name"),  # as first told; matched with the sender's name on a statement
    whole("run"),
    words("recorded_on"),
    append_only=True,
)
Index(
    "uq_employment",
    employment.c.municipality,
    employment.c.client,
    employment.c.person,
    employment.c.employer,
    unique=True,
)

#: A row of the workspace's own norms. A later row for category and start supersedes the earlier.
norm = _table(
    "norm",
    "norm",
    whole("norm"),
    words("category"),
    words("valid_from"),
    words("valid_until"),
    whole("net_cents"),
    whole("holiday_cents"),
    whole("total_cents"),
    words("number"),
    words("source"),
    words("author"),
    words("authored_on"),
    words("approver"),
    words("approved_on"),
    words("state"),  # recorded | held
    *_recorded(),
    append_only=True,
)

#: A municipality's own parameter row, beside those that travel with the program.
parameter = _table(
    "parameter",
    "parameter",
    whole("parameter"),
    words("name"),
    words("household"),
    words("age_band"),
    words("valid_from"),
    words("amount"),
    words("unit"),
    words("source"),
    words("number"),
    whole("run"),
    words("recorded_on"),
    append_only=True,
)

#: What a person decided and a second person approved.
decision = _table(
    "decision",
    "decision",
    whole("decision"),
    whole("client"),
    words("kind"),
    maybe_whole("month"),
    maybe_whole("amount_cents"),
    maybe_words("valid_from"),
    maybe_words("valid_until"),
    words("employer"),
    words("payee"),
    words("value"),  # what is decided where that is no amount: 10%, self, by-days
    maybe_words("payee_iban"),  # where the money of a decision goes; else NULL, as the next three
    maybe_words("payee_name"),
    maybe_words("payee_reference"),  # betalingskenmerk, or what the payee knows the client by
    maybe_whole("item"),  # the bank item that is refunded
    words("number"),
    words("reason"),
    words("asked_by"),
    words("approved_by"),
    whole("change"),
    whole("run"),
    words("recorded_on"),
    append_only=True,
)
Index("ix_decision_client", decision.c.municipality, decision.c.client)

#: A change that waits for a second person, from a file or a command.
change = _table(
    "change",
    "change",
    whole("change"),
    words("kind"),  # client:<field> | decision:<kind> | norm | parameter | opening
    whole("client"),
    words("field"),
    words("old"),
    words("new"),
    words("payload"),  # JSON: what approval writes
    words("state"),  # waiting | approved | rejected | superseded
    words("asked_by"),
    words("asked_on"),
    words("decided_by"),
    words("decided_on"),
    words("reason"),
    whole("run"),
    whole("delivery"),
    whole("line"),
)
Index("ix_change_state", change.c.municipality, change.c.state)

#: Who may do what, as it was confirmed; the latest version counts.
operator_rights = _table(
    "operator_rights",
    "version",
    whole("version"),
    words("operators"),  # JSON of [operators] in surplus.toml
    words("confirmed_by"),
    whole("run"),
    words("recorded_on"),
    append_only=True,
)

# --- what came in --------------------------------------------------------------------------------

#: A file taken in or refused.
delivery = _table(
    "delivery",
    "delivery",
    whole("delivery"),
    # clients | norms | opening | doorlevering | suwi | payslip | pain002 | camt053 | unknown
    words("kind"),
    words("file"),
    words("sha256"),
    whole("bytes"),
    words("sender_id"),  # leveringsnummer, LeveringId, statement message id
    maybe_words("sent_on"),  # leverdatum: first part of the sender's order key
    words("sent_id"),  # second part: leveringsnummer, or Volgnummer with leading zeros
    maybe_whole("month"),
    words("scope"),  # VOLLEDIG | MUTATIES | ''
    words("verdict"),  # accepted | refused | duplicate
    words("codes"),  # JSON list of [code, severity]
    words("counts"),  # JSON
    words("totals"),  # JSON, cents
    words("read_as"),  # JSON: layout and version, settings of the signal service; '{}' of others
    whole("run"),
    words("recorded_on"),
    append_only=True,
)
Index("ix_delivery_sha", delivery.c.municipality, delivery.c.sha256)
Index("ix_delivery_sender", delivery.c.municipality, delivery.c.kind, delivery.c.sender_id)

#: An income fact: what one row told of one period of one relation. Never updated.
income = _table(
    "income",
    "month income",
    whole("month"),  # month in which the period ends
    whole("income"),
    whole("client"),
    whole("person"),
    whole("employment"),
    words("relation"),  # volgnr_ikv; '' of a payslip, which tells none
    words("period_begin"),
    words("period_end"),
    words("period_kind"),  # 06 month, 05 four weeks, …
    words("source"),  # delivery | payslip | manual | estimate
    words("state"),  # recorded | withdrawn
    words("sent_on"),  # the sender's order key: leverdatum; of a payslip betaaldatum …
    words("sent_id"),  # … then leveringsnummer; of a payslip the decision that accepted it, or ''
    words("income_code"),  # cd_srt_ikv
    words("tag"),
    words("relation_begin"),
    maybe_words("relation_end"),
    maybe_whole("tax_credit"),  # ind_lhk: 1 the wage tax credit is applied, 2 it is not
    maybe_words("paid_on"),  # betaaldatum of a payslip
    maybe_whole("occurrence"),  # of a payslip: the how manieth equal one of its period; else absent
    maybe_words("sender_iban"),  # iban_werkgever, where a payslip tells one
    maybe_whole("gross_sv"),  # bruto_loon_sv; bruto_loon of a payslip
    maybe_whole("wage_tax_base"),  # loon_lb
    maybe_whole("wage_tax"),  # ingehouden_lb; loonheffing of a payslip
    maybe_whole("holiday_paid"),  # vakantietoeslag, vakantietoeslag_bruto
    maybe_whole("holiday_paid_net"),  # vakantietoeslag_netto
    maybe_whole("holiday_accrued"),  # opgb_recht_vt
    maybe_whole("holiday_accrued_net"),  # opbouw_vt_netto
    maybe_whole("extra_paid"),  # extra_prd_salaris, eindejaarsuitkering_bruto
    maybe_whole("extra_paid_net"),  # eindejaarsuitkering_netto
    maybe_whole("extra_accrued"),  # opgb_recht_eps
    maybe_whole("travel"),  # reiskosten_onbelast
    maybe_whole("company_car"),  # waarde_auto
    maybe_whole("health_levy"),  # inhouding_zvw
    maybe_whole("net"),  # indicatief_netto
    maybe_whole("net_special"),  # indicatief_netto_bijz
    maybe_whole("claim"),  # claim to holiday allowance that was told inside the net: taken out
    maybe_whole("net_paid"),  # netto_loon_uitbetaald of a payslip, as all below
    maybe_whole("net_payable"),  # netto_verrekenbaar
    maybe_whole("allowance"),  # overige_vergoeding_onbelast
    maybe_whole("deductions"),  # inhoudingen_overig; the next three are parts of it
    maybe_whole("pension"),  # pensioen
    maybe_whole("voluntary"),  # inhouding_vrijwillig
    maybe_whole("attachment"),  # beslag
    *_recorded(),
    append_only=True,
    clustered=True,
)
Index("ix_income_run", income.c.municipality, income.c.run)

#: Facts that count no more: what the sender had told before them arrived later, and they do not
#: agree with it. Their rows wait in `rejected_row`; one that fits again is a new fact.
set_aside = _table(
    "set_aside",
    "month income",
    whole("month"),
    whole("income"),
    whole("run"),
    words("recorded_on"),
    append_only=True,
    clustered=True,
)

_SPREADS = text("period_kind <> '06' OR extra_paid <> 0")
#: The few facts that say something of other months than the one in which their period ends.
Index(
    "ix_income_spreads",
    income.c.municipality,
    income.c.employment,
    sqlite_where=_SPREADS,
    postgresql_where=_SPREADS,
)

_OF_PAYSLIPS = text("source = 'payslip'")
#: The payslips of an employment, among very many deliveries.
Index(
    "ix_income_payslip",
    income.c.municipality,
    income.c.employment,
    sqlite_where=_OF_PAYSLIPS,
    postgresql_where=_OF_PAYSLIPS,
)

#: Who pays whom, as payslips tell it.
Index(
    "ix_income_sender",
    income.c.municipality,
    income.c.sender_iban,
    sqlite_where=_OF_PAYSLIPS,
    postgresql_where=_OF_PAYSLIPS,
)

#: One thing said about one row of a file; a row has as many as it has codes.
rejected_row = _table(
    "rejected_row",
    "rejected",
    whole("rejected"),
    whole("delivery"),
    whole("line"),
    words("field"),
    words("code"),
    words("severity"),  # E H W I
    words(
        "state"
    ),  # rejected | held | asked | released | corrected | dropped | recorded | unchanged
    whole("client"),  # 0 where unknown
    whole("person"),  # of the client; 0 where unknown
    maybe_whole("month"),
    words("raw"),  # JSON of the fields as read, for rows that are held or rejected; else ''
    whole("run"),
    words("recorded_on"),
)
Index(
    "ix_rejected_delivery",
    rejected_row.c.municipality,
    rejected_row.c.delivery,
    rejected_row.c.line,
)
Index("ix_rejected_state", rejected_row.c.municipality, rejected_row.c.state)

# --- what was settled ----------------------------------------------------------------------------

#: Policy, parameters and norm rows as they were when a month was first settled.
basis = _table(
    "basis",
    "basis",
    whole("basis"),
    words("policy"),  # JSON of the policy keys that rules read
    words("policy_hash"),
    words("parameters"),  # JSON of the parameter rows
    words("parameters_hash"),
    whole("norms_until_run"),  # norm rows recorded by later runs do not count
    whole("run"),
    words("recorded_on"),
    append_only=True,
)

#: The figures of a client-month. A later version supersedes; the ledger holds the difference.
settlement = _table(
    "settlement",
    "month client version",
    whole("month"),
    whole("client"),
    whole("version"),
    words("state"),  # settled | open (became open again: all figures zero)
    words("cause"),  # data | decision | parameter | policy | code
    whole("norm_cents"),  # N
    whole("wage_cents"),  # W
    whole("countable_cents"),  # C
    whole("exemption_cents"),  # E
    whole("benefit_cents"),  # Bp, the paid part
    whole("holiday_allowance_cents"),  # R
    whole("passed_on_cents"),
    whole("entitlement_cents"),  # D
    whole("fixed_cents"),  # F as agreement and norm say; the obligation's amount goes before it
    whole("countable_1"),  # of the client
    whole("exemption_1"),
    words("exemption_kind_1"),
    whole("months_used_1"),  # of exemption n, this month included
    whole("countable_2"),  # of the partner
    whole("exemption_2"),
    words("exemption_kind_2"),
    whole("months_used_2"),
    whole("basis"),
    words("rules_hash"),
    whole("run"),
    words("recorded_on"),
    append_only=True,
    clustered=True,
)
Index("ix_settlement_run", settlement.c.municipality, settlement.c.run)

#: The part W of a settlement per employment.
settlement_wage = _table(
    "settlement_wage",
    "month client version employment",
    whole("month"),
    whole("client"),
    whole("version"),
    whole("employment"),
    whole("wage_cents"),
    words("wage_source"),  # delivery | receipt | payslip
    append_only=True,
    clustered=True,
)

# --- the ledger ----------------------------------------------------------------------------------

#: A journal entry. Numbers follow key order within a run; never updated.
entry = _table(
    "entry",
    "entry",
    whole("entry"),
    whole("booked_month"),
    words("booked_on"),
    words("kind"),
    whole("client"),  # 0 where none
    whole("month"),  # the month it is about; 0 where none
    words("reference"),  # obligation, bank item, decision or settlement version it comes from
    whole("run"),
    Column("digest", LargeBinary, nullable=False),  # 8 bytes over the entry and its postings
    append_only=True,
    clustered=True,
)
Index(
    "uq_entry_client",
    entry.c.municipality,
    entry.c.booked_month,
    entry.c.client,
    entry.c.entry,
    unique=True,
)
Index("ix_entry_run", entry.c.municipality, entry.c.run)
Index(
    "ix_entry_kind",
    entry.c.municipality,
    entry.c.kind,
    entry.c.client,
    sqlite_where=text("kind <> 'settlement'"),
    postgresql_where=text("kind <> 'settlement'"),
)

#: A line of an entry, debit positive. The lines of an entry add up to zero.
posting = _table(
    "posting",
    "entry line",
    whole("entry"),
    whole("line"),
    whole("account"),
    whole("client"),  # 0 where the account has no client
    whole("employment"),  # 0 where none
    whole("month"),  # 0 where none
    whole("item"),  # obligation on 1010, bank item on 1900; else 0
    whole("amount"),
    append_only=True,
    clustered=True,
)

#: The sum of the postings on one account with one set of dimensions. Derived; checked.
balance = _table(
    "balance",
    "account month client employment item",
    whole("account"),
    whole("month"),
    whole("client"),
    whole("employment"),
    whole("item"),
    whole("amount"),
    clustered=True,
)
Index("ix_balance_client", balance.c.municipality, balance.c.client, balance.c.account)

#: What a run added to the ledger and the audit trail, chained to the seal before it.
seal = _table(
    "seal",
    "seal",
    whole("seal"),
    whole("run"),
    whole("first_entry"),
    whole("last_entry"),
    whole("entries"),
    whole("audits"),
    words("digest"),
    words("previous"),
    words("head"),
    append_only=True,
)

#: The journal of a month as it was handed over to the municipality's general ledger.
general_ledger = _table(
    "general_ledger",
    "month",
    whole("month"),
    whole("through_entry"),  # the newest entry there was: later ones go with the next
    words("lines"),  # JSON of its columns
    whole("run"),
    words("recorded_on"),
    append_only=True,
)

# --- money out -----------------------------------------------------------------------------------

#: The days of a pay month as they were approved; the latest version counts.
pay_day = _table(
    "pay_day",
    "month version",
    whole("month"),
    whole("version"),
    words("delivery_on"),
    words("prepare_on"),
    words("approve_on"),
    words("pays_on"),
    words("approved_by"),
    whole("run"),
    words("recorded_on"),
    append_only=True,
)

#: Something to pay. Unique among those not cancelled.
obligation = _table(
    "obligation",
    "obligation",
    whole("obligation"),
    whole("client"),
    whole("month"),  # the pay month
    words("kind"),  # fixed extra holiday premium third-party refund exit
    whole("payee"),  # 1 the client; others by their decisions
    whole("round"),
    whole("amount_cents"),
    whole("set_off_cents"),  # taken from the fixed payment for a shortfall; amount is without it
    words("due_on"),
    words("iban"),
    words("name"),
    words("remittance"),
    maybe_whole("decision"),  # that says whom, or what, to pay; NULL where none does
    # HELD DRAFT APPROVED SENT ACCEPTED UNKNOWN BOOKED REJECTED RETURNED RECALLED CANCELLED
    words("state"),
    words("hold_reason"),
    whole("batch"),  # 0 while held
    words("end_to_end_id"),
    words("released_by"),  # of a limit, with reason
    words("release_reason"),
    whole("run"),
    words("recorded_on"),
    CheckConstraint("amount_cents > 0"),
)
Index(
    "uq_obligation",
    obligation.c.municipality,
    obligation.c.client,
    obligation.c.month,
    obligation.c.kind,
    obligation.c.payee,
    obligation.c.round,
    unique=True,
    sqlite_where=text("state <> 'CANCELLED'"),
    postgresql_where=text("state <> 'CANCELLED'"),
)
Index("ix_obligation_batch", obligation.c.municipality, obligation.c.batch)
Index(
    "ix_obligation_set_off",
    obligation.c.municipality,
    obligation.c.client,
    obligation.c.month,
    sqlite_where=text("set_off_cents <> 0"),
    postgresql_where=text("set_off_cents <> 0"),
)
_ON_ITS_WAY = text("state IN ('SENT', 'ACCEPTED', 'UNKNOWN')")
Index(
    "ix_obligation_on_its_way",
    obligation.c.municipality,
    obligation.c.due_on,
    sqlite_where=_ON_ITS_WAY,
    postgresql_where=_ON_ITS_WAY,
)
Index("ix_obligation_end_to_end", obligation.c.municipality, obligation.c.end_to_end_id)
_NEXT_ROUND = text("round > 1")
Index(
    "ix_obligation_next_round",
    obligation.c.municipality,
    obligation.c.obligation,
    sqlite_where=_NEXT_ROUND,
    postgresql_where=_NEXT_ROUND,
)
_ONE_PAYMENT = text("kind IN ('premium', 'refund') AND state <> 'CANCELLED'")
#: What one decision grants once is paid once, in whatever month.
Index(
    "uq_obligation_decision",
    obligation.c.municipality,
    obligation.c.decision,
    obligation.c.round,
    unique=True,
    sqlite_where=_ONE_PAYMENT,
    postgresql_where=_ONE_PAYMENT,
)

#: A file of obligations.
payment_batch = _table(
    "payment_batch",
    "batch",
    whole("batch"),
    words("message_id"),
    whole("month"),
    words("due_on"),
    whole("first"),  # 1 for the first batch of its pay month: only this one carries extras
    words("state"),  # DRAFT APPROVED SENT CANCELLED (payments carry the later states)
    whole("payments"),
    whole("total_cents"),
    words("debtor_iban"),
    words("profile"),  # JSON: what of the bank's wishes stands in its file
    words("limits"),  # JSON: what is outside limits and its release
    words("prepared_by"),
    words("prepared_on"),
    words("approved_by"),
    words("approved_on"),
    words("exported_on"),
    words("file"),
    words("sha256"),
    maybe_words("signature"),  # of the approver over the SHA-256, where it is asked for
    whole("run"),
)
Index("uq_batch_message", payment_batch.c.municipality, payment_batch.c.message_id, unique=True)

#: A state change of a payment or batch: who, when, why.
payment_event = _table(
    "payment_event",
    "event",
    whole("event"),
    whole("batch"),
    whole("obligation"),  # 0 for the batch as a whole
    words("state"),
    words("who"),
    words("reason"),
    whole("run"),
    words("recorded_on"),
    append_only=True,
)

# --- the bank ------------------------------------------------------------------------------------

#: A bank statement in its chain.
statement = _table(
    "statement",
    "statement",
    whole("statement"),
    words("iban"),
    words("statement_id"),
    maybe_whole("sequence"),
    words("from_on"),
    words("to_on"),
    whole("opening_cents"),
    whole("closing_cents"),
    words("content_hash"),
    words("state"),  # booked | waiting (behind a gap)
    whole("delivery"),
    whole("run"),
    words("recorded_on"),
)
Index(
    "uq_statement",
    statement.c.municipality,
    statement.c.iban,
    statement.c.statement_id,
    unique=True,
)

#: A line of a statement: an entry, or one transaction of an entry that gives details.
bank_item = _table(
    "bank_item",
    "item",
    whole("item"),
    whole("statement"),
    whole("line"),  # number of the entry in its statement
    whole("detail"),  # number of the transaction in the entry; 0 for the entry itself
    words("bank_reference"),  # AcctSvcrRef; the same line again repeats it
    words("booked_on"),
    words("value_on"),
    whole("amount_cents"),  # credit positive
    whole("reversal"),
    words("family"),  # e.g. PMNT-RCDT-ESCT
    words("end_to_end_id"),
    words("payment_info_id"),
    words("message_id"),
    words("reference"),  # structured reference
    words("reference_issuer"),
    words("remittance"),
    words("party_name"),
    words("party_iban"),
    words("return_reason"),
    words("match"),  # how it was matched; '' while waiting or unmatched
    whole("client"),
    whole("run"),
    words("recorded_on"),
)
Index(
    "uq_bank_item",
    bank_item.c.municipality,
    bank_item.c.statement,
    bank_item.c.line,
    bank_item.c.detail,
    unique=True,
)

Index(
    "ix_bank_item_reference",
    bank_item.c.municipality,
    bank_item.c.bank_reference,
    sqlite_where=text("bank_reference <> ''"),
    postgresql_where=text("bank_reference <> ''"),
)

#: An entry of a detail notice (camt.054): what stands behind one sum on a statement.
notice = _table(
    "notice",
    "notice",
    whole("notice"),
    words("bank_reference"),
    words("batch"),  # PmtInfId or message id
    whole("amount_cents"),  # credit positive
    words("details"),  # JSON: the fields of a bank item for each
    whole("delivery"),
    whole("run"),
    words("recorded_on"),
)

#: One page of a statement file that waits for the others; gone when they have come.
statement_page = _table(
    "statement_page",
    "number",
    whole("number"),
    words("message_id"),
    whole("page"),
    whole("last"),
    words("statements"),  # JSON: the ids of the statements in it
    Column("content", LargeBinary, nullable=False),
    whole("run"),
    words("recorded_on"),
)

# --- running the place ---------------------------------------------------------------------------

#: Something a person must look at.
finding = _table(
    "finding",
    "finding",
    whole("finding"),
    words("code"),
    whole("client"),
    whole("month"),
    words("subject"),  # what tells two findings of one code, client and month apart
    maybe_whole("amount_cents"),
    words("raised_on"),
    words("state"),  # open | closed (cause gone) | resolved (by a person)
    words("closed_on"),
    words("resolved_by"),
    words("reason"),
    whole("run"),
)
Index(
    "uq_finding",
    finding.c.municipality,
    finding.c.code,
    finding.c.client,
    finding.c.month,
    finding.c.subject,
    unique=True,
    sqlite_where=text("state = 'open'"),
    postgresql_where=text("state = 'open'"),
)

#: A job run.
run = _table(
    "run",
    "run",
    whole("run"),
    words("job"),
    words("business_date"),
    maybe_whole("month"),
    words("input_hash"),
    whole("parent"),  # the nightly run it belongs to; 0 where none
    words("operator"),
    words("state"),  # running | done | attention | failed | abandoned
    whole("attempt"),
    words("counts"),  # JSON
    words("started_at"),
    words("ended_at"),
)

#: The one folder that may pay from this store; see `surplus.workspace`.
workspace = _table(
    "workspace",
    "",
    words("token"),
    words("host"),
    words("path"),
    words("folder"),  # the number the file system gave the folder: a copy has another
    words("note"),  # where it was restored from; '' where it was not
)

#: Who holds the workspace until when.
lease = _table(
    "lease",
    "name",
    words("name"),
    words("token"),
    words("holder"),
    words("until"),
    whole("run"),
)

#: When which job is due, and the claim on each due time.
schedule = _table(
    "schedule",
    "job due_at",
    words("job"),
    words("due_at"),
    words("claimed_by"),
    words("at"),
)

#: Who did, saw or exported what, and why.
audit = _table(
    "audit",
    "audit",
    whole("audit"),
    words("who"),
    whole("proved"),  # 0 where the operator's name was only stated (TEST)
    words("action"),
    words("subject"),
    words("reason"),
    words("recorded_on"),
    words("at"),
    whole("run"),
    append_only=True,
)

#: A notification, written in the commit it speaks of, sent after it.
outbox = _table(
    "outbox",
    "message",
    whole("message"),
    words("kind"),
    words("text"),
    words("sent_on"),
    whole("run"),
    words("recorded_on"),
)
