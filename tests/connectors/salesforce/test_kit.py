"""The Salesforce kit gives an org what the connector writes and reads, and tells the hub of nothing it wrote itself."""

import json
import re
import tomllib
from copy import deepcopy
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from connectors.salesforce import columns, facts, preparing
from connectors.salesforce.connector import Salesforce
from tests.connectors.salesforce.kit_files import (
    ALWAYS_VISIBLE,
    APP,
    FOLDERS,
    KIT,
    PERSONS,
    SILENCER,
    VISIBLE_ON,
    custom_fields,
    field_rights,
    files,
    messages,
    parts,
    permission_set,
    project,
    root_of,
    text,
    texts,
)
from tests.connectors.salesforce.metadata_api import METADATA, problems_of
from tests.support.places import ROOT

# Our names for what a record shows, and what each is at Salesforce. Setup calls 18 digits, 2 of them decimals, (16,2).
FIELDS = {
    "code": ("Referral_Code__c", "Text", "64"),
    "link": ("Referral_Link__c", "Url", ""),
    "referred_by": ("Referred_By_Code__c", "Text", "64"),
    "status": ("Referral_Status__c", "Text", "40"),
    "friends_brought": ("Referral_Count__c", "Number", "9,0"),
    "revenue_brought": ("Referral_Revenue__c", "Number", "18,2"),
    "rewards_earned": ("Referral_Rewards_Earned__c", "Number", "18,2"),
    "rewards_pending": ("Referral_Rewards_Pending__c", "Number", "18,2"),
    "currency": ("Referral_Rewards_Currency__c", "Text", "3"),
    "last_referral_at": ("Referral_Last_At__c", "DateTime", ""),
    "last_reward_at": ("Referral_Last_Reward_At__c", "DateTime", ""),
    "trace": ("Referral_Trace__c", "Url", ""),
    "hub_id": ("Referral_Hub_Id__c", "Text", "64"),
}
NAMES = {name for name, _kind, _size in FIELDS.values()}
SEEN_THROUGH_THE_CONTACT = {"PersonEmail", "PersonMobilePhone"}
LONGEST_HELP = 510  # https://help.salesforce.com/s/articleView?id=sf.customhelp_writing_guidelines.htm
METADATA_FILES = [path for path in files("-meta.xml") if ".js-meta" not in path.name]


@pytest.mark.parametrize("path", METADATA_FILES, ids=lambda path: path.name.removesuffix("-meta.xml"))
def test_salesforces_own_description_knows_every_element_of_a_file(path: Path) -> None:
    root = root_of(path)
    assert list(problems_of(root, root.tag.removeprefix(METADATA))) == []


def test_a_file_that_salesforce_would_refuse_is_noticed() -> None:
    field = deepcopy(custom_fields("Contact")["Referral_Code__c"])
    parts(field, "type")[0].text = "Txt"
    field[:] = [*reversed(field), Element(METADATA + "colour")]
    assert list(problems_of(field, "CustomField")) == [
        "/CustomField knows no colour",
        f"/CustomField is out of order: {[child.tag.removeprefix(METADATA) for child in field[:-1]]}",
        "/CustomField: Txt is no FieldType",
    ]


@pytest.mark.parametrize("kind", PERSONS)
def test_contacts_and_leads_get_every_field_in_its_type_and_size(kind: str) -> None:
    found = {name: (text(field, "type"), _size(field)) for name, field in custom_fields(kind).items()}
    assert found == {name: (type_, size) for name, type_, size in FIELDS.values()}


@pytest.mark.parametrize("kind", PERSONS)
def test_only_the_hubs_own_number_is_unique_and_its_case_counts(kind: str) -> None:
    fields = custom_fields(kind)
    flags = ("unique", "externalId", "caseSensitive")
    told = {name: [text(field, flag) == "true" for flag in flags] for name, field in fields.items()}
    assert {name for name, marks in told.items() if any(marks)} == {"Referral_Hub_Id__c"}
    assert told["Referral_Hub_Id__c"] == [True, True, True]


def test_no_field_is_required_so_that_nobody_is_kept_from_saving_a_record() -> None:
    required = [text(field, "required") for kind in PERSONS for field in custom_fields(kind).values()]
    assert set(required) == {"false"}


def test_every_field_explains_itself_the_same_way_on_both_objects() -> None:
    helps = [{name: text(field, "inlineHelpText") for name, field in custom_fields(kind).items()} for kind in PERSONS]
    assert helps[0] == helps[1]
    assert [name for name, words in helps[0].items() if not 20 < len(words) <= LONGEST_HELP] == []
    assert len(set(helps[0].values())) == len(FIELDS)


def test_the_stand_in_org_has_the_kits_fields() -> None:
    stand_in = tomllib.loads((ROOT / "sandbox/salesforce/kit.toml").read_text(encoding="utf-8"))
    assert set(stand_in["objects"]) == set(PERSONS)
    assert {line.split()[0] for line in stand_in["fields"].split("\n") if line} == NAMES


def test_what_the_connector_writes_by_default_is_what_the_kit_brings() -> None:
    assert Salesforce.default_fields == {ours: name for ours, (name, _type, _size) in FIELDS.items()}


@pytest.mark.parametrize("kind", sorted(columns.OWN))
def test_the_integration_user_sees_everything_the_connector_reads(kind: str) -> None:
    """What is not granted is hidden from a user of the bare integration profile, so it would not be read."""
    asked = {"Opportunity": facts.DEAL, "Contact": facts.CONTACT}.get(kind, {})
    read = {*columns.OWN[kind], *asked.values()} - ALWAYS_VISIBLE - VISIBLE_ON.get(kind, set())
    read -= SEEN_THROUGH_THE_CONTACT
    granted = field_rights("Referral_Hub_Integration") | field_rights("Referral_Hub_Orders")
    granted |= field_rights("Referral_Hub_Person_Accounts")
    assert {f"{kind}.{name}" for name in read} <= set(granted)


def test_what_the_connector_tells_an_admin_to_deploy_exists_and_suits_every_org() -> None:
    (folder,) = re.findall(r"--source-dir (\S+)", preparing.DEPLOY)
    assert (KIT / folder).resolve() == APP / "main"
    assert permission_set(re.findall(r"Referral_Hub_\w+", preparing.PERMISSION_SET)[0]) is not None


def test_the_integration_user_may_write_every_referral_field() -> None:
    rights = field_rights("Referral_Hub_Integration")
    edited = {field for field, right in rights.items() if right == "edit"}
    assert edited == {f"{kind}.{name}" for kind in PERSONS for name in NAMES}


def test_the_integration_user_reads_people_and_deals_and_makes_or_deletes_nothing() -> None:
    held = permission_set("Referral_Hub_Integration")
    rights = {text(each, "object"): _object_rights(each) for each in parts(held, "objectPermissions")}
    seeing, editing = {"allowRead", "viewAllRecords"}, {"allowRead", "allowEdit", "viewAllRecords"}
    assert rights == {"Account": seeing, "Contact": editing, "Lead": editing, "Opportunity": seeing}


@pytest.mark.parametrize("path", files(".permissionset-meta.xml"), ids=lambda path: path.name.split(".")[0])
def test_who_sees_what_hangs_below_an_account_sees_the_account(path: Path) -> None:
    """Salesforce refuses a permission set that grants the one without the other."""
    held = {text(each, "object"): _object_rights(each) for each in parts(root_of(path), "objectPermissions")}
    below = held.keys() & {"Contact", "Opportunity", "Order"}
    assert not below or held["Account"] >= {"allowRead", "viewAllRecords"}


def test_the_integration_user_may_use_the_api_and_has_no_other_power() -> None:
    held = permission_set("Referral_Hub_Integration")
    assert texts(held, "userPermissions/name") == ["ApiEnabled"]


@pytest.mark.parametrize("path", files(".permissionset-meta.xml"), ids=lambda path: path.name.split(".")[0])
def test_no_permission_set_names_a_licence_which_an_integration_user_could_then_not_hold(path: Path) -> None:
    assert texts(root_of(path), "license") == []


@pytest.mark.parametrize("path", files(".permissionset-meta.xml"), ids=lambda path: path.name.split(".")[0])
def test_no_permission_set_lets_its_holder_create_delete_or_modify_everything(path: Path) -> None:
    granted = {right for each in parts(root_of(path), "objectPermissions") for right in _object_rights(each)}
    assert granted <= {"allowRead", "allowEdit", "viewAllRecords"}


def test_people_see_every_referral_field_and_may_type_in_who_recommended_us() -> None:
    rights = field_rights("Referral_Hub_Viewer")
    assert set(rights) == {f"{kind}.{name}" for kind in PERSONS for name in NAMES}
    assert {field.split(".")[1] for field, right in rights.items() if right == "edit"} == {"Referred_By_Code__c"}


def test_only_the_integration_user_is_kept_silent() -> None:
    """Whoever else held the permission would change records without the hub hearing of it."""
    holders = {
        path.name.split(".")[0]: texts(root_of(path), "customPermissions/name")
        for path in files(".permissionset-meta.xml")
    }
    assert {name: held for name, held in holders.items() if held} == {"Referral_Hub_Integration": [SILENCER]}
    assert [path.name.split(".")[0] for path in files(".customPermission-meta.xml")] == [SILENCER]


def test_what_not_every_org_has_stands_in_folders_of_its_own() -> None:
    """A deployment is refused whole when it names an object or a field that the org does not have."""
    named = {folder: {*_objects(folder)} for folder in FOLDERS if folder != "page"}
    assert named["main"] | named["messages"] == {"Account", "Contact", "Lead", "Opportunity"}
    assert named["orders"] == {"Account", "Order"}
    assert named["person-accounts"] == {"Account"}
    assert not [path for folder in ("main", "messages") for path in files(".xml", APP / folder) if _has(path, "__pc")]


def test_the_project_lists_every_folder_once() -> None:
    told = project()
    assert [each["path"] for each in told["packageDirectories"]] == [f"force-app/{folder}" for folder in FOLDERS]
    assert {path.parts[0] for path in (p.relative_to(APP) for p in APP.rglob("*") if p.is_file())} == set(FOLDERS)


def test_deploying_fills_in_the_address_and_the_user_and_leaves_no_gap() -> None:
    filled = {path: _as_deployed(path, {}) for path in files("-meta.xml")}
    left = [path.name for path, words in filled.items() if re.search("HUB/|CONNECTION|TOKEN|INTEGRATION_USER", words)]
    assert left == []
    addresses = [text(message, "endpointUrl") for _kind, message in messages()]
    assert set(addresses) == {"https://HUB/hooks/CONNECTION/TOKEN"}
    assert sum(words.count("<endpointUrl>{REFERRAL_HUB_URL}</endpointUrl>") for words in filled.values()) == 5
    assert sum(words.count("<integrationUser>{REFERRAL_HUB_USER}<") for words in filled.values()) == 5


def test_a_word_at_deployment_activates_the_flows() -> None:
    told = [_as_deployed(path, {"REFERRAL_HUB_FLOWS": "active"}) for path in files(".flow-meta.xml")]
    assert {re.findall(r"<status>(\w+)</status>", words)[0] for words in told} == {"Active"}


def test_what_is_deployed_can_be_removed() -> None:
    """Except the flows, whose versions are deleted by hand."""
    for folder in FOLDERS:
        removed = root_of(KIT / "uninstall" / f"{folder}.xml")
        listed = {(text(each, "name"), member) for each in parts(removed, "types") for member in texts(each, "members")}
        assert listed == set(_components(folder)), folder
    assert parts(root_of(KIT / "uninstall" / "package.xml"), "types") == []


def test_the_section_for_record_pages_shows_every_field_that_a_person_reads() -> None:
    code = (APP / "page/lwc/referralFacts/referralFacts.js").read_text(encoding="utf-8")
    shown = json.loads(re.findall(r"const SHOWN = (\[.*?\])", code, re.DOTALL)[0])
    assert {f"{name}__c" for name in shown} == NAMES - {"Referral_Hub_Id__c"}
    markup = (APP / "page/lwc/referralFacts/referralFacts.html").read_text(encoding="utf-8")
    assert {"{fieldNames}", "{recordId}", "{objectApiName}"} <= set(re.findall(r"\{\w+\}", markup))
    assert "get fieldNames()" in code


def test_the_readme_names_every_folder_and_everything_that_has_to_be_filled_in() -> None:
    page = (KIT / "README.md").read_text(encoding="utf-8")
    wanted = [f"force-app/{folder}" for folder in FOLDERS]
    wanted += [f"uninstall/{folder}.xml" for folder in FOLDERS]
    wanted += [each["replaceWithEnv"] for each in project()["replacements"] if "replaceWithEnv" in each]
    wanted += ["REFERRAL_HUB_FLOWS=active", "https://HUB/hooks/CONNECTION/TOKEN", "INTEGRATION_USER", SILENCER]
    wanted += [path.name.split(".")[0] for path in files(".permissionset-meta.xml")]
    assert [words for words in wanted if words not in page] == []


def test_every_folder_in_a_command_of_the_readme_exists() -> None:
    page = (KIT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"(?:--source-dir|--manifest|--post-destructive-changes) ([\w./-]+)", page)
    assert named
    assert [path for path in named if not (KIT / path).exists()] == []


def test_the_readme_maps_every_lead_field_to_the_same_contact_field() -> None:
    """Without the mapping, a converted lead's code and rewards would not show on its contact."""
    page = (KIT / "README.md").read_text(encoding="utf-8")
    section = page.partition("## Lead conversion")[2].partition("\n## ")[0].replace("\n", " ")
    labels = {text(field, "label") for name, field in custom_fields("Lead").items() if name != "Referral_Hub_Id__c"}
    assert [label for label in labels if label not in section] == []


def _size(field: Element) -> str:
    if text(field, "type") == "Number":
        return f"{text(field, 'precision')},{text(field, 'scale')}"
    return text(field, "length")


def _object_rights(each: Element) -> set[str]:
    return {child.tag.removeprefix(METADATA) for child in each if child.text == "true"}


def _objects(folder: str) -> set[str]:
    found = {path.parts[-3] for path in files(".field-meta.xml", APP / folder)}
    found |= {path.name.split(".")[0] for path in files(".workflow-meta.xml", APP / folder)}
    found |= {text(root_of(path), "start/object") for path in files(".flow-meta.xml", APP / folder)}
    for path in files(".permissionset-meta.xml", APP / folder):
        found |= set(texts(root_of(path), "objectPermissions/object"))
        found |= {field.split(".")[0] for field in texts(root_of(path), "fieldPermissions/field")}
    return found


def _has(path: Path, words: str) -> bool:
    return words in path.read_text(encoding="utf-8")


def _as_deployed(path: Path, environment: dict[str, str]) -> str:
    """The file as the Salesforce command line sends it; a variable's value is shown as its name in braces."""
    words = path.read_text(encoding="utf-8")
    for each in project()["replacements"]:
        conditions = each.get("replaceWhenEnv", [])
        if path.match(each["glob"]) and all(environment.get(one["env"]) == one["value"] for one in conditions):
            words = words.replace(each["stringToReplace"], _replacement(each))
    return words


def _replacement(each: dict[str, str]) -> str:
    if "replaceWithEnv" in each:
        return f"{{{each['replaceWithEnv']}}}"
    return (KIT / each["replaceWithFile"]).read_text(encoding="utf-8").strip()


def _components(folder: str) -> list[tuple[str, str]]:
    listed = [("CustomField", f"{path.parts[-3]}.{path.name.split('.')[0]}") for path in _in(folder, ".field-meta.xml")]
    kinds = {
        "CustomPermission": ".customPermission-meta.xml",
        "PermissionSet": ".permissionset-meta.xml",
        "LightningComponentBundle": ".js-meta.xml",
    }
    listed += [(kind, path.name.split(".")[0]) for kind, ending in kinds.items() for path in _in(folder, ending)]
    for path in _in(folder, ".workflow-meta.xml"):
        names = texts(root_of(path), "outboundMessages/fullName")
        listed += [("WorkflowOutboundMessage", f"{path.name.split('.')[0]}.{name}") for name in names]
    return listed


def _in(folder: str, ending: str) -> list[Path]:
    return files(ending, APP / folder)
