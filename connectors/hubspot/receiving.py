"""The machines' door: prove the sender, then one delivery per event, without the values that nobody needs."""

from typing import Any

from connectors.hubspot.config import HubSpotConfig
from connectors.hubspot.hints import body_of, id_of, key_of, moment_of, subject_of, topic_of
from connectors.hubspot.signature import is_signed, signed_address
from connectors.hubspot.strict_json import loads
from referhub import BadSignature, Delivery, NotAccepted, Reception, WebhookRequest

LARGEST_BODY = 1024 * 1024
MOST_EVENTS = 1_000  # HubSpot sends a hundred at the most


def receive(request: WebhookRequest, config: HubSpotConfig) -> Reception:
    """One delivery per event. Raises `BadSignature` or `NotAccepted`.

    A request that comes again has the same keys, so it is acknowledged and changes nothing. There is no memory of
    signatures on purpose: it would acknowledge the repetition of a request that could not be stored.
    """
    if len(request.body) > LARGEST_BODY:
        raise NotAccepted(413, "the webhook is larger than HubSpot's ever are")
    _prove(request, config)
    events = _events(request.body)
    if config.app_id and any(_is_of_another_app(event, config.app_id) for event in events):
        raise BadSignature("the webhook is of another app")
    return Reception(tuple(_delivery(event, config) for event in events))


def _prove(request: WebhookRequest, config: HubSpotConfig) -> None:
    if not config.public_url:
        raise BadSignature("public_url is not set, so no signature can be checked")
    address = signed_address(config.public_url, request.path, request.query)
    if not is_signed(request.headers, request.method, address, request.body, config.secrets, request.received_at):
        raise BadSignature("the webhook is not signed with this app's client secret for public_url")


def _events(body: bytes) -> list[Any]:
    try:
        events = loads(body)
    except ValueError:
        raise NotAccepted(400, "the webhook is not JSON") from None
    if not isinstance(events, list) or len(events) > MOST_EVENTS:
        raise NotAccepted(400, "the webhook is not a list of events")
    return [event for event in events if isinstance(event, dict)]


def _is_of_another_app(event: dict[str, Any], app_id: str) -> bool:
    return "appId" in event and id_of(event["appId"]) != app_id


def _delivery(event: dict[str, Any], config: HubSpotConfig) -> Delivery:
    portal = id_of(event.get("portalId"))
    return Delivery(
        key=key_of(event),
        topic=topic_of(event),
        body=body_of(event),
        triggered_at=moment_of(event),
        subject=subject_of(event),
        source="" if portal == config.portal_id else portal,
    )
