"""Fields are written a hundred contacts at a time, each has its own outcome, and what stands there can be shown."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from connectors.hubspot.connector import HubSpot
from referhub import FieldRefused, Gone, Later, Money, Moved, NeedsAttention, NotThere, Record, Refused, WriteOutcome
from sandbox.hubspot import PortalControl
from tests.connectors.hubspot.support import NOW, SECRET, TOKEN, ScriptedHttp, answer, connector, payload

MOMENT = datetime(2026, 11, 25, 23, 30, 1, 250_000, tzinfo=timezone(timedelta(hours=2)))


def _contacts(desk: PortalControl, count: int) -> list[str]:
    return [str(row["id"]) for row in desk.create_contacts([{"email": f"p{n}@example.com"} for n in range(count)])]


def _codes(ids: Sequence[str], prefix: str = "CODE") -> list[Record]:
    return [Record(one, {"referral_code": f"{prefix}-{number}"}) for number, one in enumerate(ids)]


def _writes(desk: PortalControl) -> list[list[str]]:
    """The ids of each batch that was sent."""
    return [[one["id"] for one in call["body"]["inputs"]] for call in desk.calls("batch/update")]


def test_everything_the_hub_knows_is_written_and_shown_again(hubspot: HubSpot, desk: PortalControl) -> None:
    (one,) = _contacts(desk, 1)
    values: dict[str, Any] = {
        "referral_code": "ALICE-8F2K",
        "referral_link": "https://shop.example/?ref=ALICE-8F2K",
        "referred_by_code": "CAROL-1",
        "referral_status": "advocate",
        "referral_count": 3,
        "referral_revenue": Money(123_450, "EUR"),
        "referral_rewards_earned": Money(1000, "EUR"),
        "referral_rewards_pending": Money(0, "EUR"),
        "referral_rewards_currency": "EUR",
        "referral_last_at": MOMENT,
        "referral_last_reward_at": NOW,
        "referral_trace": "https://hub.example/dashboard/people/1",
    }
    assert set(values) == set(hubspot.default_fields.values())
    assert hubspot.write([Record(one, values)]) == [None]
    assert desk.contact(int(one))["referral_revenue"] == "1234.5"
    stands = hubspot.show([one], list(values))[one]
    assert stands == {name: hubspot.spelt(value) for name, value in values.items()}


def test_what_is_no_longer_true_is_cleared(hubspot: HubSpot, desk: PortalControl) -> None:
    """HS-27."""
    (one,) = _contacts(desk, 1)
    hubspot.write([Record(one, {"referral_code": "A", "referral_count": 2, "referral_last_at": NOW})])
    assert hubspot.write([Record(one, {"referral_code": None, "referral_count": None, "referral_last_at": None})]) == [
        None
    ]
    assert hubspot.show([one], ["referral_code", "referral_count", "referral_last_at"])[one] == {
        "referral_code": None,
        "referral_count": None,
        "referral_last_at": None,
    }


def test_a_field_that_holds_only_days_gets_the_portals_day(hubspot: HubSpot, desk: PortalControl) -> None:
    """HS-39."""
    desk.settings(time_zone="Pacific/Auckland")
    desk.add_property("last_seen", type="date", field_type="date")
    (one,) = _contacts(desk, 1)
    hubspot.ping()
    assert hubspot.check_fields({"last_referral_at": "last_seen"}) == {}
    assert hubspot.write([Record(one, {"last_seen": MOMENT})]) == [None]
    shown = hubspot.show([one], ["last_seen"])[one]
    assert shown == {"last_seen": hubspot.spelt(MOMENT, "last_seen")} == {"last_seen": "2026-11-26"}
    assert hubspot.spelt(MOMENT, "referral_last_at") == "2026-11-25T21:30:01.250Z"


def test_a_hundred_and_one_of_them_deleted_are_ninety_nine_and_one(hubspot: HubSpot, desk: PortalControl) -> None:
    """HS-21."""
    ids = _contacts(desk, 100)
    desk.delete_contact(int(ids[41]))
    outcomes = hubspot.write(_codes(ids))
    assert isinstance(outcomes[41], NotThere)
    assert [outcome for place, outcome in enumerate(outcomes) if place != 41] == [None] * 99
    assert len(_writes(desk)) == 1
    assert desk.contact(int(ids[99]))["referral_code"] == "CODE-99"


def test_the_recorded_answer_about_one_that_is_unknown_is_understood(shared_data: Path) -> None:
    """F54, HS-21."""
    told = (shared_data / "hubspot/rest/amp_batch_update_contacts_err-partial-success.json").read_bytes()
    nobody = {"status": "COMPLETE", "results": []}
    http = ScriptedHttp(answer(told, 207), answer(nobody, 207), answer(nobody, 207))
    written, unknown = connector(http).write(_codes(["171591000199", "888"]))
    assert written is None
    # The error names another id than was asked for, so the contact is looked for, and is nowhere.
    assert isinstance(unknown, NotThere)


def test_a_contact_that_was_merged_is_written_under_its_new_id(hubspot: HubSpot, desk: PortalControl) -> None:
    """F57, HS-19, HS-21."""
    for follows in (True, False):
        desk.settings(updates_follow_merges=follows)
        first, second = desk.create_contact(), desk.create_contact()
        new = desk.merge_contacts(first["id"], second["id"])
        (outcome,) = hubspot.write(_codes([str(second["id"])]))
        assert outcome == Moved(str(new["id"])), follows


def test_the_same_contact_twice_is_sent_once(hubspot: HubSpot, desk: PortalControl) -> None:
    """HS-24."""
    one, other = _contacts(desk, 2)
    records = [
        Record(one, {"referral_code": "A"}),
        Record(other, {"referral_code": "B"}),
        Record(one, {"referral_count": 1}),
    ]
    assert hubspot.write(records) == [None, None, None]
    assert _writes(desk) == [[one, other]]
    stands = desk.contact(int(one))
    assert (stands["referral_code"], stands["referral_count"]) == ("A", "1")


def test_two_hundred_and_fifty_contacts_are_three_calls(hubspot: HubSpot, desk: PortalControl) -> None:
    """HS-25."""
    ids = _contacts(desk, 250)
    desk.forget_calls()
    assert hubspot.write(_codes(ids)) == [None] * 250
    assert [len(batch) for batch in _writes(desk)] == [100, 100, 50]
    assert len(desk.calls()) == 3


def test_a_property_that_does_not_exist_is_told_once_and_costs_two_calls(hubspot: HubSpot, desk: PortalControl) -> None:
    """HS-23."""
    ids = _contacts(desk, 100)
    desk.remove_property("referral_status")
    records = [
        Record(one, {"referral_code": "A"} | ({"referral_status": "advocate"} if number % 2 else {}))
        for number, one in enumerate(ids)
    ]
    outcomes = hubspot.write(records)
    assert len(_writes(desk)) == 2
    for number, outcome in enumerate(outcomes):
        if number % 2:
            assert isinstance(outcome, FieldRefused)
            assert outcome.field == "referral_status"
        else:
            assert outcome is None
    assert "referral_code" not in {name for name, value in desk.contact(int(ids[1])).items() if value}


def test_a_property_that_is_deleted_between_two_calls_is_told_for_those_behind() -> None:
    """HS-23."""

    class Deleted(ScriptedHttp):
        def answer(self, asked: dict[str, Any]) -> Any:
            inputs = self.bodies()[-1]["inputs"]
            if inputs[0]["id"] == "101":
                return answer(payload("refused_in_words"), 400)
            return answer({"results": [{"id": one["id"], "properties": {}} for one in inputs]})

    outcomes = connector(Deleted()).write(_codes([str(number) for number in range(1, 151)]))
    assert outcomes[:100] == [None] * 100
    assert {type(outcome) for outcome in outcomes[100:]} == {FieldRefused}


def test_one_bad_value_costs_one_contact_and_no_others(hubspot: HubSpot, desk: PortalControl) -> None:
    """F54."""
    ids = _contacts(desk, 100)
    records: list[Record] = [Record(one, {"referral_count": 1}) for one in ids]
    records[67] = Record(ids[67], {"referral_count": "many"})
    outcomes = hubspot.write(records)
    assert isinstance(outcomes[67], Refused)
    assert [outcome for place, outcome in enumerate(outcomes) if place != 67] == [None] * 99
    assert len(_writes(desk)) <= 2 * 7 + 1


@pytest.mark.parametrize("bad", [range(12), range(3, 93, 11), range(88, 100)])
def test_several_bad_values_are_several_contacts_as_long_as_somebody_takes_the_property(
    hubspot: HubSpot, desk: PortalControl, bad: range
) -> None:
    """HS-23: wherever they stand in the batch."""
    ids = _contacts(desk, 100)
    outcomes = hubspot.write([Record(one, {"referral_count": "many" if n in bad else n}) for n, one in enumerate(ids)])
    assert [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Refused)] == list(bad)
    assert [outcome for number, outcome in enumerate(outcomes) if number not in bad] == [None] * (100 - len(bad))


def test_a_property_that_takes_nobodys_value_is_told_instead_of_every_contact(
    hubspot: HubSpot, desk: PortalControl
) -> None:
    """HS-23: no endless search for who is to blame."""
    ids = _contacts(desk, 100)
    outcomes = hubspot.write([Record(one, {"referral_count": "many", "referral_code": "A"}) for one in ids])
    assert {type(outcome) for outcome in outcomes} == {FieldRefused}
    assert {outcome.field for outcome in outcomes if isinstance(outcome, FieldRefused)} == {"referral_count"}
    assert len(_writes(desk)) < 40


def test_a_batch_that_is_refused_without_a_reason_is_halved_to_the_end() -> None:
    class Odd(ScriptedHttp):
        def answer(self, asked: dict[str, Any]) -> Any:
            inputs = self.bodies()[-1]["inputs"]
            if any(one["id"] == "3" for one in inputs):
                return answer({"status": "error", "message": "no", "category": "VALIDATION_ERROR"}, 400)
            return answer({"results": [{"id": one["id"], "properties": {}} for one in inputs]})

    outcomes = connector(Odd()).write(_codes(["1", "2", "3", "4", "5"]))
    assert [type(outcome) for outcome in outcomes] == [type(None), type(None), Refused, type(None), type(None)]


@pytest.mark.parametrize("has_context", [True, False])
def test_rows_that_were_refused_are_told_apart_with_or_without_their_ids(
    hubspot: HubSpot, desk: PortalControl, has_context: bool
) -> None:
    """HS-21: where an error names no id, the contacts are read again and compared."""
    ids = _contacts(desk, 5)
    desk.fate(
        "rows", match="batch/update", ids=ids[1:3], category="VALIDATION_ERROR", message="no", context=has_context
    )
    outcomes = hubspot.write(_codes(ids))
    assert [outcomes[place] for place in (0, 3, 4)] == [None, None, None]
    expected = Refused if has_context else Later
    assert [type(outcomes[place]) for place in (1, 2)] == [expected, expected]


def test_an_answer_that_leaves_out_contacts_is_checked(hubspot: HubSpot, desk: PortalControl) -> None:
    ids = _contacts(desk, 3)
    desk.add_property("last_seen", type="date", field_type="date")
    hubspot.check_fields({"last_referral_at": "last_seen"})
    desk.fate("short", match="batch/update", ids=ids[:2])
    records = [Record(one.source_id, {**one.fields, "last_seen": MOMENT, "referral_count": 0}) for one in _codes(ids)]
    assert hubspot.write(records) == [None, None, None]
    assert desk.contact(int(ids[0]))["referral_code"] == "CODE-0"


@pytest.mark.parametrize(
    "kind",
    [
        "502",
        "503",
        "524",
        "429",
        "423",
        "477",
        "effect_then_drop",
        "html",
        "truncated",
        "undeclared",
        "effect_then_500",
    ],
)
def test_what_passes_by_itself_is_written_later_by_one_more_call(
    hubspot: HubSpot, desk: PortalControl, kind: str
) -> None:
    """HS-32, HS-36."""
    ids = _contacts(desk, 3)
    desk.fate(kind, match="batch/update", retry_after="1" if kind in ("423", "429", "477") else None)
    outcomes: Sequence[WriteOutcome] = hubspot.write(_codes(ids))
    assert {type(outcome) for outcome in outcomes} == {Later}
    assert len(_writes(desk)) == 1
    hubspot.keep.change("rate", lambda _: "{}")  # the wait is over
    assert hubspot.write(_codes(ids)) == [None, None, None]
    assert desk.contact(int(ids[2]))["referral_code"] == "CODE-2"


def test_a_scope_that_is_missing_for_writing_stops_writing_only(hubspot: HubSpot, desk: PortalControl) -> None:
    """HS-37."""
    (one,) = _contacts(desk, 1)
    scopes = [scope for scope in _scopes(desk) if scope != "crm.objects.contacts.write"]
    desk.set_scopes(scopes)
    (outcome,) = hubspot.write(_codes([one]))
    assert isinstance(outcome, Later)
    assert "crm.objects.contacts.write" in outcome.reason
    assert hubspot.show([one], ["referral_code"])[one] == {"referral_code": None}


def _scopes(desk: PortalControl) -> list[str]:
    return list(desk.settings()["scopes"])


def test_a_token_that_is_refused_is_everybodys_trouble() -> None:
    with pytest.raises(NeedsAttention) as problem:
        connector(ScriptedHttp(answer({"category": "INVALID_AUTHENTICATION", "message": TOKEN}, 401))).write(
            _codes(["1"])
        )
    assert TOKEN not in problem.value.hint
    assert SECRET not in problem.value.hint


def test_an_id_that_is_none_of_hubspots_is_never_sent() -> None:
    (outcome,) = connector(ScriptedHttp()).write(_codes(["gid://shopify/Customer/1"]))
    assert isinstance(outcome, NotThere)


def test_nobody_to_write_is_no_call() -> None:
    assert connector(ScriptedHttp()).write([]) == []


def test_people_who_are_gone_are_shown_as_gone(hubspot: HubSpot, desk: PortalControl) -> None:
    living, deleted = _contacts(desk, 2)
    desk.delete_contact(int(deleted))
    seen = hubspot.show([living, deleted, "999", "nobody"], ["email"])
    assert seen[living] == {"email": "p0@example.com"}
    assert all(isinstance(seen[one], Gone) for one in (deleted, "999", "nobody"))


@pytest.mark.parametrize(
    "body",
    [
        "amp_batch_update_contacts_err-many-invalid-properties.json",
        "amp_batch_create_contacts_err-many-invalid-properties.json",
    ],
)
def test_the_recorded_refusal_of_unknown_properties_names_them(shared_data: Path, body: str) -> None:
    """HS-23."""
    told = (shared_data / "hubspot/rest" / body).read_bytes()
    http = ScriptedHttp(answer(told, 400))
    (outcome,) = connector(http).write([Record("1", {"first000name": "x", "last000name": "y"})])
    assert isinstance(outcome, FieldRefused)
    assert outcome.field == "first000name"
    assert "does not exist" in outcome.reason


def test_a_refusal_that_lists_properties_only_inside_its_message_names_them_too() -> None:
    http = ScriptedHttp(answer(payload("refused_in_words"), 400))
    (outcome,) = connector(http).write([Record("1", {"referral_code": "x"})])
    assert isinstance(outcome, FieldRefused)
    assert outcome.field == "referral_code"


def test_the_recorded_refusal_of_a_batch_with_one_contact_twice_ends(shared_data: Path) -> None:
    """HS-24."""
    told = (shared_data / "hubspot/rest/amp_batch_update_contacts_err-duplicate-ids.json").read_bytes()
    http = ScriptedHttp(*[answer(told, 400)] * 3)
    outcomes = connector(http).write(_codes(["1", "2"]))
    assert {type(outcome) for outcome in outcomes} == {Refused}
