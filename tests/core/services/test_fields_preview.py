"""Before the first write the source is only looked at; afterwards nothing that was looked at is looked at again."""

import pytest

from core.contract.errors import NeedsAttention, TryLater, WrongSetting
from core.contract.events import OrderPaid
from core.models import AuditEntry, Campaign, Identity
from core.services.connections import NotFound, connect
from core.services.field_verbs import go_live, map_field, places, show_preview
from core.services.lease import Lane
from core.worker import due_jobs
from tests.support.crm import CrmScene, connect_crm
from tests.support.hub import DAY, MINUTE, Scene, friend, order
from tests.support.shop import SHOPS, PretendShop

ONE, TWO, THREE = "c-000000", "c-000001", "c-000002"


@pytest.fixture
def crm(stage: Scene) -> CrmScene:
    """A CRM that knows three advocates: one carries nothing, one our own code, one somebody else's."""
    made = connect_crm(stage)
    made.advocates(3, stage.one(Campaign).id)
    made.crm.people |= {TWO: {"ref_code": "CODE-000001"}, THREE: {"ref_code": "AN-OLD-CODE"}}
    return made


def test_nothing_is_written_before_an_admin_lets_it(crm: CrmScene) -> None:
    crm.work()
    crm.soil()
    crm.work()
    assert crm.crm.written == []
    assert crm.crm.calls == {"show": 1}, "three records, one call; and who was looked at is not looked at again"
    assert (crm.connection.id, Lane.PAY) not in due_jobs(crm.stage.hub), "a preview is no reason to keep working"
    assert crm.health().stage == "new"


def test_the_preview_says_what_writing_would_change(crm: CrmScene) -> None:
    found = show_preview(crm.stage.hub, "The CRM")
    code = found.fields["code"]
    assert (found.records, found.unseen, found.changing) == (3, 0, 3)
    assert (code.fills, code.replaces, code.equal, code.kept) == (1, 1, 1, 0)
    (example,) = code.examples
    assert (example.source_id, example.before, example.after) == (THREE, "AN-OLD-CODE", "CODE-000002")
    assert crm.crm.written == []


def test_what_was_looked_at_in_the_preview_is_written_without_another_look(crm: CrmScene) -> None:
    show_preview(crm.stage.hub, "The CRM")
    crm.crm.calls.clear()
    crm.sync()
    assert crm.crm.calls == {"write": 1}
    assert {one: carried["ref_code"] for one, carried in crm.crm.people.items()} == {
        ONE: "CODE-000000", TWO: "CODE-000001", THREE: "CODE-000002"
    }  # fmt: skip
    second = next(one for one in crm.crm.written if one.source_id == TWO)
    assert "ref_code" not in second.fields, "what stands there already is not written"


def test_a_newcomer_is_looked_at_before_the_first_write(crm: CrmScene) -> None:
    crm.sync()
    crm.crm.calls.clear()
    someone = crm.identity(ONE).person_id
    crm.knows(someone, "c-newcomer")
    crm.crm.people["c-newcomer"] = {"ref_code": "CODE-000000"}
    crm.work()
    assert crm.crm.calls == {"show": 1, "write": 1}
    assert "ref_code" not in crm.crm.written[-1].fields


def test_a_shared_field_is_filled_where_it_is_empty_and_never_overwritten(crm: CrmScene) -> None:
    """Both were referred by MIRA; the sales team had written another name on one of them."""
    places_of_friends(crm)
    crm.sync()
    assert crm.crm.people["c-friend"]["ref_referred_by"] == "MIRA"
    assert crm.crm.people["c-known"]["ref_referred_by"] == "A colleague"
    crm.crm.people["c-friend"]["ref_referred_by"] = "Corrected by hand"
    crm.stage.hub.base_url += "/hub"
    crm.soil()
    crm.work()
    assert crm.crm.people["c-friend"]["ref_referred_by"] == "Corrected by hand"
    assert "ref_referred_by" not in crm.crm.written[-1].fields


def places_of_friends(crm: CrmScene) -> None:
    crm.stage.tell(OrderPaid(order()), OrderPaid(order("1002", buyer=friend("ben"))))
    for shop_id, crm_id in (("anna", "c-friend"), ("ben", "c-known")):
        crm.knows(crm.stage.one(Identity, lookup=shop_id).person_id, crm_id)
    crm.crm.people["c-known"] = {"ref_referred_by": "A colleague"}


def test_a_field_of_somebody_else_is_left_alone_while_there_is_nothing_to_say(crm: CrmScene) -> None:
    crm.crm.people[ONE] = {"ref_last_reward_at": "yesterday"}
    crm.sync()
    assert crm.crm.people[ONE]["ref_last_reward_at"] == "yesterday"


def test_an_admin_maps_a_field_to_another_one_and_it_is_looked_at_first(crm: CrmScene) -> None:
    crm.sync()
    crm.crm.people[TWO]["own_code"] = "CODE-000001"
    crm.crm.calls.clear()
    places_now = {one.ours: one for one in map_field(crm.stage.hub, "The CRM", "code", "own_code")}
    assert places_now["code"].theirs == "own_code"
    crm.work()
    assert crm.crm.calls == {"check": 1, "show": 1, "write": 1}
    assert sorted((one.source_id, dict(one.fields)) for one in crm.crm.written[-2:]) == [
        (ONE, {"own_code": "CODE-000000"}), (THREE, {"own_code": "CODE-000002"})
    ]  # fmt: skip
    assert crm.crm.people[ONE]["ref_code"] == "CODE-000000", "the old place is left as it is"


def test_a_field_that_is_off_is_not_written(crm: CrmScene) -> None:
    map_field(crm.stage.hub, "The CRM", "trace", None)
    crm.sync()
    assert "ref_trace" not in crm.crm.people[ONE]
    off = next(one for one in map_field(crm.stage.hub, "The CRM", "link", None) if one.ours == "trace")
    assert off.theirs is None


@pytest.mark.parametrize(
    ("ours", "theirs", "words"),
    [
        ("cod", "own_code", "there is no field 'cod'"),
        ("code", "own code", "cannot be the name of a field"),
        ("code", "", "cannot be the name of a field"),
        ("code", "ref_link", "ref_link holds link already"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_in_words(crm: CrmScene, ours: str, theirs: str, words: str) -> None:
    with pytest.raises(WrongSetting, match=words):
        map_field(crm.stage.hub, "The CRM", ours, theirs)


def test_a_source_that_takes_no_fields_says_so(stage: Scene) -> None:
    SHOPS["plain"] = PretendShop("plain")
    connect(stage.hub, "plain", "Plain", {"shop": "plain"})
    with pytest.raises(WrongSetting, match="Plain takes no fields"):
        go_live(stage.hub, "Plain")
    with pytest.raises(NotFound):
        go_live(stage.hub, "nowhere")


def test_fields_that_cannot_be_written_are_off_before_the_first_write(crm: CrmScene) -> None:
    crm.crm.broken = {"ref_link": "deploy the kit: Referral_Link__c is missing"}
    crm.stage.work()
    crm.sync()
    assert "ref_link" not in crm.crm.people[ONE]
    assert crm.health().problems == crm.crm.broken
    with crm.stage.hub.database.reading() as session:
        link = next(one for one in places(crm.stage.hub, session, "The CRM") if one.ours == "link")
    assert link.problem == "deploy the kit: Referral_Link__c is missing"


def test_a_field_that_was_mended_is_written_for_everybody_after_a_look(crm: CrmScene) -> None:
    crm.sync()
    crm.crm.broken = {"ref_code": "the permission set misses it"}
    crm.stage.watch.forward(2 * DAY)
    crm.stage.work()
    assert crm.health().problems == crm.crm.broken
    for carried in crm.crm.people.values():
        carried.pop("ref_code")  # it was deleted and made anew
    crm.crm.broken = {}
    crm.stage.watch.forward(2 * DAY)
    crm.stage.work()
    assert crm.health().problems == {}
    assert [crm.crm.people[one]["ref_code"] for one in (ONE, TWO, THREE)] == [
        "CODE-000000", "CODE-000001", "CODE-000002"
    ]  # fmt: skip


def test_one_thing_to_mend_is_told_once_however_often_it_is_found(crm: CrmScene) -> None:
    crm.crm.broken = {"ref_link": "deploy the kit"}
    for _ in range(3):
        crm.stage.work()
        crm.stage.watch.forward(2 * DAY)
    assert [one.detail for one in crm.stage.all(AuditEntry) if one.verb == "field_off"] == ["ref_link: deploy the kit"]


def test_a_look_that_fails_is_made_again_and_nothing_is_written_blindly(crm: CrmScene) -> None:
    crm.go_live()
    crm.crm.raises.append(TryLater("slow down", MINUTE))
    crm.work()
    assert (crm.crm.written, crm.crm.calls) == ([], {"show": 1})
    crm.stage.watch.forward(MINUTE)
    crm.work()
    assert crm.crm.calls == {"show": 2, "write": 1}


def test_whom_the_source_does_not_have_is_no_longer_written_to(crm: CrmScene) -> None:
    crm.crm.gone[ONE] = "deleted"
    crm.sync()
    assert (crm.row(ONE).is_gone, crm.row(ONE).reason) == (True, "deleted")
    assert ONE not in crm.crm.people


def test_a_preview_that_needs_a_person_says_what_to_click(crm: CrmScene) -> None:
    crm.crm.raises.append(NeedsAttention("grant the right to read contacts"))
    with pytest.raises(NeedsAttention, match="grant the right"):
        show_preview(crm.stage.hub, "The CRM")


def test_a_source_that_shows_nothing_is_written_to_at_once(stage: Scene) -> None:
    stage.tell(OrderPaid(order()))
    stage.work()
    assert {record.source_id for record in stage.shop.written} == {"customer-mira", "anna"}
    found = show_preview(stage.hub, "The shop")
    assert (found.records, found.changing, found.fields["code"].equal) == (2, 0, 1)


def test_a_shared_field_that_somebody_filled_after_the_preview_is_left_alone(stage: Scene) -> None:
    """The look may be days old when an admin lets the hub write."""
    crm = connect_crm(stage)
    stage.tell(OrderPaid(order()))
    friend_id = stage.order().friend_id
    assert friend_id is not None
    crm.knows(friend_id, "c-anna")
    found = show_preview(stage.hub, "The CRM")
    assert found.fields["referred_by"].fills == 1
    crm.crm.people["c-anna"] = {"ref_referred_by": "ZOE"}
    crm.sync()
    assert crm.crm.people["c-anna"]["ref_referred_by"] == "ZOE"
    assert crm.crm.people["c-anna"]["ref_status"] == "converted"


def test_two_of_ours_never_go_to_one_of_theirs_however_it_is_spelt(crm: CrmScene) -> None:
    with pytest.raises(WrongSetting, match="REF_Link holds link already"):
        map_field(crm.stage.hub, "The CRM", "trace", "REF_Link")
    map_field(crm.stage.hub, "The CRM", "link", "REF_Link")


def test_a_value_that_no_database_holds_stops_nobody(crm: CrmScene) -> None:
    """A text with NUL, half a surrogate pair, and one that is read from right to left."""
    crm.crm.people |= {ONE: {"ref_code": "a\0b"}, TWO: {"ref_code": "x\ud800"}, THREE: {"ref_code": "\u202egp.exe"}}
    show_preview(crm.stage.hub, "The CRM")
    assert [(row.seen or {})["ref_code"] for row in crm.rows()] == ["ab", "x", "\u202egp.exe"]
    crm.sync()
    assert crm.crm.people[TWO]["ref_code"] == "CODE-000001"
