"""shopify.app.toml.example asks for what the connector uses, and for nothing else."""

import tomllib
from collections.abc import Iterator

import pytest
from graphql import FieldNode, OperationDefinitionNode, Visitor, parse, visit

from connectors.shopify import privacy
from connectors.shopify.documents import document
from connectors.shopify.installation import NEEDED, OPTIONAL
from connectors.shopify.preparing import TOPICS
from connectors.shopify.store_app import WANTED_FOR
from sandbox.shopify import App
from sandbox.shopify.graph.access import SCOPES
from sandbox.shopify.registration import implied
from sandbox.shopify.webhooks.announce import RIGHTS
from tests.support.places import ROOT

FOLDER = ROOT / "connectors/shopify"
TOLD = tomllib.loads((FOLDER / "shopify.app.toml.example").read_text(encoding="utf-8"))
REQUIRED = TOLD["access_scopes"]["scopes"].split(",")
ASKED_LATER = TOLD["access_scopes"]["optional_scopes"]
PROXY = "write_app_proxy"  # no field and no topic needs it: it is what lets the shop forward requests


def fields() -> Iterator[str]:
    """Every field of every operation that the connector sends."""
    found: list[str] = []

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            found.append(node.name.value)

    for path in sorted((FOLDER / "documents").glob("*.graphql")):
        tree = parse(document(path.stem))
        assert any(isinstance(part, OperationDefinitionNode) for part in tree.definitions)
        visit(tree, Fields())
    return iter(found)


def topics() -> set[str]:
    return {topic.lower().replace("_", "/", 1) for topic in TOPICS}


def lacks(scopes: set[str]) -> list[str]:
    """What the connector could not do with these scopes only."""
    held = implied(sorted(scopes))
    missing = [field for field in fields() if field in SCOPES and not held & set(SCOPES[field])]
    return missing + [
        topic for topic in topics() for start, rights in RIGHTS.items() if topic.startswith(start) and not held & rights
    ]


def test_what_the_connector_does_is_covered() -> None:
    """S34"""
    assert lacks({*REQUIRED, *ASKED_LATER}) == []


@pytest.mark.parametrize("scope", [*REQUIRED, *ASKED_LATER])
def test_no_right_is_asked_for_that_nothing_needs(scope: str) -> None:
    """S34"""
    if scope == PROXY:
        assert TOLD["app_proxy"]["url"].endswith("/store/shopify/proxy")
        return
    assert lacks({*REQUIRED, *ASKED_LATER} - {scope})


def test_the_file_and_the_code_name_the_same_rights() -> None:
    """S34"""
    assert {*REQUIRED} == {*NEEDED, PROXY}
    assert {*ASKED_LATER} == {*OPTIONAL} == {*WANTED_FOR}


def test_gift_cards_and_merges_are_all_that_waits_to_be_asked_for() -> None:
    without = {name for name in lacks(set(REQUIRED)) if not name.startswith("giftCard")}
    assert without == {"customers/merge"}


def test_the_app_hears_what_the_hub_would_subscribe_itself_and_the_compliance_topics() -> None:
    heard = {topic for one in TOLD["webhooks"]["subscriptions"] for topic in one.get("topics", [])}
    compliance = {topic for one in TOLD["webhooks"]["subscriptions"] for topic in one.get("compliance_topics", [])}
    assert heard == topics() - {"customers/merge"}  # of an optional right: it cannot be deployed for shops without it
    assert compliance == privacy.TOPICS
    assert {one["uri"] for one in TOLD["webhooks"]["subscriptions"]} == {
        "https://referrals.example.com/hooks/app/shopify"
    }


def test_the_vendor_would_take_the_file() -> None:
    app = App.from_toml(FOLDER / "shopify.app.toml.example", client_secret="hush")
    assert (app.embedded, app.legacy_install) == (True, False)
    assert app.address == "https://referrals.example.com/store/shopify/"
    assert app.redirect_urls == ["https://referrals.example.com/store/shopify/back"]
