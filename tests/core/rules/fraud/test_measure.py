"""Measure: in the town of the page the shipped rules stop cheats, block nobody honest, and the page says how many."""

import pytest

from core.rules.fraud.checks import CHECKS
from core.rules.fraud.measure import Report, World
from core.rules.fraud.strictness import EPOCH, strictness
from core.rules.fraud.weigh import Outcome
from core.rules.terms.model import FraudTerms
from sandbox.population import ARCHETYPES, OWN_NETWORKS, settle
from tests.support.places import ROOT

CHEATS = {name for name, one in ARCHETYPES.items() if one.is_cheat}
BEYOND = {name for name in CHEATS if not ARCHETYPES[name].is_reachable}


def report(people: int, seed: int, terms: FraudTerms | None = None) -> Report:
    """How the rules do in such a town."""
    town = settle(people, seed)
    rules = strictness([(terms, EPOCH)] if terms else [], EPOCH)
    return Report(World(town.humans, town.sales, rules).judge(), CHEATS, BEYOND)


@pytest.fixture(scope="module")
def shipped() -> Report:
    """What `referhub fraud measure` says."""
    return report(10_000, 7, FraudTerms(settings={"busy_network": {"allowed": OWN_NETWORKS}}))


def test_the_page_tells_these_figures(shipped: Report) -> None:
    page = (ROOT / "docs" / "fraud.md").read_text(encoding="utf-8")
    held = shipped.innocent(Outcome.HELD)
    told = [f"(recall) | {shipped.recall:.1%} |", f"(precision) | {shipped.precision:.1%} |"]
    told += [f"honest people held | {held:.2%} |"]
    lines = [line.replace("%", " %") for line in told]
    lines += [f"| {one.all} | {one.held} | {one.blocked} | {one.share:.1%} |" for one in shipped.by_label()]
    lines += [f"| `{one.name}` | {one.cheats} | {one.honest} | {one.precision:.1%} |" for one in shipped.by_rule()]
    assert [line for line in lines if line not in page] == []


def test_what_can_be_seen_is_stopped_and_what_is_stopped_was_cheating(shipped: Report) -> None:
    assert shipped.recall >= 0.95
    assert shipped.precision >= 0.9


def test_no_innocent_is_blocked_and_hardly_any_is_held(shipped: Report) -> None:
    assert shipped.innocent(Outcome.BLOCKED) == 0
    assert shipped.innocent(Outcome.HELD) <= 0.03


def test_what_no_rule_can_see_is_not_claimed(shipped: Report) -> None:
    figures = {one.name: one for one in shipped.by_label()}
    assert figures["patient_pair"].stopped == 0
    assert figures["refund_farmer"].share < 1
    assert figures["parcel_drop"].share < 0.2
    assert {one.name: one.precision for one in shipped.by_rule()}["one_door"] >= 0.9, "it may be switched on"


def test_no_rule_is_dead(shipped: Report) -> None:
    """Accounts and operators are known only in a hub, and a telephone number in this town is one person's own."""
    found = {one.name for one in shipped.by_rule()}
    assert set(CHECKS) - found == {"same_account", "shared_account", "staff", "same_phone"}


def test_a_rule_that_is_off_finds_nothing_and_its_archetype_slips_through() -> None:
    off = report(300, 11, FraudTerms(modes={"same_device": "off", "ring": "off", "fast_advocate": "off"}))
    assert "same_device" not in {one.name for one in off.by_rule()}
    assert {one.name: one.share for one in off.by_label()}["second_mailbox"] < 0.5


def test_a_rule_gone_wild_is_seen_in_the_figures() -> None:
    wild = report(300, 11, FraudTerms(settings={"same_address": {"points": 60}}))
    assert wild.innocent(Outcome.HELD) > 0.03
    assert wild.precision < 0.9
