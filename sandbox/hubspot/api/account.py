"""The account itself: who it is, its pipelines, and the end of an installation."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sandbox.ground.answers import Answer, json_answer
from sandbox.hubspot import catalogue
from sandbox.hubspot.api.asking import Ask, Route, nothing
from sandbox.hubspot.complaints import not_found
from sandbox.hubspot.installing import uninstall


def details(ask: Ask) -> Answer:
    now = datetime.fromtimestamp(ask.cloud.truth.now() / 1000, UTC).astimezone(ZoneInfo(ask.portal.time_zone))
    offset = now.utcoffset()
    milliseconds = int(offset.total_seconds() * 1000) if offset is not None else 0
    told = {
        "portalId": ask.where,
        "accountType": "STANDARD",
        "timeZone": ask.portal.time_zone,
        "companyCurrency": ask.portal.currency,
        "additionalCurrencies": [],
        "utcOffset": f"{now:%z}"[:3] + ":" + f"{now:%z}"[3:],
        "utcOffsetMilliseconds": milliseconds,
        "uiDomain": "app.hubspot.com",
        "dataHostingLocation": "eu1",
    }
    return json_answer(200, told)


def pipelines(ask: Ask) -> Answer:
    return json_answer(200, {"results": catalogue.pipelines(ask.kind.type_id)})


def pipeline(ask: Ask) -> Answer:
    found = next((each for each in catalogue.pipelines(ask.kind.type_id) if each["id"] == ask.words[1]), None)
    if found is None:
        raise not_found()
    return json_answer(200, found)


def external_install(ask: Ask) -> Answer:
    """The app ends its own installation here; every token is dead afterwards."""
    uninstall(ask.cloud, ask.portal)
    return Answer(204)


def reading(ask: Ask) -> list[str]:
    return [ask.kind.read, f"crm.schemas.{ask.kind.plural}.read"]


ROUTES: list[Route] = [
    ("GET", "/account-info/V/details", details, nothing),
    ("GET", "/crm/pipelines/V/([^/]+)", pipelines, reading),
    ("GET", "/crm/pipelines/V/([^/]+)/([^/]+)", pipeline, reading),
    ("DELETE", "/appinstalls/V/external-install", external_install, nothing),
]
