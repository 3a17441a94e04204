"""Whoever may edit a record may write anything into it: it is kept safely or left out, and the neighbour counts."""

from collections.abc import Sequence
from typing import Any

import pytest

from connectors.salesforce.connector import Salesforce
from referhub import ContactReferred, ContactSaved, DealWon, Delivery, HttpResponse
from referhub.testing import faults_of
from tests.connectors.salesforce.support import ORG, answer, config, hint, login, records, row

ODD = {
    "32 KB": "x" * 32_768,
    "formulas": "=HYPERLINK(1)" * 2_520,
    "a formula": "=cmd|' /C calc'!A0",
    "a script": "<script>alert(1)</script>",
    "NUL": "\x00a\x00",
    "half a pair": "\ud800b",
    "right to left": "\u202e" * 300,
    "brackets": "[" * 9_999,
}
TEXTS = ("Name", "Email", "Phone", "MobilePhone", "LeadSource", "Referred_By_Code__c", "Segment__c")
SETTINGS = {
    "counts_contacts": "yes",
    "opportunity_facts": "Branch__c",
    "contact_facts": "Segment__c",
    "opportunity_reference_field": "Shop_Order__c",
    "opportunity_code_field": "Code__c",
}


class Org:
    """An org that shows every field, and these records."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = rows

    def request(self, method: str, url: str, **_: Any) -> HttpResponse:
        if "/oauth2/" in url:
            return login(org=ORG)
        if url.endswith("/describe"):
            names = {name for one in self.rows for name in one} | {*TEXTS, "Id"} - {"IsPersonAccount"}
            return answer({"fields": [{"name": name, "type": "string", "updateable": True} for name in names]})
        kind = "Contact" if "FROM+Contact" in url else "Opportunity" if "FROM+Opportunity" in url else ""
        found = [one for one in self.rows if one["attributes"]["type"] == kind and one["Id"] in url]
        return records(*found)


def contact(number: int, **texts: str) -> dict[str, Any]:
    given = {"SystemModstamp": "2026-11-20T14:03:11.000+0000", "IsDeleted": False, "LastModifiedById": None}
    return {"attributes": {"type": "Contact"}, "Id": f"003SY000000000{number}YAA", **given, **texts}


def deal(number: int, person: dict[str, Any], **texts: str) -> dict[str, Any]:
    role = {"Id": "00KSY0000000001YAA", "ContactId": person["Id"], "IsPrimary": True, "Contact": person}
    roles = {"done": True, "records": [role]}
    made = row("opportunity") | {"Id": f"006SY000000000{number}YAA", "OpportunityContactRoles": roles} | texts
    return made | {"attributes": {"type": "Opportunity"}}


def texts_of(event: Any) -> list[str]:
    """Every text that an event would have the hub keep."""
    order = getattr(event, "order", None)
    person = order.friend if order else event.contact
    told = [person.name or "", *(one.value for one in person.identities)]
    if order:
        told += [order.name, order.channel, *order.references, *(one.value for one in order.evidence)]
        told += [value for value in order.fields.values() if isinstance(value, str)]
    return told


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_odd_and_endless_texts_of_one_record_are_nobody_elses_trouble(odd: str) -> None:
    """Bad input"""
    strange, usual = contact(1, **dict.fromkeys(TEXTS, odd)), contact(2, Name="Ada", Referred_By_Code__c="MIRA-7")
    names = ("Name", "StageName", "Type", "LeadSource", "Branch__c", "Shop_Order__c", "Code__c", "OwnerId")
    org = Org(strange, usual, deal(1, strange, **dict.fromkeys(names, odd)), deal(2, usual))
    hints: list[Delivery] = [
        hint(one["attributes"]["type"], one["Id"], f"04lSY{place:010d}") for place, one in enumerate(org.rows)
    ]
    answers = Salesforce(config(**SETTINGS), org).read_many(hints)
    assert [next(type(one) for one in told) for told in answers] == [ContactSaved, ContactSaved, DealWon, DealWon]  # type: ignore[union-attr]
    assert any(isinstance(one, ContactReferred) for one in answers[1])  # type: ignore[union-attr]
    for told in answers:
        assert isinstance(told, Sequence)
        for event in told:
            assert not list(faults_of(event))
            for text in filter(None, texts_of(event)):
                assert len(text) <= 320
                assert "\x00" not in text
                assert text.encode(), "no database holds half of a pair"
