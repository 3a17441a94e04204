"""The public face of referhub: what a connector may import, and the launcher of the installed package."""

import gc
import os
import sys

_bundled = os.path.join(os.path.dirname(__file__), "_app")
if os.path.isdir(_bundled) and _bundled not in sys.path:
    sys.path.insert(0, _bundled)  # an installed wheel carries _app; a checkout does not

from core.contract.connector import (  # noqa: E402
    Connector,
    Guide,
    SourceAccount,
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
    ContactReferred,
    ContactRestored,
    ContactSaved,
    ContactsMerged,
    DataRequested,
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
    PersonErased,
    Refund,
    SourceChanged,
    SourceErased,
    SourceRemoved,
)
from core.contract.facts import (  # noqa: E402
    FactField,
    FactKind,
    FieldValue,
)
from core.contract.http import (  # noqa: E402
    AnswerLost,
    Http,
    HttpResponse,
    NotSent,
)
from core.contract.keep import Keep, Memory  # noqa: E402
from core.contract.money import Money  # noqa: E402
from core.contract.parts import (  # noqa: E402
    ChecksFields,
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
    ProvesReturns,
    Pushes,
    ReadsMany,
    Renews,
    Revokes,
    Shows,
    Usage,
    Verifies,
    Writes,
    WritesInBulk,
    abilities,
)
from core.contract.settings import (  # noqa: E402
    SettingSpec,
    config_from,
    setting,
    settings_of,
)
from core.contract.signals import Signal, SignalKind  # noqa: E402
from core.contract.store_app import (  # noqa: E402
    Agreement,
    Buyer,
    Frame,
    NotProven,
    Staff,
    StoreApp,
)
from core.contract.webhooks import (  # noqa: E402
    Delivery,
    Reception,
    Reply,
    WebhookRequest,
)

__all__ = [
    "Absent",
    "Agreement",
    "AnswerLost",
    "BadSignature",
    "Buyer",
    "ChecksFields",
    "Connector",
    "ConnectorError",
    "Contact",
    "ContactErased",
    "ContactForgotten",
    "ContactReferred",
    "ContactRestored",
    "ContactSaved",
    "ContactsMerged",
    "Credit",
    "DataRequested",
    "DealReopened",
    "DealWon",
    "Delivery",
    "Event",
    "Evidence",
    "EvidenceKind",
    "FactField",
    "FactKind",
    "FieldRefused",
    "FieldValue",
    "Finding",
    "Finds",
    "Frame",
    "Gone",
    "Guide",
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
    "NotProven",
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
    "PersonErased",
    "Polls",
    "Prepares",
    "ProvesReturns",
    "Pushed",
    "Pushes",
    "ReadsMany",
    "Receipt",
    "Reception",
    "Record",
    "Refund",
    "Refused",
    "Rejected",
    "Renews",
    "Reply",
    "Revokes",
    "SettingSpec",
    "Shows",
    "Signal",
    "SignalKind",
    "SourceAccount",
    "SourceChanged",
    "SourceErased",
    "SourceRemoved",
    "Staff",
    "StoreApp",
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
    gc.disable()  # nothing of what is loaded is garbage, and to look for some takes a tenth of the start
    from app import main as run

    gc.enable()
    return run()


def __getattr__(name: str) -> object:
    """`referhub:wsgi` is the application for any WSGI server, made on first use."""
    if name == "wsgi":
        from app import wsgi

        return wsgi()
    raise AttributeError(f"module 'referhub' has no attribute {name!r}")
