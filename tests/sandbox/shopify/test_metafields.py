"""Metafields are set all together or not at all, with compare-and-set, and definitions exist once."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.shopify import ShopControl
from tests.sandbox.shopify.conftest import Api
from tests.sandbox.shopify.listening import Listener

SET = """mutation Set($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) {
  metafields { namespace key value compareDigest } userErrors { code elementIndex field } } }"""
READ = """query Read($id: ID!) { customer(id: $id) { tags
  metafields(first: 10, namespace: "$app:referral") { nodes { key value compareDigest } } } }"""
DELETE = """mutation Delete($m: [MetafieldIdentifierInput!]!) { metafieldsDelete(metafields: $m) {
  deletedMetafields { key } userErrors { message } } }"""
DEFINE = """mutation Define($d: MetafieldDefinitionInput!) { metafieldDefinitionCreate(definition: $d) {
  createdDefinition { namespace key type { name } } userErrors { code } } }"""
UPDATE = """mutation Update($i: CustomerInput!) { customerUpdate(input: $i) {
  customer { tags note } userErrors { field message } } }"""


def field(who: dict[str, Any], key: str = "code", value: str = "ALICE", **more: Any) -> dict[str, Any]:
    given = {"ownerId": who["gid"], "namespace": "$app:referral", "key": key, "value": value}
    return given | {"type": "single_line_text_field"} | more


def put(api: Api, *fields: dict[str, Any]) -> Any:
    return api.ask(SET, m=list(fields))["metafieldsSet"]


def read(api: Api, who: dict[str, Any]) -> dict[str, str]:
    nodes = api.ask(READ, id=who["gid"])["customer"]["metafields"]["nodes"]
    return {node["key"]: node["value"] for node in nodes}


def codes(payload: Any) -> list[tuple[str, int | None]]:
    return [(error["code"], error["elementIndex"]) for error in payload["userErrors"]]


def test_values_are_set_and_read_back_in_the_apps_own_namespace(api: Api, alice: dict[str, Any]) -> None:
    made = put(api, field(alice), field(alice, "stats", '{"won": 2}', type="json"))
    assert [each["namespace"] for each in made["metafields"]] == ["app--580111--referral"] * 2
    assert read(api, alice) == {"code": "ALICE", "stats": '{"won": 2}'}
    assert put(api, field(alice, value="ALICE-2"))["userErrors"] == []
    assert read(api, alice)["code"] == "ALICE-2"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"value": ""}, "BLANK"),
        ({"type": "number_integer", "value": "1.5"}, "INVALID_VALUE"),
        ({"type": "json", "value": "{"}, "INVALID_VALUE"),
        ({"type": "poem"}, "INCLUSION"),
        ({"type": None}, "BLANK"),
        ({"ownerId": "gid://shopify/Customer/1"}, "INVALID"),
        ({"compareDigest": "not what stands there"}, "STALE_OBJECT"),
    ],
)
def test_one_wrong_field_keeps_all_the_others_out(
    api: Api, desk: ShopControl, alice: dict[str, Any], wrong: dict[str, Any], code: str
) -> None:
    """SH-49: one batch is atomic."""
    assert codes(put(api, field(alice, "good"), field(alice, "bad") | wrong)) == [(code, 1)]
    assert desk.truth()["metafields"] == []


def test_a_digest_lets_only_the_one_who_read_the_newest_value_write(api: Api, alice: dict[str, Any]) -> None:
    made = put(api, field(alice, compareDigest=None))["metafields"][0]
    assert codes(put(api, field(alice, value="B", compareDigest=None))) == [("STALE_OBJECT", 0)]
    assert codes(put(api, field(alice, value="B", compareDigest=made["compareDigest"]))) == []
    assert codes(put(api, field(alice, value="C", compareDigest=made["compareDigest"]))) == [("STALE_OBJECT", 0)]
    assert read(api, alice) == {"code": "B"}


def test_more_than_twenty_five_at_once_are_refused(api: Api, alice: dict[str, Any]) -> None:
    fields = [field(alice, f"k{number}") for number in range(26)]
    assert codes(put(api, *fields)) == [("LESS_THAN_OR_EQUAL_TO", None)]
    assert read(api, alice) == {}
    assert codes(put(api, *fields[:25])) == []


def test_a_type_stays_what_it_was(api: Api, alice: dict[str, Any]) -> None:
    put(api, field(alice))
    assert codes(put(api, field(alice, value="7", type="number_integer"))) == [("INVALID_TYPE", 0)]
    assert codes(put(api, field(alice, value="7", type=None))) == [], "a known field needs no type"


def test_only_a_changed_value_echoes(api: Api, desk: ShopControl, listener: Listener, alice: dict[str, Any]) -> None:
    put(api, field(alice), field(alice, "other"))
    put(api, field(alice))
    assert desk.settle()
    assert len(listener.of("customers/update")) == 1


def test_fields_can_be_deleted(api: Api, alice: dict[str, Any]) -> None:
    put(api, field(alice))
    gone = {"ownerId": alice["gid"], "namespace": "$app:referral", "key": "code"}
    told = api.ask(DELETE, m=[gone, gone | {"key": "never"}])["metafieldsDelete"]["deletedMetafields"]
    assert told == [{"key": "code"}, None]
    assert read(api, alice) == {}


def test_a_definition_exists_once_and_gives_the_type(api: Api, alice: dict[str, Any]) -> None:
    asked = {
        "name": "Code",
        "namespace": "$app:referral",
        "key": "code",
        "ownerType": "CUSTOMER",
        "type": "number_integer",
    }
    made = api.ask(DEFINE, d=asked)["metafieldDefinitionCreate"]
    assert made["createdDefinition"]["type"] == {"name": "number_integer"}
    again = api.ask(DEFINE, d=asked)["metafieldDefinitionCreate"]
    assert (again["createdDefinition"], again["userErrors"]) == (None, [{"code": "TAKEN"}])
    assert codes(put(api, field(alice, value="text", type=None))) == [("INVALID_VALUE", 0)]
    assert codes(put(api, field(alice, value="7", type=None))) == []


def test_customer_update_replaces_all_tags(api: Api, desk: ShopControl) -> None:
    """The trap behind SH-50: the merchant's tags are lost."""
    who = desk.create_customer(email="x@example.com", tags=["vip"])
    told = api.ask(UPDATE, i={"id": who["gid"], "tags": ["advocate"], "note": "hello"})["customerUpdate"]
    assert told["customer"] == {"tags": ["advocate"], "note": "hello"}
    missing = api.ask(UPDATE, i={"id": "gid://shopify/Customer/1", "note": "x"})["customerUpdate"]
    assert missing["userErrors"][0]["field"] == ["id"]


def test_aliased_mutations_fail_one_by_one(api: Api, desk: ShopControl, alice: dict[str, Any]) -> None:
    """SH-51: only the failing item fails."""
    batch = """mutation Batch($a: ID!, $b: ID!) {
      r0: tagsAdd(id: $a, tags: ["x"]) { userErrors { message } }
      r1: tagsAdd(id: $b, tags: ["x"]) { userErrors { message } }
      r2: tagsRemove(id: $a, tags: ["X", "never"]) { userErrors { message } }
      r3: tagsAdd(id: $a, tags: ["y, z"]) { userErrors { message } } }"""
    told = api.ask(batch, a=alice["gid"], b="gid://shopify/Customer/1")
    assert [len(told[f"r{number}"]["userErrors"]) for number in range(4)] == [0, 1, 0, 0]
    assert desk.truth()["customers"][0]["tags"] == ["y", "z"]
