"""The Salesforce kit deployed into the stand-in org: the integration user has what the kit grants and nothing else."""

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

import pytest

from connectors.salesforce.connector import Salesforce
from referhub import ContactsMerged, DealWon, IdentityKind, LeadQualified, Money, OrderPaid, Record
from sandbox.salesforce import OrgControl, SandboxOrg
from tests.connectors.salesforce.kit_files import (
    ALWAYS_VISIBLE,
    PERSONS,
    custom_fields,
    field_rights,
    files,
    messages,
    root_of,
    text,
    texts,
    watched,
)
from tests.connectors.salesforce.support import hint, keys
from tests.support.places import ROOT

HOOK = "https://hub.example/hooks/1/token"
SETS = ("Referral_Hub_Integration", "Referral_Hub_Orders", "Referral_Hub_Person_Accounts")
SYSTEM = {"Id", "IsDeleted", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp"}
TYPES = {"Text": "string({length})", "Url": "url(255)", "Number": "double({digits},{scale})", "DateTime": "datetime"}
# The most that each field has to hold.
FULL: dict[str, str | int | Money | datetime] = {
    "code": "C" * 64,
    "link": "https://shop.example/?ref=".ljust(255, "x"),
    "referred_by": "R" * 64,
    "status": "advocate",
    "friends_brought": 999_999_999,
    "revenue_brought": Money(99_999_999_999_999, "EUR"),
    "rewards_earned": Money(99_999_999_999_999, "EUR"),
    "rewards_pending": Money(1, "EUR"),
    "currency": "EUR",
    "last_referral_at": datetime(2026, 11, 24, 12, 30, 5, tzinfo=UTC),
    "last_reward_at": datetime(2026, 11, 25, 12, 30, 5, tzinfo=UTC),
    "trace": "https://hub.example/dashboard/people/".ljust(255, "x"),
    "hub_id": "H" * 64,
}


@pytest.fixture
def org() -> Iterator[SandboxOrg]:
    """Takes the place of the org that has the referral fields from the beginning."""
    with SandboxOrg(certificate=keys()[1], with_kit=False) as running:
        _deploy(OrgControl(running.base_url))
        yield running


def test_after_deploying_the_hub_has_nothing_to_complain_of(salesforce: Salesforce) -> None:
    assert list(salesforce.prepare(HOOK)) == []
    account = salesforce.ping()
    assert (account.missing_rights, account.warnings) == ((), ())


@pytest.mark.parametrize("kind", PERSONS)
def test_every_field_holds_the_most_that_the_hub_writes(kind: str, desk: OrgControl, salesforce: Salesforce) -> None:
    person = desk.create(kind, LastName="Ada")["Id"]
    record = Record(person, {salesforce.default_fields[ours]: value for ours, value in FULL.items()})
    assert salesforce.write([record]) == [None]
    shown = salesforce.show([person], list(record.fields))[person]
    assert shown == {name: salesforce.spelt(value) for name, value in record.fields.items()}


def test_a_won_opportunity_is_read_with_no_more_rights_than_granted(desk: OrgControl, salesforce: Salesforce) -> None:
    contact = desk.create_contact(LastName="Ada", Email="ada@example.com", Referred_By_Code__c="MIRA-7")
    deal = desk.create_opportunity(Name="Chairs", Amount=1200, ContactId=contact["Id"])["Id"]
    desk.win(deal)
    (event,) = salesforce.read(hint("Opportunity", deal))
    assert isinstance(event, DealWon)
    assert event.order.base == Money(120_000, "EUR")
    assert [code.value for code in event.order.evidence] == ["MIRA-7"]
    assert {claim.kind for claim in event.order.friend.identities} >= {IdentityKind.CONTACT, IdentityKind.EMAIL}


def test_an_activated_order_is_read_with_no_more_rights_than_granted(desk: OrgControl, salesforce: Salesforce) -> None:
    account = desk.create_account(Name="Acme")["Id"]
    contact = desk.create_contact(LastName="Ada", AccountId=account, Referred_By_Code__c="MIRA-7")["Id"]
    order = desk.create_order(AccountId=account, BillToContactId=contact)["Id"]
    desk.set_order(order, "Activated", 99)
    (event,) = salesforce.read(hint("Order", order))
    assert isinstance(event, OrderPaid)
    assert [code.value for code in event.order.evidence] == ["MIRA-7"]


def test_a_converted_lead_is_read_with_no_more_rights_than_granted(desk: OrgControl, salesforce: Salesforce) -> None:
    lead = desk.create_lead(LastName="Ada", Email="ada@example.com", Referred_By_Code__c="MIRA-7")["Id"]
    desk.convert_lead(lead)
    merged, qualified = salesforce.read(hint("Lead", lead))
    assert isinstance(merged, ContactsMerged)
    assert isinstance(qualified, LeadQualified)
    assert [code.value for code in qualified.order.evidence] == ["MIRA-7"]


def test_people_are_heard_and_the_hubs_own_fields_are_not(desk: OrgControl) -> None:
    """The flows as far as the stand-in org knows them: which changes of a record they watch."""
    contact = desk.create_contact(LastName="Ada")["Id"]
    desk.hold()
    _announce(desk)
    desk.update(contact, Referral_Count__c=3, Referral_Status__c="advocate")
    assert desk.notifications(record_id=contact) == []
    desk.update(contact, Phone="+49 30 1234567")
    assert [note["object"] for note in desk.notifications(record_id=contact)] == ["Contact"]


def _deploy(desk: OrgControl) -> None:
    for kind in PERSONS:
        for field in custom_fields(kind).values():
            desk.add_field(kind, _line(field))
    granted = {name: right for each in SETS for name, right in field_rights(each).items()}
    for kind, known in tomllib.loads((ROOT / "sandbox/salesforce/objects.toml").read_text(encoding="utf-8")).items():
        if kind not in ("Contact", "Lead", "Opportunity", "Order"):
            continue
        names = {line.split()[0] for line in known["fields"].split("\n") if line} | set(custom_fields("Contact"))
        visible = {name for name in names if f"{kind}.{name}" in granted} | SYSTEM | ALWAYS_VISIBLE
        fixed = {name for name in visible if granted.get(f"{kind}.{name}") == "read"}
        desk.set_visibility(kind, hidden=sorted(names - visible), read_only=sorted(fixed))


def _line(field: Element) -> str:
    scale = text(field, "scale") or "0"
    digits = int(text(field, "precision") or "0") - int(scale)
    kind = TYPES[text(field, "type")].format(length=text(field, "length"), digits=digits, scale=scale)
    marks = {"externalId": "external", "unique": "unique", "caseSensitive": "exact"}
    told = " ".join(word for flag, word in marks.items() if text(field, flag) == "true")
    return f"{text(field, 'fullName')} {kind} {told}".strip()


def _announce(desk: OrgControl) -> None:
    seen: dict[str, set[str]] = {}
    for path in files(".flow-meta.xml"):
        seen.setdefault(text(root_of(path), "start/object"), set()).update(watched(root_of(path)))
    for kind, message in messages():
        if kind in ("Contact", "Lead", "Opportunity"):
            desk.announce_to(HOOK, [kind], fields=texts(message, "fields"), watch=sorted(seen[kind]))
