"""The inventory: what each column that can hold words or bytes holds, so that nothing personal is overlooked.

Times, numbers, yes and no, and references to other rows are not listed: they tell nothing of anybody by themselves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, Column, Integer, LargeBinary

from core.models.base import Base, UtcTime


class Holds(StrEnum):
    """What a column holds, and with that how it is kept."""

    PERSONAL = "personal value, sealed"
    SECRET = "secret, sealed"
    RAW = "raw body, sealed"
    HASH = "hash"
    PUBLIC_KEY = "public key"
    SOURCE_ID = "id of the source"
    CODE = "referral code"
    OWN_WORDS = "word of the hub"
    BUSINESS = "word of the merchant"
    SOURCE_WORDS = "word of the source"
    TYPED = "words somebody typed"
    FIELDS = "referral fields"


SEALED = (Holds.PERSONAL, Holds.SECRET, Holds.RAW)
# What may tell of a person although it is not sealed: why it may stand there, and what becomes of it.
WHY: dict[Holds, str] = {
    Holds.SOURCE_ID: "names nobody outside the source; stays, because the books rest on it",
    Holds.CODE: "meant to be passed on in public; stays, because conversions rest on it",
    Holds.TYPED: "written by operators of themselves; emptied with the person it is about",
    Holds.FIELDS: "codes, counts and amounts as the source's own users see them; emptied with the person",
    Holds.SOURCE_WORDS: "what the source calls a thing, or why it refused; a deal's name is emptied with the person",
}
COLUMNS: dict[Holds, str] = {
    Holds.PERSONAL: """people.name identities.sealed data_requests.contact erasures.sought operators.email
        operators.name operator_links.email invitations.email guests.name guests.email feedback.words""",
    Holds.SECRET: "connections.config kept_texts.text pushes.shown operators.second_factor operators.recovery_codes",
    Holds.RAW: "deliveries.body",
    Holds.HASH: """signals.digest orders.told identities.lookup erased_marks.mark merchants.ledger_hash
        ledger_transactions.previous_hash ledger_transactions.hash operators.email_key operators.password
        operators.uniquifier operators.passkey_handle operators.single_sign_on_key visits.digest operator_links.digest
        invitations.digest invitations.email_key sign_in_failures.key audit_entries.digest audit_entries.salt
        audit_entries.previous_hash audit_entries.hash audit_heads.hash audit_heads.first_hash""",
    Holds.PUBLIC_KEY: "passkeys.credential_id passkeys.public_key passkeys.extensions",
    Holds.SOURCE_ID: """connections.source_id deliveries.key deliveries.subject orders.source_id orders.references
        refunds.source_id refunds.order_source_id conversions.order_source_id rewards.recipient pushes.recipient
        pushes.remote_id pushes.undoes pushes.watermark synced_records.source_id synced_records.moved_to
        data_requests.request_id app_installations.shop reversals.cause""",
    Holds.CODE: """guests.code codes.text codes.lookup orders.evidence orders.reasons conversions.reasons
        referrals.evidence""",
    Holds.FIELDS: """synced_records.seen synced_records.written synced_records.refused written_changes.before
        written_changes.after""",
    Holds.BUSINESS: """merchants.name campaigns.slug campaigns.name terms.body backtests.terms backtests.summary
        connections.label connections.account passkeys.name field_syncs.mapped""",
    Holds.SOURCE_WORDS: """tellings.body backtests.orders orders.name orders.channel orders.facts deliveries.topic
        deliveries.headers deliveries.reason connections.hint connections.refused_reason connections.cursor
        connections.usage pushes.story rewards.reason field_syncs.problems field_syncs.hint field_syncs.drift
        synced_records.reason""",
    Holds.OWN_WORDS: """assessments.state assessments.outcome assessments.findings signals.kind
        tellings.what turns.what turns.body allowances.name app_installations.connector
        audit_entries.chain audit_entries.verb audit_entries.subject audit_heads.chain balances.account
        balances.currency campaigns.state collisions.why collisions.state connections.connector connections.status
        conversions.state consents.topic conversions.currency deliveries.state erasures.swept_to erasures.waits_from
        field_syncs.stage field_syncs.mended hub_state.name hub_state.value identities.scope identities.kind
        invitations.role kept_texts.name kept_texts.owner leases.lane leases.owner ledger_entries.account
        ledger_entries.currency ledger_transactions.key ledger_transactions.what memberships.role objectives.measure
        objectives.currency operator_links.kind orders.kind orders.currency passkeys.usage passkeys.transports
        passkeys.device_type proposals.verb proposals.subject_id proposals.currency proposals.state proposals.asked_id
        proposals.decided_id pushes.kind pushes.currency pushes.note pushes.code_seed pushes.state refunds.currency
        rewards.side rewards.kind rewards.currency rewards.state rewards.refused_by rulings.says rehearsals.kind
        rehearsals.state rehearsals.summary synced_records.write_times visits.proof write_runs.kind""",
    Holds.TYPED: """invitations.invited_by campaign_pauses.because campaign_pauses.actor collisions.because
        consents.because audit_entries.detail
        audit_entries.actor rewards.grant_key proposals.told proposals.asked_by proposals.decided_by rehearsals.note""",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """One column and what it holds (None: nobody has said)."""

    table: str
    column: str
    holds: Holds | None


def is_listed(column: Column[Any]) -> bool:
    """True for a column that could hold something about somebody."""
    return not (column.foreign_keys or isinstance(column.type, (Boolean, Integer, UtcTime)))


def inventory() -> list[Kept]:
    """Every column that could hold something about somebody, by table."""
    known = {name: holds for holds, names in COLUMNS.items() for name in names.split()}
    return [
        Kept(table.name, column.name, known.get(f"{table.name}.{column.name}"))
        for table in sorted(Base.metadata.tables.values(), key=lambda one: one.name)
        for column in table.columns
        if is_listed(column) and column.name != "id"
    ]


def sealed_columns() -> Iterator[tuple[type[Any], Column[Any]]]:
    """The model and column of everything that is sealed."""
    models = {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers}  # type: ignore[attr-defined]
    for kept in inventory():
        if kept.holds in SEALED:
            yield models[kept.table], Base.metadata.tables[kept.table].columns[kept.column]


def unsealed_bytes() -> list[str]:
    """Columns of bytes that are said to hold something else than a sealed value."""
    return [
        f"{kept.table}.{kept.column}"
        for kept in inventory()
        if isinstance(Base.metadata.tables[kept.table].columns[kept.column].type, LargeBinary)
        and kept.holds not in SEALED
    ]
