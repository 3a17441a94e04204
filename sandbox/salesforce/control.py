"""OrgControl: makes things happen in a running sandbox org over HTTP, and reads its truth."""

from __future__ import annotations

from typing import Any

from sandbox.ground.control import Body, Control
from sandbox.salesforce import exact_json


class OrgControl(Control):
    """
    A client of the desk under /_sandbox/; every method is one request and returns its JSON, decimals exact.

    Fields are called as in the org. `by` says who does it: "people" (the default: somebody in sales, whose
    changes send outbound messages), "integration", a username or a user's id.
    """

    announced = "notifications"

    def _write(self, body: Any) -> str:
        return exact_json.written(body)

    def _read(self, text: str) -> Any:
        return exact_json.read(text)

    def _post(self, path: str, body: Any = None) -> Any:
        return self._ask("POST", path, body or {})

    # Records

    def create(self, object: str, **fields: Any) -> Body:
        """The new record with all its fields; what is usual (a stage, a date, a company) need not be given."""
        return dict(self._post(f"records/{object}/new", fields))

    def create_many(self, object: str, rows: list[Body], by: str = "people") -> list[str]:
        """All or none of them; their ids in the order of the rows."""
        return list(self._ask("POST", f"records/{object}/many", {"records": rows, "by": by}, timeout=120))

    def create_contact(self, **fields: Any) -> Body:
        return self.create("Contact", **fields)

    def create_lead(self, **fields: Any) -> Body:
        return self.create("Lead", **fields)

    def create_account(self, **fields: Any) -> Body:
        """A Name makes a company; a LastName a person, where the org has the feature persons."""
        return self.create("Account", **fields)

    def create_opportunity(self, **fields: Any) -> Body:
        """With a ContactId the contact is its primary contact role."""
        return self.create("Opportunity", **fields)

    def create_order(self, **fields: Any) -> Body:
        return self.create("Order", **fields)

    def add_role(self, opportunity: str, contact: str, is_primary: bool = False, role: str = "Decision Maker") -> Body:
        """Somebody takes part in the opportunity, which itself is not touched by that."""
        given = {"OpportunityId": opportunity, "ContactId": contact, "IsPrimary": is_primary, "Role": role}
        return self.create("OpportunityContactRole", **given)

    def update(self, id: str, **fields: Any) -> Body:
        return dict(self._post(f"records/{id}", fields))

    def read(self, id: str) -> Body:
        """The record with every field, deleted or not."""
        return dict(self._ask("GET", f"records/{id}"))

    def records(self, object: str) -> list[Body]:
        return list(self._ask("GET", f"records/{object}/all"))

    def delete(self, id: str, by: str = "people") -> Body:
        return dict(self._ask("DELETE", f"records/{id}", {"by": by}))

    def undelete(self, id: str) -> Body:
        return dict(self._post(f"records/{id}/undelete"))

    def purge(self, id: str) -> int:
        """The record leaves the bin for ever; how many did (0 if it was not there)."""
        return int(self._post(f"records/{id}/purge")["purged"])

    def merge(self, winner: str, *losers: str) -> Body:
        return dict(self._post(f"records/{winner}/merge", {"losers": list(losers)}))

    def touch(self, id: str) -> Body:
        """Only SystemModstamp moves."""
        return dict(self._post(f"records/{id}/touch"))

    def convert_lead(self, id: str, **given: Any) -> Body:
        """account and contact (ids to convert into), opportunity (a name, or False for none); the converted lead."""
        return dict(self._post(f"records/{id}/convert", given))

    def win(self, id: str, **fields: Any) -> Body:
        return dict(self._post(f"records/{id}/win", fields))

    def lose(self, id: str, **fields: Any) -> Body:
        return dict(self._post(f"records/{id}/lose", fields))

    def reopen(self, id: str) -> Body:
        return dict(self._post(f"records/{id}/reopen"))

    def set_order(self, id: str, status: str = "Activated", amount: Any = None) -> Body:
        return dict(self._post(f"records/{id}/order", {"status": status, "amount": amount}))

    # Setup

    def settings(self, **given: Any) -> Body:
        """domain, is_sandbox, time_zone, instance_url, page_size, calls_a_day, calls_used ... as in desk/setup.py."""
        return dict(self._post("settings", given))

    def set_org_id(self, id: str) -> str:
        return str(self._post("org", {"id": id})["id"])

    def switch(self, feature: str, on: bool = True) -> list[str]:
        """orders, persons, currencies."""
        return list(self._post(f"features/{feature}", {"on": on}))

    def add_field(self, object: str, line: str) -> Body:
        """For example "Colour__c string(40)", or "Ref__c string(64) external unique exact"."""
        return dict(self._post(f"fields/{object}", {"line": line}))

    def remove_field(self, object: str, name: str) -> None:
        self._post(f"fields/{object}/remove", {"name": name})

    def set_visibility(self, object: str, **given: list[str]) -> Body:
        """hidden and read_only: names of fields, for the integration user."""
        return dict(self._post(f"visibility/{object}", given))

    def set_permissions(self, object: str, **given: bool) -> Body:
        """read and edit: whether the integration user may do that with records of this kind at all."""
        return dict(self._post(f"permissions/{object}", given))

    def add_stage(self, name: str, closed: bool = False, won: bool = False) -> Body:
        return dict(self._post("stages", {"name": name, "closed": closed, "won": won}))

    def add_validation(self, object: str, condition: str, message: str, fields: list[str] | None = None) -> None:
        """A record that answers the condition (as in a WHERE) with yes is refused, where it comes by the API."""
        rule = {"object": object, "condition": condition, "message": message, "fields": fields or []}
        self._post("rules/validation", rule)

    def add_duplicate_rule(self, object: str, fields: list[str], blocks: bool = True) -> None:
        self._post("rules/duplicates", {"object": object, "fields": fields, "blocks": blocks})

    def clear_rules(self) -> None:
        self._ask("DELETE", "rules")

    def lock(self, id: str, times: int = 1) -> None:
        """So many savings of the record, or of contacts of the account, fail; -1 for ever, 0 lets go."""
        self._post("locks", {"id": id, "times": times})

    def register_certificate(self, pem: str) -> None:
        self._post("app/certificate", {"certificate": pem})

    def rotate_secret(self, secret: str | None = None) -> str:
        return str(self._post("app/secret", {"secret": secret} if secret else {})["secret"])

    def end_tokens(self) -> int:
        """Every access token ends now; how many did."""
        return int(self._post("tokens/end")["ended"])

    def set_user(self, name: str, **given: bool) -> Body:
        """active, sends_messages."""
        return dict(self._post(f"users/{name}", given))

    # Outbound messages

    def announce_to(self, url: str, objects: list[str] | None = None, **given: list[str]) -> list[Body]:
        """The address hears of these objects (of all of them if none is named); fields to send, fields to watch."""
        return list(self._post("messages", {"url": url, "objects": objects, **given}))

    def announce_to_nobody(self) -> None:
        self._ask("DELETE", "messages")

    def notifications(self, **filters: str) -> list[Body]:
        """state (held, waiting, unanswered, delivered, lost, dropped), object, record_id."""
        return list(self._ask("GET", "notifications", query=dict(filters)))

    def send(self, *ids: str, times: int = 1) -> list[Body]:
        """These notifications in one message, now, whatever their state; the attempts with status and error."""
        return list(
            self._ask("POST", "notifications/send", {"ids": list(ids), "times": times}, timeout=30 + 60 * times)
        )

    def drop(self, id: str) -> Body:
        return dict(self._post(f"notifications/{id}/drop"))

    def release(self, ids: list[str] | None = None) -> Any:
        """All held ones, or only these, one message each, in this order, at once."""
        return self._ask("POST", "notifications/release", {"ids": ids or []}, timeout=120)

    def forge(self, url: str, **given: Any) -> Body:
        """A message that the org never sent: body as it is, or object, record_id, id and fields; headers."""
        return dict(self._ask("POST", "notifications/forge", {"url": url, **given}, timeout=90))

    # Fates, clock, truth

    def fate(self, kind: str, match: str | None = None, **given: Any) -> list[Body]:
        """The next matching calls meet this; count (-1: for ever), skip, seconds, code, message, rows, location."""
        return list(self._post("fates", {"kind": kind, "match": match, **given}))

    def truth(self) -> Body:
        """Every record by its kind."""
        return dict(self._ask("GET", "truth"))

    def calls(self, **filters: str) -> list[Body]:
        """operation, object, method, path; each with its query, body, status, fate and effect."""
        return list(self._ask("GET", "calls", query=dict(filters)))

    def forget_calls(self) -> None:
        self._ask("DELETE", "calls")
