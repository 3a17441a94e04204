"""Verbs that only ask: each answers in JSON with what is true, and says so in words as well."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.commands import test_backtest as trying
from tests.commands import test_deciding as deciding
from tests.commands import test_deeds as deeds
from tests.commands import test_fields as fields
from tests.commands import test_fraud as fraud
from tests.commands import test_keeping as keeping
from tests.commands import test_merchants as merchants
from tests.commands import test_newcomer as newcomer
from tests.commands import test_operators as operators
from tests.commands import test_privacy as privacy
from tests.commands import test_terms as terms
from tests.sandbox.hubspot import test_command as hubspot
from tests.sandbox.salesforce import test_command as salesforce
from tests.support.live import Scene
from tests.support.verbs import all_verbs
from tests.walks import test_disconnect as disconnect
from tests.walks import test_hubspot as hubspot_walk
from tests.walks import test_rehearsal as rehearsal_walk
from tests.walks import test_salesforce as salesforce_walk
from tests.walks import test_salesforce_address as address

Ids = Callable[[Scene], str]


def _first(*listing: str) -> Ids:
    return lambda told: str(told.referhub(*listing)[0]["id"])


@dataclass(frozen=True)
class Question:
    """A verb, what it is asked about, what is true, and a phrase of the answer in words."""

    words: str
    about: str | Ids | None
    holds: Callable[[Any, Scene], bool]
    phrase: str

    def arguments(self, told: Scene) -> list[str]:
        about = self.about(told) if callable(self.about) else self.about
        return [*self.words.split(), *([about] if about else [])]


def _pushed(answer: Any, _told: Scene) -> bool:
    net = {(row["order_name"], row["side"]): (row["state"], row["net"]["text"]) for row in answer}
    return net == {("#1001", "advocate"): ("pushed", "EUR 10.00"), ("#1001", "friend"): ("pushed", "EUR 4.00")}


QUESTIONS = [
    Question("advocates list", None, lambda found, _: [row["friends"] for row in found] == [1], "ALICE-8F2K"),
    Question("audit head", None, lambda found, _: len(found) >= 1 and found[0]["number"] >= 3, "referhub-trail "),
    Question("audit list", None, lambda found, _: found[-1]["verb"] == "connect", "cli:"),
    Question("audit verify", None, lambda found, _: found["whole"] is True, "acts, whole"),
    Question("campaigns backtests", "friends", lambda found, _: found == [], "Nothing was tried on friends yet"),
    Question("campaigns list", None, lambda found, _: found[0]["slug"] == "friends", "Friends bring friends"),
    Question("campaigns diff", "friends", lambda found, _: found["differences"] == [], "decided differently"),
    Question("campaigns rules", "friends", lambda found, _: found["language"] == "en", "You get €10.00"),
    Question("campaigns schema", None, lambda found, _: "counts" in found["properties"], "json-schema.org"),
    Question("campaigns show", "friends", lambda found, _: len(found["versions"]) == 1, "held 14 days"),
    Question("check", None, lambda found, _: found["sound"] is True, "ok  I15"),
    Question("clock", None, lambda found, _: found["ahead_seconds"] >= 15 * 86_400, "The hub's time is 20"),
    Question("compare", None, lambda found, _: found["agreed"] and found["compared"]["credits"] == 2, "no differences"),
    Question("connections list", None, lambda found, told: found[0]["id"] == told.connection_id, "shopify"),
    Question("connections test", "shopify", lambda found, _: found["missing_rights"] == [], "Sandbox shop"),
    Question("conversions list", None, lambda found, _: [one["order_name"] for one in found] == ["#1001"], "qualified"),
    Question("deliveries list", None, lambda found, told: len(found) == len(told.deliveries()), "orders/paid"),
    Question(
        "deliveries show",
        _first("deliveries", "list"),
        lambda found, _: bool(json.loads(found["body"])["id"]) and found["row"]["state"] == "read",
        "received 20",
    ),
    Question("export", "digest", lambda found, _: len(found["digest"]) == 64 and found["facts"]["rewards"], '"digest"'),
    Question("fraud list", None, lambda found, _: found == [], "No case waits."),
    Question("fraud numbers", None, lambda found, _: (found["judged"], found["stopped"]) == (1, 0), "0 of 1"),
    Question("fraud rules", "friends", lambda found, _: "ring" in [row["rule"] for row in found], "busy_network"),
    Question("keys list", None, lambda found, _: [one["seals"] for one in found] == [True], "deliveries.body"),
    Question("leaderboard", None, lambda found, _: found["places"][0]["conversions"] == 1, "not named"),
    Question("merchants list", None, lambda found, _: [row["connections"] for row in found] == [1], "default"),
    Question("people requests", None, lambda found, _: found == [], "Nobody waits for an answer."),
    Question("milestones", None, lambda found, _: found == [], "No campaign's terms have milestones"),
    Question("objectives list", None, lambda found, _: found == [], "Nothing is wanted yet"),
    Question("objectives show", "friends", lambda found, _: found == [], "friends has no objective yet."),
    Question("operators list", None, lambda found, _: found == [], "Nobody signs in yet"),
    Question("orders list", None, lambda found, _: [row["state"] for row in found][-1] == "qualified", "order #1001"),
    Question("people list", None, lambda found, _: len(found) == 3, "ALICE-8F2K"),
    Question("people review", None, lambda found, _: found == [], "Nobody waits for a decision."),
    Question(
        "people show",
        "bob@example.com",
        lambda found, _: [one["orders"] for one in found["row"]["known_as"] if one["kind"] == "customer"] == [1],
        "bob@example.com at everywhere: 0 orders",
    ),
    Question("pushes list", None, lambda found, _: {row["state"] for row in found} == {"confirmed"}, "confirmed"),
    Question("rewards list", None, _pushed, "EUR 10.00"),
    Question(
        "rewards show",
        _first("rewards", "list"),
        lambda found, _: found["reward"]["state"] == "pushed" and len(found["pushes"]) == 1,
        "for the friend of order #1001: pushed",
    ),
    Question("why", "#1001", lambda found, _: found["decisions"][0]["counts"] is True, "Friends bring friends: counts"),
]

MEASURED = deeds.test_what_an_order_brought_is_measured_and_who_brought_it_is_named_once_they_agreed
DEEDS = {
    "audit export": keeping.test_every_act_of_who_types_is_in_the_trail_by_name,
    "backup list": keeping.test_a_backup_is_made_shown_verified_and_let_go,
    "backup make": keeping.test_a_backup_is_made_shown_verified_and_let_go,
    "backup prune": keeping.test_a_backup_is_made_shown_verified_and_let_go,
    "backup verify": keeping.test_a_backup_is_made_shown_verified_and_let_go,
    "proposals confirm": keeping.test_what_one_person_may_not_decide_alone_waits_for_another,
    "proposals list": keeping.test_what_one_person_may_not_decide_alone_waits_for_another,
    "proposals refuse": keeping.test_what_one_person_may_not_decide_alone_waits_for_another,
    "restore": keeping.test_what_cannot_be_restored_is_said_in_one_sentence,
    "advocates add": deeds.test_an_advocate_who_is_added_twice_keeps_the_code,
    "campaigns backtest": trying.test_terms_are_tried_on_what_was_bought,
    "campaigns check": terms.test_terms_that_can_work_are_told_with_what_they_promise,
    "campaigns create": deeds.test_a_campaign_is_created_from_a_file_and_published_from_a_day_on,
    "campaigns publish": deeds.test_a_campaign_is_created_from_a_file_and_published_from_a_day_on,
    "campaigns pause": deeds.test_a_campaign_rests_goes_on_and_says_how_long_its_budget_lasts,
    "campaigns resume": deeds.test_a_campaign_rests_goes_on_and_says_how_long_its_budget_lasts,
    "campaigns forecast": deeds.test_a_campaign_rests_goes_on_and_says_how_long_its_budget_lasts,
    "campaigns simulate": terms.test_a_made_up_order_is_tried_on_a_campaign_and_on_a_file,
    "connect hubspot": hubspot_walk.test_a_won_deal_of_a_referred_contact_is_paid_in_the_shop,
    "connect salesforce": salesforce_walk.test_a_won_opportunity_of_a_referred_contact_is_paid_in_the_shop,
    "connections disconnect": disconnect.test_a_shop_is_left_and_what_it_owes_waits_for_it,
    "connections rotate": address.test_the_old_address_works_until_its_time_and_any_other_is_not_found,
    "fields drift": fields.test_a_source_that_shows_nothing_cannot_be_compared_and_says_so,
    "fields go-live": fields.test_what_the_last_run_wrote_is_taken_back_until_the_admin_goes_live_again,
    "fields map": fields.test_fields_are_shown_mapped_and_switched_off,
    "fields off": fields.test_fields_are_shown_mapped_and_switched_off,
    "fields preview": fields.test_what_the_last_run_wrote_is_taken_back_until_the_admin_goes_live_again,
    "fields retry": fields.test_a_source_that_shows_nothing_cannot_be_compared_and_says_so,
    "fields show": fields.test_fields_are_shown_mapped_and_switched_off,
    "fields undo": fields.test_what_the_last_run_wrote_is_taken_back_until_the_admin_goes_live_again,
    "fraud appeal": fraud.test_a_case_is_listed_shown_refused_appealed_against_and_approved,
    "fraud decide": fraud.test_a_case_is_listed_shown_refused_appealed_against_and_approved,
    "fraud measure": fraud.test_the_rules_are_measured_on_a_made_up_town,
    "fraud show": fraud.test_a_case_is_listed_shown_refused_appealed_against_and_approved,
    "fraud trust": fraud.test_an_advocate_is_trusted_and_no_more,
    "connect demo": deeds.test_another_kind_of_source_is_connected_with_its_own_settings,
    "connect shopify": deeds.test_connecting_again_keeps_the_connection,
    "connections disable": deeds.test_a_connection_is_switched_off_and_on,
    "connections enable": deeds.test_a_connection_is_switched_off_and_on,
    "deliveries replay": deeds.test_a_replayed_delivery_changes_no_money,
    "init": deeds.test_init_says_where_the_database_is,
    "merchants add": merchants.test_merchants_come_are_renamed_and_leave,
    "merchants remove": merchants.test_merchants_come_are_renamed_and_leave,
    "merchants rename": merchants.test_merchants_come_are_renamed_and_leave,
    "keys add": privacy.test_a_key_is_changed_while_the_hub_runs,
    "keys reseal": privacy.test_a_key_is_changed_while_the_hub_runs,
    "keys retire": privacy.test_a_key_is_changed_while_the_hub_runs,
    "people answered": privacy.test_a_question_that_came_through_the_shop_is_answered,
    "people consent": MEASURED,
    "people erase": privacy.test_a_person_is_erased_and_the_books_stay,
    "people export": privacy.test_what_is_kept_of_one_person_is_handed_over_whole,
    "objectives drop": MEASURED,
    "objectives set": MEASURED,
    "operators invite": operators.test_somebody_is_invited_given_a_role_helped_and_removed,
    "operators remove": operators.test_somebody_is_invited_given_a_role_helped_and_removed,
    "operators reset-link": operators.test_somebody_is_invited_given_a_role_helped_and_removed,
    "operators role": operators.test_somebody_is_invited_given_a_role_helped_and_removed,
    "operators welcome": operators.test_the_owners_link_is_made_until_somebody_owns_the_hub,
    "people keep-apart": deeds.test_who_is_who_is_decided_by_a_person_and_remembered,
    "people merge": deeds.test_who_is_who_is_decided_by_a_person_and_remembered,
    "people split": deeds.test_who_is_who_is_decided_by_a_person_and_remembered,
    "pushes resolve": deeds.test_a_parked_push_is_decided_by_a_person,
    "reconcile": deeds.test_reconcile_finds_the_order_whose_webhooks_were_lost,
    "orders reattribute": deciding.test_who_brought_an_order_is_decided_and_a_reward_is_given_by_hand,
    "rewards grant": deciding.test_who_brought_an_order_is_decided_and_a_reward_is_given_by_hand,
    "rehearsals feedback": rehearsal_walk.test_invited_people_try_it_with_test_orders,
    "rehearsals invite": rehearsal_walk.test_invited_people_try_it_with_test_orders,
    "rehearsals list": rehearsal_walk.test_what_was_played_is_cleared_away_by_one_command,
    "rehearsals play": rehearsal_walk.test_invited_people_try_it_with_test_orders,
    "rehearsals remove": rehearsal_walk.test_what_was_played_is_cleared_away_by_one_command,
    "rehearsals show": rehearsal_walk.test_invited_people_try_it_with_test_orders,
    "rehearse": rehearsal_walk.test_the_whole_cast_plays_and_every_promise_holds,
    "rewards approve": deeds.test_a_rejected_reward_is_tried_again,
    "rewards void": deeds.test_a_held_reward_is_voided_with_a_reason,
    "serve": newcomer.test_the_readme_leads_from_nothing_to_a_credit_in_the_shop_and_on_to_other_terms,
    "sandbox shopify": newcomer.test_the_readme_leads_from_nothing_to_a_credit_in_the_shop_and_on_to_other_terms,
    "sandbox hubspot": hubspot.test_it_says_where_it_listens_and_ends_by_sigterm,
    "sandbox salesforce": salesforce.test_it_says_where_it_listens_and_its_truth_outlives_a_kill,
    "worker": deeds.test_a_worker_does_what_is_due_and_ends,
}
ALONE = {"demo"}  # `make demo ONCE=1` is a check of its own


def test_no_verb_is_forgotten() -> None:
    asked = {question.words for question in QUESTIONS}
    assert asked.isdisjoint(DEEDS)
    assert asked | set(DEEDS) | ALONE == set(all_verbs())


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.words)
def test_a_question_is_answered_in_json_with_what_is_true(told: Scene, question: Question) -> None:
    result = told.invoke(*question.arguments(told), "--json")
    assert result.exit_code == 0
    assert question.holds(json.loads(result.stdout), told), result.stdout


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.words)
def test_a_question_is_answered_in_words(told: Scene, question: Question) -> None:
    result = told.invoke(*question.arguments(told))
    assert result.exit_code == 0
    assert question.phrase in result.stdout


@pytest.mark.parametrize("kind", ["conversions", "rewards", "pushes", "ledger"])
def test_an_export_has_one_row_of_json_a_line(told: Scene, kind: str) -> None:
    counts = {"conversions": 1, "rewards": 2, "pushes": 2}
    rows = told.rows(kind)
    assert all(isinstance(row, dict) for row in rows)
    assert len(rows) == counts.get(kind, len(rows)) > 0


def test_the_exported_ledger_sums_to_zero(told: Scene) -> None:
    assert sum(row["amount_minor"] for row in told.rows("ledger")) == 0


def test_no_export_gives_away_a_code_that_is_money(stage: Scene) -> None:
    stage.campaign(friend={"kind": "gift_card", "percent": "5"})
    stage.advocate()
    stage.order(stage.friend())
    stage.settle()
    stage.later("15d")
    stage.settle()
    (card,) = stage.desk.truth()["gift_cards"]
    exported = stage.invoke("export", "pushes").stdout.lower() + stage.invoke("export", "rewards").stdout.lower()
    assert card["gid"].lower() in exported
    assert card["code"].lower() not in exported


def test_lists_are_narrowed_by_state(told: Scene) -> None:
    assert told.referhub("rewards", "list", "--state", "held") == []
    assert len(told.referhub("rewards", "list", "--state", "pushed")) == 2
    assert told.referhub("pushes", "list", "--state", "parked", "--state", "unknown") == []
    assert len(told.referhub("pushes", "list", "--state", "parked", "--state", "confirmed")) == 2
    assert told.referhub("deliveries", "list", "--state", "unreadable") == []
    assert len(told.referhub("deliveries", "list", "--limit", "2")) == 2


def test_the_unreferred_order_says_why_it_does_not_count(told: Scene) -> None:
    (decision,) = told.referhub("why", "1002")["decisions"]
    assert not decision["counts"]
    assert "does not count" in told.invoke("why", "#1002").stdout


def test_evidence_is_told_as_it_was_found(told: Scene) -> None:
    assert {"kind": "code", "value": "ALICE-8F2K"} in told.referhub("why", "#1001")["evidence"]


@pytest.mark.parametrize("words", [["conversions", "--json"], ["conversions", "--json", "list"]])
def test_conversions_may_leave_out_the_word_list(told: Scene, words: list[str]) -> None:
    assert json.loads(told.invoke(*words).stdout) == told.referhub("conversions", "list")
    assert told.invoke("conversions").stdout == told.invoke("conversions", "list").stdout
