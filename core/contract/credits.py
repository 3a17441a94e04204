"""What the hub tells a connector to give, take back or write, and what it may hear in answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.contract.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """A due reward as told to a connector, or (with `gives` False) the part of one to be taken back.

    Everything needed to recognise its effect later is in it: `push_id` is ours and unique for ever, `code` is
    derived from it (upper case letters and digits, sixteen of them), `expires_at` has a second that no other
    credit of the account has, `watermark` is what `watermark()` said before the first send.
    `receipt` names the remote effect that a take-back undoes.
    """

    push_id: str
    kind: str
    amount: Money
    recipient: str
    note: str
    code: str
    gives: bool = True
    expires_at: datetime | None = None
    watermark: str | None = None
    receipt: str | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The source's proof: `remote_id` is unique there; `amount` is what really moved; `shown` is what people see."""

    remote_id: str
    amount: Money
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Pushed:
    """Given (or taken back), with proof."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Refused:
    """The source said no for good."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """Certainly nothing happened: send again after `after`.

    A record that was sent in vain `tries` times in a row is parked for a person; None: after about a day.
    """

    reason: str
    after: timedelta = timedelta(seconds=30)
    tries: int | None = None


@dataclass(frozen=True, slots=True)
class Unsure:
    """It may have happened: look before anything else."""

    reason: str


Outcome = Pushed | Refused | Later | Unsure


@dataclass(frozen=True, slots=True)
class Absent:
    """The source was read and holds no trace of the push."""

    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Undecided:
    """The source holds more than one possible trace, or cannot tell: a person must look."""

    evidence: str


Finding = Receipt | Absent | Undecided


@dataclass(frozen=True, slots=True)
class FieldRefused:
    """Nothing of the record was written because of this one field of the source: the hub goes on without it."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The source's person goes by another id now (merged, converted): the hub writes there instead."""

    source_id: str


@dataclass(frozen=True, slots=True)
class NotThere:
    """The source no longer has the person: the hub writes to them no more until it hears of them again."""

    reason: str


WriteOutcome = Outcome | FieldRefused | Moved | NotThere | None


@dataclass(frozen=True, slots=True)
class Record:
    """The referral fields that one of the source's people should carry, by the source's own names of the fields.

    Values are absolute; None removes one; only what has to change is in it.
    """

    source_id: str
    fields: Mapping[str, str | int | bool | Money | datetime | None]
    tags: tuple[str, ...] = field(default=())
