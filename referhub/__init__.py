"""The public face of referhub: what a connector may import, and the launcher of the installed package."""

import os
import sys

_bundled = os.path.join(os.path.dirname(__file__), "_app")
if os.path.isdir(_bundled) and _bundled not in sys.path:
    sys.path.insert(0, _bundled)  # an installed wheel carries _app; a checkout does not

from core.contract.connector import (  # noqa: E402
    ChecksFields,
    Connector,
    Finds,
    Gone,
    Installs,
    Locates,
    LocatesMany,
    Marks,
    Meters,
    Page,
    Polls,
    Prepares,
    Pushes,
    ReadsMany,
    SettingSpec,
    Shows,
    SourceAccount,
    Usage,
    Verifies,
    Writes,
    WritesInBulk,
    abilities,
    config_from,
    setting,
    settings_of,
)
from core.contract.credits import (  # noqa: E402
    Absent,
    Credit,
    FieldRefused,
    Finding,
    Later,
    Moved,
    NotThere,
    Outcome,
    Pushed,
    Receipt,
    Record,
    Refused,
    Undecided,
    Unsure,
    WriteOutcome,
)
from core.contract.errors import (  # noqa: E402
    BadSignature,
    ConnectorError,
    NeedsAttention,
    NotAccepted,
    Rejected,
    TryLater,
    Unknown,
    Unreadable,
    WrongSetting,
)
from core.contract.events import (  # noqa: E402
    Contact,
    ContactErased,
    ContactForgotten,
    ContactRestored,
    ContactSaved,
    ContactsMerged,
    DealReopened,
    DealWon,
    Event,
    Evidence,
    EvidenceKind,
    IdentityClaim,
    IdentityKind,
    Ignored,
    LeadQualified,
    Order,
    OrderCancelled,
    OrderEvent,
    OrderKind,
    OrderPaid,
    OrderPlaced,
    OrderRefunded,
    Refund,
    SourceChanged,
    SourceRemoved,
)
from core.contract.http import (  # noqa: E402
    AnswerLost,
    Http,
    HttpResponse,
    NotSent,
)
from core.contract.keep import Keep, Memory  # noqa: E402
from core.contract.money import Money  # noqa: E402
from core.contract.webhooks import (  # noqa: E402
    Delivery,
    Reception,
    Reply,
    WebhookRequest,
)

__all__ = [
    "Absent",
    "AnswerLost",
    "BadSignature",
    "ChecksFields",
    "Connector",
    "ConnectorError",
    "Contact",
    "ContactErased",
    "ContactForgotten",
    "ContactRestored",
    "ContactSaved",
    "ContactsMerged",
    "Credit",
    "DealReopened",
    "DealWon",
    "Delivery",
    "Event",
    "Evidence",
    "EvidenceKind",
    "FieldRefused",
    "Finding",
    "Finds",
    "Gone",
    "Http",
    "HttpResponse",
    "IdentityClaim",
    "IdentityKind",
    "Ignored",
    "Installs",
    "Keep",
    "Later",
    "LeadQualified",
    "Locates",
    "LocatesMany",
    "Marks",
    "Memory",
    "Meters",
    "Money",
    "Moved",
    "NeedsAttention",
    "NotAccepted",
    "NotSent",
    "NotThere",
    "Order",
    "OrderCancelled",
    "OrderEvent",
    "OrderKind",
    "OrderPaid",
    "OrderPlaced",
    "OrderRefunded",
    "Outcome",
    "Page",
    "Polls",
    "Prepares",
    "Pushed",
    "Pushes",
    "ReadsMany",
    "Receipt",
    "Reception",
    "Record",
    "Refund",
    "Refused",
    "Rejected",
    "Reply",
    "SettingSpec",
    "Shows",
    "SourceAccount",
    "SourceChanged",
    "SourceRemoved",
    "TryLater",
    "Undecided",
    "Unknown",
    "Unreadable",
    "Unsure",
    "Usage",
    "Verifies",
    "WebhookRequest",
    "WriteOutcome",
    "Writes",
    "WritesInBulk",
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
