"""The public face of referhub: what a connector may import, and the launcher of the installed package."""

import os
import sys

_bundled = os.path.join(os.path.dirname(__file__), "_app")
if os.path.isdir(_bundled) and _bundled not in sys.path:
    sys.path.insert(0, _bundled)  # an installed wheel carries _app; a checkout does not

from core.contract.connector import (  # noqa: E402
    Connector,
    Finds,
    Gone,
    Locates,
    Marks,
    Page,
    Polls,
    Prepares,
    Pushes,
    SettingSpec,
    SourceAccount,
    Verifies,
    Writes,
    abilities,
    config_from,
    setting,
    settings_of,
)
from core.contract.credits import (  # noqa: E402
    Absent,
    Credit,
    Finding,
    Later,
    Outcome,
    Pushed,
    Receipt,
    Record,
    Refused,
    Undecided,
    Unsure,
)
from core.contract.errors import (  # noqa: E402
    BadSignature,
    ConnectorError,
    NeedsAttention,
    Rejected,
    TryLater,
    Unknown,
    Unreadable,
    WrongSetting,
)
from core.contract.events import (  # noqa: E402
    Contact,
    ContactErased,
    ContactSaved,
    ContactsMerged,
    DealReopened,
    DealWon,
    Event,
    Evidence,
    EvidenceKind,
    IdentityClaim,
    IdentityKind,
    Order,
    OrderCancelled,
    OrderEvent,
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
