"""The Salesforce kit's flows tell the hub of what matters, and of nothing that the hub wrote itself."""

import tomllib
from xml.etree.ElementTree import Element

import pytest

from connectors.salesforce.connector import Salesforce
from tests.connectors.salesforce.kit_files import SILENCER, files, messages, parts, root_of, text, texts, watched
from tests.support.places import ROOT

GUARD = f"AND(NOT({{!$Permission.{SILENCER}}}), "
NAMES = set(Salesforce.default_fields.values())
FLOWS = [pytest.param(root_of(path), id=path.name.split(".")[0]) for path in files(".flow-meta.xml")]


def test_a_message_carries_no_contents() -> None:
    """Whoever reads it on its way learns which record changed, and nothing of what it says."""
    found = list(messages())
    assert {kind for kind, _message in found} == {"Contact", "Lead", "Opportunity", "Order", "Account"}
    for _kind, message in found:
        assert texts(message, "fields") == ["Id", "LastModifiedById", "SystemModstamp"]
        assert text(message, "includeSessionId") == "false"


@pytest.mark.parametrize("flow", FLOWS)
def test_a_flow_sends_a_message_of_its_own_object(flow: Element) -> None:
    known = {f"{kind}.{text(message, 'fullName')}": kind for kind, message in messages()}
    (call,) = parts(flow, "actionCalls")
    assert text(call, "actionType") == "outboundMessage"
    assert known[text(call, "actionName")] == text(flow, "start/object")
    assert text(flow, "start/connector/targetReference") == text(call, "name")
    assert text(call, "nameSegment") == text(call, "actionName")


@pytest.mark.parametrize("flow", FLOWS)
def test_a_flow_waits_for_the_record_to_be_saved_and_sends_only_if_it_stays_saved(flow: Element) -> None:
    assert text(flow, "start/triggerType") == "RecordAfterSave"
    assert text(flow, "actionCalls/flowTransactionModel") == "CurrentTransaction"


@pytest.mark.parametrize("flow", FLOWS)
def test_no_flow_tells_the_hub_what_the_hub_itself_wrote(flow: Element) -> None:
    """The first layer of SF-25: the hub's own write sends no message at all."""
    formula = text(flow, "start/filterFormula")
    assert formula.startswith(GUARD)
    assert formula.count("(") == formula.count(")")
    assert _closes_only_at_the_end(formula), "the guard must stand before everything else, not beside it"


@pytest.mark.parametrize("flow", FLOWS)
def test_no_flow_fires_when_only_fields_of_the_hubs_own_changed(flow: Element) -> None:
    seen = {name.replace("__pc", "__c") for name in watched(flow)}
    assert seen & NAMES <= {"Referred_By_Code__c"}
    assert seen


@pytest.mark.parametrize("flow", FLOWS)
def test_a_flow_for_new_records_asks_for_no_change(flow: Element) -> None:
    """Salesforce refuses ISCHANGED where a flow runs on new records as well."""
    trigger = text(flow, "start/recordTriggerType")
    assert trigger in {"Create", "Update"}
    assert ("ISCHANGED" in text(flow, "start/filterFormula")) == (trigger == "Update")


@pytest.mark.parametrize("flow", FLOWS)
def test_a_flow_watches_fields_that_exist(flow: Element) -> None:
    kind = text(flow, "start/object")
    standard = tomllib.loads((ROOT / "sandbox/salesforce/objects.toml").read_text(encoding="utf-8"))
    known = {line.split()[0] for line in standard[kind]["fields"].split("\n") if line}
    ending = "__pc" if kind == "Account" else "__c"
    assert watched(flow) <= known | {name.removesuffix("__c") + ending for name in NAMES}


def test_what_decides_about_a_reward_is_watched() -> None:
    seen: dict[str, set[str]] = {}
    for path in files(".flow-meta.xml"):
        seen.setdefault(text(root_of(path), "start/object"), set()).update(watched(root_of(path)))
    assert seen["Opportunity"] >= {"StageName", "Amount", "CloseDate", "IsWon"}
    assert seen["Lead"] >= {"IsConverted", "Email", "Referred_By_Code__c"}
    assert seen["Contact"] >= {"Email", "Referred_By_Code__c"}
    assert seen["Order"] >= {"Status", "TotalAmount"}
    assert seen["Account"] >= {"IsPersonAccount", "PersonEmail", "Referred_By_Code__pc"}


@pytest.mark.parametrize("flow", FLOWS)
def test_a_flow_sends_nothing_before_somebody_activates_it(flow: Element) -> None:
    assert text(flow, "status") == "Draft"


def _closes_only_at_the_end(formula: str) -> bool:
    depth, closed = 0, []
    for place, letter in enumerate(formula):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        closed += [place] if letter == ")" and depth == 0 else []
    return closed == [len(formula) - 1]
