"""The nouns as tables: they compute, they never fetch."""

from core.models.base import Base as Base
from core.models.base import new_id as new_id
from core.models.campaign import Allowance as Allowance
from core.models.campaign import Campaign as Campaign
from core.models.campaign import Code as Code
from core.models.campaign import StoredTerms as StoredTerms
from core.models.connection import AuditEntry as AuditEntry
from core.models.connection import Connection as Connection
from core.models.connection import ConnectionStatus as ConnectionStatus
from core.models.connection import HubState as HubState
from core.models.connection import Lease as Lease
from core.models.connection import Merchant as Merchant
from core.models.conversion import Conversion as Conversion
from core.models.conversion import Referral as Referral
from core.models.conversion import Reversal as Reversal
from core.models.conversion import Reward as Reward
from core.models.delivery import StoredDelivery as StoredDelivery
from core.models.ledger import Balance as Balance
from core.models.ledger import LedgerEntry as LedgerEntry
from core.models.ledger import LedgerTransaction as LedgerTransaction
from core.models.order import StoredOrder as StoredOrder
from core.models.order import StoredRefund as StoredRefund
from core.models.person import Identity as Identity
from core.models.person import Person as Person
from core.models.push import Push as Push
from core.models.push import SyncedRecord as SyncedRecord
