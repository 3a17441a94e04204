"""The public face of referhub: what a connector may import, and the launcher of the installed package."""

import os
import sys

_bundled = os.path.join(os.path.dirname(__file__), "_app")
if os.path.isdir(_bundled) and _bundled not in sys.path:
    sys.path.insert(
        0, _bundled
    )  # only an installed wheel has it; a checkout has the folders beside us

from core.contract.connector import (  # noqa: E402
    Connector as Connector,
)
from core.contract.connector import (
    Finds as Finds,
)
from core.contract.connector import (
    Gone as Gone,
)
from core.contract.connector import (
    Locates as Locates,
)
from core.contract.connector import (
    Marks as Marks,
)
from core.contract.connector import (
    Page as Page,
)
from core.contract.connector import (
    Polls as Polls,
)
from core.contract.connector import (
    Prepares as Prepares,
)
from core.contract.connector import (
    Pushes as Pushes,
)
from core.contract.connector import (
    SettingSpec as SettingSpec,
)
from core.contract.connector import (
    SourceAccount as SourceAccount,
)
from core.contract.connector import (
    Verifies as Verifies,
)
from core.contract.connector import (
    Writes as Writes,
)
from core.contract.connector import (
    abilities as abilities,
)
from core.contract.connector import (
    config_from as config_from,
)
from core.contract.connector import (
    setting as setting,
)
from core.contract.connector import (
    settings_of as settings_of,
)
from core.contract.credits import (  # noqa: E402
    Absent as Absent,
)
from core.contract.credits import (
    Credit as Credit,
)
from core.contract.credits import (
    Finding as Finding,
)
from core.contract.credits import (
    Later as Later,
)
from core.contract.credits import (
    Outcome as Outcome,
)
from core.contract.credits import (
    Pushed as Pushed,
)
from core.contract.credits import (
    Receipt as Receipt,
)
from core.contract.credits import (
    Record as Record,
)
from core.contract.credits import (
    Refused as Refused,
)
from core.contract.credits import (
    Undecided as Undecided,
)
from core.contract.credits import (
    Unsure as Unsure,
)
from core.contract.errors import (  # noqa: E402
    BadSignature as BadSignature,
)
from core.contract.errors import (
    ConnectorError as ConnectorError,
)
from core.contract.errors import (
    NeedsAttention as NeedsAttention,
)
from core.contract.errors import (
    Rejected as Rejected,
)
from core.contract.errors import (
    TryLater as TryLater,
)
from core.contract.errors import (
    Unknown as Unknown,
)
from core.contract.errors import (
    Unreadable as Unreadable,
)
from core.contract.errors import (
    WrongSetting as WrongSetting,
)
from core.contract.events import (  # noqa: E402
    Contact as Contact,
)
from core.contract.events import (
    ContactErased as ContactErased,
)
from core.contract.events import (
    ContactSaved as ContactSaved,
)
from core.contract.events import (
    ContactsMerged as ContactsMerged,
)
from core.contract.events import (
    DealReopened as DealReopened,
)
from core.contract.events import (
    DealWon as DealWon,
)
from core.contract.events import (
    Event as Event,
)
from core.contract.events import (
    Evidence as Evidence,
)
from core.contract.events import (
    EvidenceKind as EvidenceKind,
)
from core.contract.events import (
    IdentityClaim as IdentityClaim,
)
from core.contract.events import (
    IdentityKind as IdentityKind,
)
from core.contract.events import (
    Order as Order,
)
from core.contract.events import (
    OrderCancelled as OrderCancelled,
)
from core.contract.events import (
    OrderEvent as OrderEvent,
)
from core.contract.events import (
    OrderPaid as OrderPaid,
)
from core.contract.events import (
    OrderPlaced as OrderPlaced,
)
from core.contract.events import (
    OrderRefunded as OrderRefunded,
)
from core.contract.events import (
    Refund as Refund,
)
from core.contract.events import (
    SourceChanged as SourceChanged,
)
from core.contract.events import (
    SourceRemoved as SourceRemoved,
)
from core.contract.http import (  # noqa: E402
    AnswerLost as AnswerLost,
)
from core.contract.http import (
    Http as Http,
)
from core.contract.http import (
    HttpResponse as HttpResponse,
)
from core.contract.http import (
    NotSent as NotSent,
)
from core.contract.money import Money as Money  # noqa: E402
from core.contract.webhooks import (  # noqa: E402
    Delivery as Delivery,
)
from core.contract.webhooks import (
    Reception as Reception,
)
from core.contract.webhooks import (
    Reply as Reply,
)
from core.contract.webhooks import (
    WebhookRequest as WebhookRequest,
)

__all__ = [
    "Absent",
    "AnswerLost",
    "BadSignature",
    "Connector",
    "ConnectorError",
    "Contact",
    "ContactErased",
    "ContactSaved",
    "ContactsMerged",
    "Credit",
    "DealReopened",
    "DealWon",
    "Delivery",
    "Event",
    "Evidence",
    "EvidenceKind",
    "Finding",
    "Finds",
    "Gone",
    "Http",
    "HttpResponse",
    "IdentityClaim",
    "IdentityKind",
    "Later",
    "Locates",
    "Marks",
    "Money",
    "NeedsAttention",
    "NotSent",
    "Order",
    "OrderCancelled",
    "OrderEvent",
    "OrderPaid",
    "OrderPlaced",
    "OrderRefunded",
    "Outcome",
    "Page",
    "Polls",
    "Prepares",
    "Pushed",
    "Pushes",
    "Receipt",
    "Reception",
    "Record",
    "Refund",
    "Refused",
    "Rejected",
    "Reply",
    "SettingSpec",
    "SourceAccount",
    "SourceChanged",
    "SourceRemoved",
    "TryLater",
    "Undecided",
    "Unknown",
    "Unreadable",
    "Unsure",
    "Verifies",
    "WebhookRequest",
    "Writes",
    "WrongSetting",
    "abilities",
    "config_from",
    "main",
    "setting",
    "settings_of",
]


def main() -> int:
    """Run the `referhub` command line on `sys.argv`; the exit status is returned."""
    from app import main as run

    return run()


def __getattr__(name: str) -> object:
    """`referhub:wsgi` is the application for any WSGI server, made on first use."""
    if name == "wsgi":
        from app import wsgi

        return wsgi()
    raise AttributeError(f"module 'referhub' has no attribute {name!r}")
