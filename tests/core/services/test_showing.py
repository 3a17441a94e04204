"""Whoever may be shown by name has said so; what they said last holds, whoever they become, and goes with them."""

import pytest

from core.contract.events import OrderPaid
from core.models import AuditEntry, Consent
from core.queries.leaderboard import leaderboard
from core.services.enroll import enroll
from core.services.erase import erase_person
from core.services.export_person import export_person
from core.services.judge_people import merge_people
from core.services.showing import say_consent
from tests.support.hub import DAY, Scene, order


def _named(stage: Scene) -> list[str]:
    """The names on the leaderboard."""
    with stage.hub.database.reading() as session:
        people = [place.person for place in leaderboard(session).places]
    known = [one.name for one in people if one and one.name]
    return [stage.hub.vault.open(name.value, name.context).decode() for name in known]


@pytest.fixture
def mira(stage: Scene) -> str:
    """Mira, who has a name and brought somebody."""
    made = enroll(stage.hub, "friends", email="mira@example.com", name="Mira Okafor", code="MIRA-10")
    stage.tell(OrderPaid(order(code="MIRA-10")))
    return str(made.person_id)


def test_nobody_is_named_before_they_said_yes_or_after_they_said_no(stage: Scene, mira: str) -> None:
    assert _named(stage) == []
    say_consent(stage.hub, mira, "she wrote us", is_given=True)
    assert _named(stage) == ["Mira Okafor"]
    stage.watch.forward(DAY)
    say_consent(stage.hub, mira, "she wrote again", is_given=False)
    assert _named(stage) == []
    row = stage.one(Consent)
    assert (row.is_given, row.said_at, row.because) == (False, stage.watch.at, "she wrote again")
    told = [(entry.subject, entry.detail) for entry in stage.all(AuditEntry, verb="consent")]
    assert told[0] == (f"person:{mira}", "may be shown by name: she wrote us")
    assert told[1][1] == "may not be shown by name: she wrote again"


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("is_elder_first", [True, False])
def test_when_two_become_one_what_they_said_last_holds(
    stage: Scene, mira: str, *, last: bool, is_elder_first: bool
) -> None:
    other = str(stage.advocate("ZOE", email="zoe@example.com").person_id)
    first, second = (mira, other) if is_elder_first else (other, mira)
    say_consent(stage.hub, first, "before", is_given=not last)
    stage.watch.forward(DAY)
    say_consent(stage.hub, second, "after", is_given=last)
    kept = merge_people(stage.hub, mira, other, "one woman")
    row = stage.one(Consent)
    assert (row.person_id, row.is_given, row.because) == (kept, last, "after")
    assert _named(stage) == (["Mira Okafor"] if last else [])


def test_what_the_younger_said_alone_is_what_both_say(stage: Scene, mira: str) -> None:
    other = str(stage.advocate("ZOE", email="zoe@example.com").person_id)
    say_consent(stage.hub, other, "yes", is_given=True)
    merge_people(stage.hub, mira, other, "one woman")
    assert _named(stage) == ["Mira Okafor"]


def test_it_is_handed_over_and_goes_with_the_person(stage: Scene, mira: str) -> None:
    say_consent(stage.hub, mira, "she wrote us", is_given=True)
    (told,) = export_person(stage.hub, mira)["consents"]
    assert (told["is_given"], told["because"]) == (True, "she wrote us")
    erase_person(stage.hub, mira, "she asked")
    assert stage.all(Consent) == []
    assert _named(stage) == []


def test_somebody_elses_consent_stays(stage: Scene, mira: str) -> None:
    say_consent(stage.hub, mira, "yes", is_given=True)
    erase_person(stage.hub, str(stage.advocate("ZOE", email="zoe@example.com").person_id), "she asked")
    assert _named(stage) == ["Mira Okafor"]
