"""What people carry now in the referral fields, up to 200 of an object in one call."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from connectors.salesforce import soql
from connectors.salesforce.budget import Purpose
from connectors.salesforce.client import OrgApi, batches
from connectors.salesforce.fields import MOST_ROWS, NO_SUCH_PERSON, WRITABLE
from connectors.salesforce.ids import full_id, kind_of
from connectors.salesforce.picking import Body, record_id
from connectors.salesforce.schema import Schema, on_person_account
from connectors.salesforce.spelling import shown
from referhub import Gone, Rejected, TryLater

MOST_ACCOUNTS = 50_000
GONE = Gone("Salesforce no longer has this person")


class Showing:
    """Reads the referral fields of one org, and remembers in `accounts` whose account a write will lock."""

    def __init__(self, api: OrgApi, schema: Schema, accounts: OrderedDict[str, str]) -> None:
        self._api = api
        self._schema = schema
        self._accounts = accounts

    def show(self, source_ids: Sequence[str], fields: Sequence[str]) -> dict[str, Mapping[str, str | None] | Gone]:
        """What these people carry now. Raises `TryLater` or `NeedsAttention`."""
        found: dict[str, Mapping[str, str | None] | Gone] = {}
        by_kind: dict[str, dict[str, str]] = {}
        for source_id in source_ids:
            own_id = full_id(source_id)
            kind = kind_of(own_id) if own_id else None
            if own_id is None or kind not in WRITABLE:
                found[source_id] = Gone(NO_SUCH_PERSON.reason)
            else:
                by_kind.setdefault(kind, {})[own_id] = source_id
        for kind, ids in by_kind.items():
            shown_ones = self._shown(kind, list(ids), fields)
            found |= {source_id: shown_ones.get(own_id, GONE) for own_id, source_id in ids.items()}
        return found

    def _remember(self, own_id: str, account: str) -> None:
        """Which account a write will lock; those that are forgotten are written in the order of their own ids."""
        self._accounts[own_id] = account
        self._accounts.move_to_end(own_id)
        if len(self._accounts) > MOST_ACCOUNTS:
            self._accounts.popitem(last=False)

    def _shown(
        self, kind: str, ids: Sequence[str], fields: Sequence[str]
    ) -> dict[str, Mapping[str, str | None] | Gone]:
        known = self._schema.fields(kind)
        theirs = {name: on_person_account(name) if kind == "Account" else name for name in fields}
        asked = self._schema.visible(kind, ["Id", "IsDeleted", "AccountId", *theirs.values()])
        rows: list[Body] = []
        try:
            for some in batches(ids, MOST_ROWS):
                rows += self._api.query(soql.select(asked, kind, f"Id IN {soql.listed(some)}"), Purpose.POLL)
        except Rejected as problem:
            self._schema.forget()
            raise TryLater(str(problem)) from None
        found: dict[str, Mapping[str, str | None] | Gone] = {}
        for row in rows:
            own_id = record_id(row, "Id") or ""
            self._remember(own_id, record_id(row, "AccountId") or own_id)
            values = {name: shown(row.get(their), known.get(their)) for name, their in theirs.items()}
            found[own_id] = GONE if row.get("IsDeleted") is True else values
        return found
