"""A test class for each planted bug; run by `test_planted.py` only, in a process of its own."""

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

import referhub as hub
from tests.referhub.testing import bugs
from tests.referhub.testing.bugs import Bug, bug, changed, first_raises, gives, instead_of_errors, raises
from tests.referhub.testing.kept import Kept
from tests.referhub.testing.vendor import START, Vendor
from tests.referhub.testing.whole import Whole

NOTHING = Path(__file__).parent / "no-such-folder"
OTHER = EntryPoint("whole", "tests.referhub.testing.bugs:Unfit", "referhub.connectors")


def _installed_otherwise(self: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("referhub.testing.identity.entry_points", lambda group: [OTHER])


def _without_expectations(self: Any, source: Any) -> Any:
    from dataclasses import replace

    from referhub.testing import recordings_in

    return [replace(one, events=None) for one in recordings_in(self.recordings_folder)]


PLANTED: dict[str, list[Bug]] = {
    "test_it_says_who_it_is": [
        bug("`key`", key="Whole Vendor"),
        bug("`label`", label=" "),
        bug("`reward_kinds`", reward_kinds={"discount_code"}),
    ],
    "test_the_hub_finds_it_by_its_entry_point": [
        bug("entry-point", {"_installed": pytest.fixture(autouse=True)(_installed_otherwise)}),
    ],
    "test_every_setting_is_a_text_with_words_to_it": [
        bug("port", config_class=bugs.Loose),
        bug("what to fill in", config_class=bugs.Wordless),
        bug("frozen", config_class=bugs.Melting),
    ],
    "test_settings_that_are_secret_are_marked": [bug("secret=True", config_class=bugs.Unmarked)],
    "test_wrong_settings_are_refused_by_name": [
        bug("cannot work", config_class=bugs.Careless),
        bug("names the setting", config_class=bugs.Unnamed),
        bug("shows no secret", config_class=bugs.Blabbing),
        bug("wrong_settings", {"wrong_settings": {}}),
    ],
    "test_a_secret_is_not_shown_by_printing": [bug("secret, token", config_class=bugs.Chatty)],
    "test_opening_asks_nobody": [bug("while it starts", __init__=bugs.asks_at_once)],
    "test_ping_says_to_whom_we_are_connected": [
        bug("SourceAccount", ping=gives(None)),
        bug("own id", ping=changed("ping", lambda one: hub.SourceAccount("", one.name))),
        bug("same each time", ping=lambda self: hub.SourceAccount(str(id(self)), "x")),
        bug("only through the `http`", ping=bugs.dials),
    ],
    "test_ping_says_who_has_to_act": [
        bug("TryLater", ping=first_raises("ping", hub.NeedsAttention("check everything"))),
        bug("NeedsAttention", ping=first_raises("ping", hub.TryLater("later"))),
    ],
    "test_ping_bears_every_answer": [
        bug("only the errors of the contract", ping=raises(KeyError("id"))),
        bug("no secret", ping=bugs.leaks),
        bug("no secret", ping=bugs.leaks_in_chain),
    ],
    "test_no_part_is_declared_by_halves": [
        bug("finds lacks is_recognisable", is_recognisable=None),
        bug("installs lacks exchange", exchange=None),
    ],
    "test_parts_that_lean_on_others_have_them": [
        bug("marks without pushes", push=None),
        bug("installs without revokes", revoke=None),
    ],
    "test_who_pays_says_what": [bug("reward_kinds", reward_kinds=frozenset())],
    "test_exemptions_name_tests_that_exist": [
        bug("test_no_such_rule", {"exempt": {"test_no_such_rule": "why"}}),
        bug("test_nobody_is_nobody", {"exempt": {"test_nobody_is_nobody": ""}}),
    ],
    "test_there_are_recordings_of_two_deliveries": [bug("0 recordings", {"recordings_folder": NOTHING})],
    "test_a_proven_request_is_accepted": [
        bug("Reception", receive=gives([])),
        bug("2xx", receive=changed("receive", lambda one: hub.Reception(one.deliveries, hub.Reply(500)))),
        bug("does its work", receive=raises(hub.BadSignature("no"))),
    ],
    "test_an_altered_body_is_refused": [
        bug("not proven", receive=bugs.trusting),
        bug("not proven", receive=bugs.only_the_beginning),
        bug("address itself", {"covered": frozenset({"path"})}),
    ],
    "test_an_altered_signature_is_refused": [
        bug("not proven", receive=bugs.header_optional),
        bug("TypeError", receive=bugs.text_compare),
        bug("signature_headers", {"signature_headers": ()}),
    ],
    "test_an_altered_address_is_refused_where_the_proof_covers_it": [
        bug("not proven", {"covered": frozenset({"body", "method"})}),
        bug("not proven", {"covered": frozenset({"body", "path"})}),
        bug("not proven", {"covered": frozenset({"body", "query"})}),
        bug("`covered` knows", {"covered": frozenset({"body", "weather"})}),
    ],
    "test_an_empty_secret_proves_nobody": [bug("signed with an empty secret", config_class=bugs.Optional)],
    "test_nobody_is_asked_while_receiving": [bug("makes no request", receive=bugs.asks_while_receiving)],
    "test_a_retry_has_the_same_keys": [
        bug("every retry", receive=bugs.keyed(lambda self, request: str(request.received_at))),
        bug("every retry", receive=bugs.keyed(lambda self, request: f"{id(self)}")),
    ],
    "test_different_deliveries_have_different_keys": [
        bug("thrown away", receive=bugs.keyed(lambda self, request: "order")),
    ],
    "test_a_key_fits_its_column": [
        bug("255", receive=bugs.keyed(lambda self, request: request.body.decode() * 20)),
        bug("printable", receive=bugs.keyed(lambda self, request: f"{len(request.body)}\n")),
    ],
    "test_no_proof_is_stored": [bug("no signature", receive=bugs.keeps_headers)],
    "test_whatever_comes_is_refused_in_the_words_of_the_contract": [
        bug("KeyError", receive=bugs.reads_a_header),
    ],
    "test_a_proven_sender_may_send_nonsense": [bug("JSONDecodeError", receive=bugs.parses_first)],
    "test_reading_many_is_reading_each": [
        bug("one answer for each", read_many=bugs.drops_the_spoilt),
        bug("harms no other", read_many=lambda self, many: [hub.Unreadable("one is spoilt")] * len(many)),
    ],
    "test_what_is_fetched_says_so": [bug("is_current", read_many=bugs.as_if_it_were_delivered)],
    "test_many_cost_fewer_calls_than_each": [bug("ask less often", read_many=bugs.each_alone)],
    "test_a_recording_means_what_its_file_says": [
        bug("write it into", {"recordings": pytest.fixture(_without_expectations)}),
        bug("EUR 1.00", read=bugs.order_with(base=hub.Money(100, "EUR"))),
    ],
    "test_what_is_read_is_well_formed": [
        bug("aware and UTC", read=bugs.order_with(placed_at=Vendor().clock.replace(tzinfo=None))),
        bug("minor units are an int", read=bugs.order_with(base=hub.Money(1.5, "EUR"))),  # type: ignore[arg-type]
        bug("zero or more", read=bugs.order_with(base=hub.Money(-1, "EUR"))),
        bug("says something", read=bugs.order_with(source_id="")),
        bug("expected tuple", read=bugs.order_with(evidence=[])),
        bug("expected bool", read=bugs.order_with(is_paid="yes")),
        bug("sequence of the contract's events", read=gives([{"order": 1}])),
    ],
    "test_facts_that_are_told_are_declared": [
        bug("does not declare", read=bugs.order_with(fields={"order.country": "DE"})),
        bug("does not declare", read=bugs.order_with(lines=({"order.tags": ("a",)},))),
        bug("is no list", read=bugs.order_with(fields={"order.tags": "a, b"})),
    ],
    "test_reading_again_means_the_same": [
        bug("means the same", read=bugs.reads_once),
        bug("means the same", read=lambda self, one: bugs.order_with(name=str(id(self)))(self, one)),
    ],
    "test_a_spoilt_body_is_unreadable_and_nothing_worse": [bug("JSONDecodeError", read=bugs.reads_carelessly)],
    "test_a_source_in_trouble_is_asked_again_later": [
        bug("TryLater", read=instead_of_errors("read", [])),
        bug("TryLater", read=first_raises("read", hub.Unreadable("no order"))),
    ],
    "test_reading_bears_every_answer": [bug("only the errors of the contract", read=bugs.trusts_answers)],
    "test_a_sweep_finds_what_changed": [
        bug("found by asking", poll=changed("poll", lambda page: hub.Page((), page.cursor))),
        bug("A sweep ends".lower(), poll=bugs.never_ends),
        bug("cursor to store", poll=changed("poll", lambda page: hub.Page(page.deliveries, ""))),
    ],
    "test_a_cursor_resumes": [bug("stored cursor", poll=bugs.forgets)],
    "test_a_finished_sweep_comes_to_rest": [bug("did not change is not new", poll=bugs.rekeys)],
    "test_sweeping_again_from_the_same_cursor_gives_the_same_keys": [bug("same keys", poll=bugs.remembers)],
    "test_what_shows_late_is_found_by_the_overlap": [bug("showed late", poll=bugs.without_overlap)],
    "test_somebody_elses_cursor_is_refused_in_words": [
        bug("Unreadable", poll=bugs.begins_anew),
        bug("only the errors of the contract", cursor_from=lambda self, text: hub.Page[text]),  # type: ignore[index]
    ],
    "test_a_sweep_in_trouble_moves_nothing": [
        bug("cursor stays", poll=instead_of_errors("poll", hub.Page((), "2026-11-20T09:00:00+00:00"))),
    ],
    "test_polling_bears_every_answer": [
        bug(
            "only the errors of the contract", told=lambda self, *given, **more: bugs.parsed(self.ask(*given))["orders"]
        ),
    ],
    "test_an_order_is_read_again": [
        bug("under the id it was asked for", verify=gives(hub.Gone("no"))),
        bug("well formed", verify=lambda self, one: bugs.replace(Whole.verify(self, one), name="")),
    ],
    "test_an_order_that_is_not_there_is_gone": [
        bug("no longer has is Gone", verify=gives(None)),
        bug("in words", verify=gives(hub.Gone(""))),
        bug("does its work", verify=raises(hub.TryLater("it may come back"))),
    ],
    "test_verifying_bears_every_answer_and_never_calls_a_lost_one_gone": [
        bug("take the reward away", verify=instead_of_errors("verify", hub.Gone("not there"))),
    ],
    "test_an_id_of_another_form_asks_for_nothing_else": [bug("Gone or Unreadable", verify=bugs.unquoted)],
    "test_somebody_known_is_found": [bug("the id under which", locate=gives("p2"))],
    "test_nobody_is_nobody": [bug("does not know is None", locate=gives("p1"))],
    "test_locating_bears_every_answer": [
        bug("None would say", locate=instead_of_errors("locate", None)),
    ],
    "test_many_addresses_are_found_in_order": [
        bug("in order", locate_many=changed("locate_many", lambda found: [one for one in found if one])),
        bug("locate_batch_size", locate_batch_size=0),
    ],
    "test_many_addresses_cost_fewer_calls_than_each": [bug("ask less often", locate_many=bugs.looks_for_each)],
    "test_looking_for_many_in_trouble_is_tried_later": [
        bug("nobody is there", locate_many=instead_of_errors("locate_many", [None, None])),
    ],
    "test_a_credit_is_given_with_a_receipt": [
        bug("source holds it", give=lambda self, credit: hub.Pushed(hub.Receipt("r1", credit.amount))),
        bug(
            "really moved",
            give=bugs.over("give", lambda self, one, out: hub.Pushed(hub.Receipt("", out.receipt.amount))),
        ),
        bug("given when nothing is wrong", give=gives(hub.Later("never"))),
    ],
    "test_each_credit_has_its_own_outcome_in_order": [
        bug("order of the credits", push=bugs.backwards),
        bug("one outcome for each", push=changed("push", lambda found: found[:1])),
        bug("batch_size", batch_size=0),
    ],
    "test_a_repeat_gives_nothing_more": [
        bug("given once", give=bugs.without_key, receipt=bugs.trusts_status),
        bug(
            "proves the first effect",
            sent=lambda self, method, path, wanted, credit: (
                hub.Refused("taken")
                if self.ask(method, path, wanted).status == 409
                else Whole.sent(self, "GET", f"coupons/{credit.code}", None, credit)
            ),
        ),
    ],
    "test_who_is_not_there_is_given_nothing": [
        bug("Refused", give=bugs.over("give", lambda s, one, out: hub.Later("x") if one.recipient == "p99" else out)),
    ],
    "test_an_unknown_kind_is_refused": [
        bug("among reward_kinds", give=lambda self, one: Whole.give(self, bugs.replace(one, kind="discount_code"))),
    ],
    "test_an_answer_that_got_lost_is_never_a_guess": [
        bug("certainly nothing happened", sent=bugs.lost_is(hub.Later)),
        bug("holds it, once", sent=bugs.lost_is(lambda why: hub.Pushed(hub.Receipt("r1", hub.Money(1250, "EUR"))))),
        bug("no refusal", push=lambda self, many: instead_of_errors("push", [hub.Refused("no")])(self, many)),
        bug("Pushed, Refused, Later or Unsure", sent=bugs.lost_is(gives(None))),
        bug("Absent if it does not", find=gives(hub.Receipt("r1", hub.Money(1250, "EUR")))),
        bug("a Receipt if it does", find=gives(hub.Absent())),
    ],
    "test_no_odd_answer_is_taken_for_success": [bug("holds it, once", receipt=bugs.trusts_status)],
    "test_taking_back_is_true_or_refused": [
        bug("told as it is", take_back=lambda self, one: hub.Pushed(hub.Receipt("r2", one.amount))),
        bug("Pushed, Refused, Later or Unsure", take_back=gives(None)),
        bug(
            "proof of its own",
            take_back=bugs.over("take_back", lambda s, one, out: hub.Pushed(hub.Receipt(one.receipt, one.amount))),
        ),
    ],
    "test_taking_back_in_trouble_is_never_a_guess": [
        bug("told as it is", sent=bugs.lost_is(hub.Refused)),
        bug("a Receipt if it does", find=gives(hub.Absent())),
    ],
    "test_a_watermark_is_a_text_and_changes_nothing": [
        bug("is a text", watermark=gives(7)),
        bug("moves nothing", watermark=lambda self, credit: str(self.give(credit))),
    ],
    "test_a_watermark_in_trouble_sends_nothing": [bug("TryLater", watermark=instead_of_errors("watermark", ""))],
    "test_what_was_given_is_found_and_what_was_not_is_absent": [
        bug("Absent if it does not", find=gives(hub.Undecided("who knows"))),
        bug(
            "same remote id",
            find=changed("find", lambda one: bugs.replace(one, remote_id="r9") if hasattr(one, "amount") else one),
        ),
    ],
    "test_an_older_credit_that_looks_alike_is_not_mistaken": [
        bug("no mark", find=bugs.finds_alike, give=bugs.remembers_given),
    ],
    "test_whether_absence_is_proof_is_said": [bug("True or False", is_recognisable=gives("yes"))],
    "test_finding_in_trouble_is_tried_later": [bug("pay again", find=instead_of_errors("find", hub.Absent()))],
    "test_its_fields_are_named": [
        bug("our_own", default_fields={**Whole.default_fields, "our_own": "x"}),
        bug("record_batch_size", record_batch_size=0),
    ],
    "test_what_is_written_is_carried": [
        bug("is carried", write=lambda self, records: [None] * len(records)),
        bug("is carried", write=bugs.writes_in_cents),
        bug("one outcome for each", write=changed("write", lambda found: found[1:])),
    ],
    "test_writing_twice_is_writing_once": [bug("absolute", write=bugs.adds_up)],
    "test_none_removes_a_value": [bug("None removes", write=bugs.keeps_nothing)],
    "test_only_what_is_told_changes": [bug("is carried", write=bugs.clears_the_rest)],
    "test_one_bad_record_harms_no_other": [bug("its own outcome", write=bugs.one_spoils_all)],
    "test_many_records_cost_fewer_calls_than_each": [bug("go out together", write=bugs.one_by_one)],
    "test_writing_in_trouble_is_told_as_it_is": [
        bug("safe", later=lambda self, records: [hub.Refused("no")] * len(records)),
        bug("is carried", later=lambda self, records: [None] * len(records)),
    ],
    "test_writing_bears_every_answer": [bug("whatever is answered", later=lambda self, records: [])],
    "test_bulk_writes_what_write_writes": [
        bug("is carried", write_in_bulk=lambda self, records: [None] * len(records)),
        bug("done sometime", write_in_bulk=lambda self, records: [hub.Later("soon")] * len(records)),
        bug("bulk_above", bulk_above=0),
    ],
    "test_bulk_bears_every_answer": [bug("Later for every record", write_in_bulk=gives([None] * 3))],
    "test_what_was_written_is_shown_as_it_is_spelt": [
        bug(
            "spelt",
            spelt=bugs.in_cents,
            write=bugs.writes_in_cents,
            show=lambda self, ids, fields: {one: dict.fromkeys(fields, "7") for one in ids},
        )
    ],
    "test_a_removed_value_is_shown_as_none": [bug("shown as None", show=bugs.shows_empty)],
    "test_who_is_not_there_is_gone": [bug("Gone", show=bugs.shows_only_the_found)],
    "test_shared_fields_are_its_own": [bug("shared_fields", shared_fields=frozenset({"shoe_size"}))],
    "test_showing_in_trouble_is_tried_later": [bug("nobody carries", show=instead_of_errors("show", {}))],
    "test_a_field_that_is_not_there_is_told_with_what_to_do": [
        bug("what to click", check_fields=gives({})),
        bug("no problem", check_fields=lambda self, fields: dict.fromkeys(fields.values(), "make it")),
    ],
    "test_preparing_twice_is_preparing_once": [
        bug("changes nothing", prepare=bugs.subscribes_again),
        bug("makes the source ready", prepare=gives([])),
        bug("plain words", prepare=changed("prepare", lambda found: "ready")),
    ],
    "test_preparing_bears_every_answer": [bug("only the errors of the contract", prepare=bugs.prepares_blindly)],
    "test_the_way_there_carries_the_state_and_no_secret": [
        bug("carries the state", authorize_url=gives("https://vendor.example/agree")),
        bug("no secret", authorize_url=changed("authorize_url", lambda one: f"{one}&key=hush-hush")),
    ],
    "test_a_code_is_exchanged_once": [
        bug("begin again", exchange=bugs.exchanges_anything),
        bug("who agreed", exchange=gives(None)),
        bug("installed", is_installed=gives(False)),
    ],
    "test_whom_the_source_sent_back_is_proven": [
        bug("when the address is genuine", prove_return=gives(True)),
        bug("nobody is asked", prove_return=lambda self, _query, _now: self.ping() and None),
    ],
    "test_a_changed_address_proves_nothing": [
        bug("did not sign", prove_return=gives(None)),
        bug("did not sign", prove_return=bugs.proves_by_the_state),
    ],
    "test_a_return_is_not_good_for_ever": [
        bug("two days old", prove_return=lambda self, query, _now: Whole.prove_return(self, query, START))
    ],
    "test_renewing_bears_every_answer": [bug("who has to act", renew=instead_of_errors("renew", "done"))],
    "test_what_is_good_for_long_is_left_alone": [bug("asks nobody", renew=lambda self: self.ping() and None)],
    "test_after_revoking_nothing_is_let_in": [bug("forgets the tokens", revoke=bugs.keeps_tokens)],
    "test_revoking_bears_every_answer": [
        bug("raises nothing for a source that is out of reach", revoke=raises(hub.TryLater("out of reach"))),
        bug("findings in plain words", revoke=lambda _self: None),
    ],
    "test_usage_is_what_was_heard": [
        bug("asks nobody", usage=bugs.asks_for_usage),
        bug("limits", usage=gives(None)),
    ],
}


def named() -> list[tuple[str, str, str]]:
    """Each planted class, the one test that has to fail in it, and what it has to say."""
    return [
        (f"TestBug{number}_{check.removeprefix('test_')}", check, one.says)
        for check, planted in PLANTED.items()
        for number, one in enumerate(planted)
    ]


def _planted() -> dict[str, type]:
    every = [(check, one) for check, planted in PLANTED.items() for one in planted]
    return {
        name: type(name, (Kept,), {"connector_class": type("Broken", (Whole,), dict(one.connector)), **one.given})
        for (name, _check, _says), (_, one) in zip(named(), every, strict=True)
    }


globals().update(_planted())
