"""PortalControl: makes things happen in a running sandbox HubSpot over HTTP, and reads its truth."""

from __future__ import annotations

from typing import Any

from sandbox.ground.control import Body, Control, without_none


class PortalControl(Control):
    """
    A client of the desk under /_sandbox/; every method is one request and returns its JSON.

    It acts in one portal: the first, unless another is named. Records come as {id, properties, …}; ids are
    numbers. `source` and `source_id` say who acts: CRM_UI and userId:111 unless told otherwise.
    """

    announced = "events"
    patience = 60

    def __init__(self, base_url: str, portal: int | None = None) -> None:
        super().__init__(base_url)
        self.portal = portal

    def _post(self, path: str, **given: Any) -> Any:
        return self._ask("POST", path, without_none(given))

    def _here(self, path: str, **given: Any) -> Any:
        return self._post(path, portal=self.portal, **given)

    def _look(self, path: str, **query: Any) -> Any:
        return self._ask("GET", path, query=without_none(query))

    # What people do

    def create_contact(self, source: str | None = None, source_id: str | None = None, **properties: Any) -> Body:
        return dict(self._here("contacts", properties=properties, source=source, source_id=source_id))

    def create_contacts(self, rows: list[Body]) -> list[Body]:
        """Many at once."""
        return list(self._here("contacts", many=rows))

    def create_deal(
        self, contact: int | None = None, source: str | None = None, source_id: str | None = None, **properties: Any
    ) -> Body:
        """dealname, amount, dealstage, closedate …; tied to its contact."""
        return dict(self._here("deals", contact=contact, properties=properties, source=source, source_id=source_id))

    def create(self, object_type: str, contact: int | None = None, **properties: Any) -> Body:
        """object_type: contacts, deals, orders, leads."""
        return dict(self._here(object_type, contact=contact, properties=properties))

    def update(
        self, object_type: str, id: int, source: str | None = None, source_id: str | None = None, **properties: Any
    ) -> Body:
        """ "" or None clears a property."""
        wanted = {name: "" if value is None else value for name, value in properties.items()}
        return dict(self._here(f"{object_type}/{id}", properties=wanted, source=source, source_id=source_id))

    def update_contact(self, id: int, **given: Any) -> Body:
        return self.update("contacts", id, **given)

    def update_deal(self, id: int, **given: Any) -> Body:
        return self.update("deals", id, **given)

    def win_deal(self, id: int, pipeline: str | None = None, **properties: Any) -> Body:
        """To the won stage of its pipeline, or of another one (766123001 has numeric stage ids)."""
        return dict(self._here(f"deals/{id}/close", outcome="won", pipeline=pipeline, properties=properties))

    def lose_deal(self, id: int, pipeline: str | None = None, **properties: Any) -> Body:
        return dict(self._here(f"deals/{id}/close", outcome="lost", pipeline=pipeline, properties=properties))

    def reopen_deal(self, id: int, pipeline: str | None = None, **properties: Any) -> Body:
        return dict(self._here(f"deals/{id}/close", outcome="open", pipeline=pipeline, properties=properties))

    def delete(self, object_type: str, id: int) -> Body:
        return dict(self._ask("DELETE", f"{object_type}/{id}", without_none({"portal": self.portal})))

    def delete_contact(self, id: int) -> Body:
        return self.delete("contacts", id)

    def delete_deal(self, id: int) -> Body:
        return self.delete("deals", id)

    def restore(self, object_type: str, id: int) -> Body:
        return dict(self._here(f"{object_type}/{id}/restore"))

    def forget_contact(self, id: int, deletion_first: bool = False) -> Body:
        """A privacy deletion: two events in either order, and nothing left of the contact."""
        return dict(self._here(f"contacts/{id}/forget", deletion_first=deletion_first))

    def merge_contacts(self, primary: int, other: int) -> Body:
        """The new record, which has an id of its own."""
        return dict(self._here(f"contacts/{primary}/merge", other=other))

    def associate(
        self,
        object_type: str,
        id: int,
        to: str,
        to_id: int,
        primary: bool = False,
        label: str | None = None,
        source: str | None = None,
    ) -> Body:
        given = {"to": to, "id": to_id, "primary": primary, "label": label, "source": source}
        return dict(self._here(f"{object_type}/{id}/tie", **given))

    def dissociate(self, object_type: str, id: int, to: str, to_id: int) -> None:
        self._here(f"{object_type}/{id}/untie", to=to, id=to_id)

    def read(self, object_type: str, id: int) -> Body:
        """As the truth has it, with its ties; merged and deleted ones are told as such."""
        return dict(self._look(f"{object_type}/{id}", portal=self.portal))

    def contact(self, id: int) -> Body:
        """The contact's properties."""
        return dict(self.read("contacts", id)["properties"])

    def records(self, object_type: str) -> list[Body]:
        return list(self._look(object_type, portal=self.portal))

    # The app and the account

    def configure(
        self, url: str | None = None, deliver_to: str | None = None, subscriptions: list[Body] | str | None = None
    ) -> Body:
        """The app's one target address; subscriptions: a list of {type, object_type, property}, typed or generic."""
        return dict(self._post("app", url=url, deliver_to=deliver_to, subscriptions=subscriptions))

    def settings(self, **given: Any) -> Body:
        """
        scopes, plan (free, starter, pro, enterprise), time_zone, currency, multi_currency, index_lag_ms,
        per_ten_seconds, per_day, searches_per_second, updates_follow_merges.
        """
        return dict(self._here("settings", **given))

    def index_lag(self, seconds: float) -> None:
        self.settings(index_lag_ms=int(seconds * 1000))

    def set_scopes(self, scopes: list[str]) -> None:
        self.settings(scopes=scopes)

    def uninstall(self) -> None:
        self._here("app/uninstall")

    def install(self) -> None:
        self._here("app/install")

    def rotate_secret(self, secret: str, sign_with_old: bool = False) -> None:
        """Two secrets are good until finish_rotation()."""
        self._post("app/secret", secret=secret, sign_with_old=sign_with_old)

    def finish_rotation(self) -> None:
        self._post("app/secret", finish=True)

    def admin(self, portal: int | None = None, refuses: bool = False, redirect_uris: list[str] | None = None) -> None:
        """Who stands at /oauth/authorize: the portal they pick, or that they say no."""
        self._post("admin", portal=portal, refuses=refuses, redirect_uris=redirect_uris)

    def tokens(self, rotate: bool | None = None, expire: bool = False, revoke: bool = False) -> None:
        """rotate: refresh tokens change with each use; expire ends access tokens, revoke refresh tokens too."""
        self._post("tokens", rotate=rotate, expire=expire, revoke=revoke)

    def add_property(self, name: str, object: str = "contacts", **given: Any) -> Body:
        """type, field_type, label, options, sensitive, unique, read_only."""
        return dict(self._here("properties", name=name, object=object, **given))

    def remove_property(self, name: str, object: str = "contacts") -> None:
        self._ask("DELETE", f"properties/{name}", without_none({"object": object, "portal": self.portal}))

    # Webhooks

    def courier(self, **given: Any) -> Body:
        """order (as_happened, reversed, shuffled), batch_size, concurrent_requests, event_id_cycle."""
        return dict(self._post("courier", **given))

    def events(self, **filters: Any) -> list[Body]:
        """state, subscriptionType, propertyName, objectId, portalId."""
        return list(self._look("events", **filters))

    def send(self, events: list[int], times: int = 1) -> list[Body]:
        """These numbers in one request, now, whatever their state; the attempts with their statuses."""
        return list(self._ask("POST", "events/send", {"events": events, "times": times}, timeout=30 + 6 * times))

    def drop(self, event: int) -> Body:
        return dict(self._post(f"events/{event}/drop"))

    def release(self) -> None:
        self._post("events/release")

    def forge(self, url: str, body: Any = None, **given: Any) -> Body:
        """A request with a wrong signature; secret, signed_url, seconds (of its time) and headers make it another."""
        return dict(self._ask("POST", "events/forge", {"url": url, "body": [] if body is None else body, **given}))

    def mail_fate(self, kind: str, type: str | None = None, **given: Any) -> list[Body]:
        """The next events of this subscription type: duplicate, drop, hold, delay; count, seconds."""
        return list(self._post("events/fates", kind=kind, type=type, **given))

    # Fates, clock, truth

    def fate(self, kind: str, match: str | None = None, **given: Any) -> list[Body]:
        """
        The next calls whose "METHOD /path" contains match meet this; count (0: all), skip, seconds, retry_after,
        policy, scopes, ids, category, message, context, status, location, effect.
        """
        return list(self._post("fates", kind=kind, match=match, **given))

    def forget_rates(self) -> None:
        """All limits begin to count anew."""
        self._ask("DELETE", "rates")

    def stop_clock(self) -> str:
        """Time passes only by advance() from now on."""
        return str(self._post("clock", stop=True)["now"])

    def truth(self) -> Body:
        return dict(self._look("truth", portal=self.portal))

    def calls(self, match: str | None = None) -> list[Body]:
        """number, at, method, path, query, headers, body, fate, effect, status, portal."""
        return list(self._look("calls", match=match))

    def forget_calls(self) -> None:
        self._ask("DELETE", "calls")
