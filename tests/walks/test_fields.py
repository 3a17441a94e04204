"""Fields in both CRMs, over the network: looked at, written, compared, healed, and taken back to what stood there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from connectors.hubspot.connector import HubSpot
from connectors.salesforce.connector import Salesforce
from sandbox.hubspot import PortalControl, SandboxPortal
from sandbox.salesforce import OrgControl, SandboxOrg
from tests.support.live import CODE, Scene

OLD = "AN-OLD-CODE"


@dataclass
class Crm:
    """One CRM where Alice carries somebody else's code and Bob nothing, and what its desk shows of both."""

    stage: Scene
    label: str
    desk: Any
    names: dict[str, str]
    alice: str
    bob: str

    def poll(self) -> None:
        """The hub has asked for what changed, and everything due is done."""
        self.stage.referhub("reconcile", "--connection", self.label)
        self.stage.settle()

    def fields(self, *words: str) -> Any:
        """`referhub fields WORDS` on this connection."""
        return self.stage.referhub("fields", words[0], self.label, *words[1:])

    def carried(self) -> list[dict[str, str]]:
        """The referral fields of both, as texts, without empty ones."""
        shown = [self.read(self.alice), self.read(self.bob)]
        return [{ours: str(one[name]) for ours, name in self.names.items() if one.get(name)} for one in shown]

    def read(self, source_id: str) -> dict[str, Any]:
        if isinstance(self.desk, OrgControl):
            return self.desk.read(source_id)
        (row,) = [row for row in self.desk.records("contacts") if str(row["id"]) == source_id]
        return dict(row["properties"])

    def change(self, source_id: str, name: str, value: str) -> None:
        """Somebody types something into a field."""
        if isinstance(self.desk, OrgControl):
            self.desk.update(source_id, **{name: value})
        else:
            self.desk.update_contact(int(source_id), **{name: value})


def salesforce(stage: Scene) -> Iterator[Crm]:
    with SandboxOrg(client_secret="secret") as org:
        desk = OrgControl(org.base_url)
        alice = desk.create_contact(LastName="Alice", Email="alice@example.com", Referral_Code__c=OLD)["Id"]
        bob = desk.create_contact(LastName="Bob", Email="bob@example.com")["Id"]
        given = ("--client-id", org.client_id, "--client-secret", "secret", "--domain", org.base_url)
        stage.referhub("connect", "salesforce", *given, "--currency", "EUR")
        desk.advance(120)  # a poll stays a minute behind the org's own clock
        yield Crm(stage, "salesforce", desk, dict(Salesforce.default_fields), alice, bob)


def hubspot(stage: Scene) -> Iterator[Crm]:
    with SandboxPortal(with_kit=True, per_ten_seconds=100_000, searches_per_second=100_000) as portal:
        desk = PortalControl(portal.base_url)
        alice = desk.create_contact(email="alice@example.com", referral_code=OLD)["id"]
        bob = desk.create_contact(email="bob@example.com")["id"]
        given = ("--client-secret", portal.client_secret, "--access-token", portal.access_token)
        address = ("--app-id", str(portal.app_id), "--public-url", "https://hub.example", "--api-base", portal.base_url)
        stage.referhub("connect", "hubspot", *given, *address)
        desk.advance(120)
        yield Crm(stage, "hubspot", desk, dict(HubSpot.default_fields), str(alice), str(bob))


@pytest.fixture(params=[salesforce, hubspot], ids=lambda made: made.__name__)
def crm(request: pytest.FixtureRequest, stage: Scene) -> Iterator[Crm]:
    """A CRM beside the shop, in which Alice brought Bob; nothing was written into it yet."""
    stage.advocate()
    stage.order(stage.friend())
    stage.settle()
    for made in request.param(stage):
        made.poll()
        yield made


def test_a_crm_is_looked_at_written_compared_healed_and_taken_back(crm: Crm) -> None:
    """The whole life of the fields, in the order in which an admin meets it."""
    before = crm.carried()
    assert before == [{"code": OLD}, {}]

    preview = crm.fields("preview")
    code = preview["fields"]["code"]
    assert (preview["records"], preview["unseen"], code["replaces"], code["fills"]) == (2, 0, 1, 0)
    assert code["examples"][0]["before"] == OLD
    assert crm.carried() == before

    crm.fields("go-live")
    crm.stage.settle()
    alice, bob = crm.carried()
    assert (alice["code"], alice["status"], float(alice["friends_brought"])) == (CODE, "advocate", 1)
    assert (bob["referred_by"], bob["status"]) == (CODE, "converted")
    assert (float(alice["rewards_pending"]), alice["currency"]) == (10.0, "EUR")

    assert crm.fields("drift")["differing"] == 0, "what was written is shown in the same spelling"
    crm.change(crm.alice, crm.names["code"], "TYPO")
    crm.change(crm.bob, crm.names["referred_by"], "By hand")
    drift = crm.fields("drift", "--heal")
    assert [(one["theirs"], one["shown"], one["written"]) for one in drift["drifted"]] == [
        (crm.names["code"], "TYPO", CODE)
    ]
    crm.stage.settle()
    alice, bob = crm.carried()
    assert (alice["code"], bob["referred_by"]) == (CODE, "By hand")

    assert crm.fields("undo")["restored"] == 1
    assert crm.carried()[0]["code"] == "TYPO"
    crm.change(crm.alice, crm.names["code"], CODE)
    undone = crm.fields("undo")
    assert (undone["restored"], undone["left_alone"], undone["failed"]) == (1, 1, 0)
    assert crm.carried() == [{"code": OLD}, {"referred_by": "By hand"}]
    crm.stage.settle()
    assert crm.carried()[0] == {"code": OLD}, "nothing is written again by itself"


def test_a_field_that_is_off_or_elsewhere_stays_as_it_is(crm: Crm) -> None:
    crm.fields("off", "code")
    crm.fields("go-live")
    crm.stage.settle()
    alice, bob = crm.carried()
    assert (alice["code"], alice["status"], bob["status"]) == (OLD, "advocate", "converted")
