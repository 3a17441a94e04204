"""A script skips calls, befalls the next ones and wears off; a late effect happens in its turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest

from sandbox.ground.fates import Fates, Kind, ScriptOfEffect
from sandbox.ground.late import Late
from sandbox.ground.refusal import Refused


@dataclass
class Fate(ScriptOfEffect):
    KINDS: ClassVar = {"drop": Kind("done", "drop"), "html": Kind("none", "html")}
    TOKEN: ClassVar = "token"
    FOR_EVER: ClassVar = -1


def befallen(fates: Fates[Fate], *calls: str) -> list[bool]:
    return [fates.take({call}) is not None for call in calls]


def test_it_lets_some_pass_then_befalls_so_many_and_is_gone() -> None:
    fates: Fates[Fate] = Fates()
    fates.add(Fate("drop", match="credit", skip=1, count=2))
    assert befallen(fates, "credit", "other", "credit", "credit", "credit") == [False, False, True, True, False]
    assert fates.coming() == []


def test_without_a_match_it_befalls_every_call_but_that_for_a_token() -> None:
    fates: Fates[Fate] = Fates()
    fates.add(Fate("drop", count=-1))
    assert befallen(fates, "token", *["anything"] * 5) == [False, *[True] * 5]


def test_what_befalls_for_ever_stays_until_it_is_cleared() -> None:
    fates: Fates[Fate] = Fates()
    fates.add(Fate("drop", count=-1))
    assert befallen(fates, "a", "b") == [True, True]
    assert [each["count"] for each in fates.coming()] == [-1]
    fates.clear()
    assert befallen(fates, "a") == [False]


def test_the_next_script_takes_the_calls_that_the_first_lets_pass() -> None:
    fates: Fates[Fate] = Fates()
    fates.add(Fate("drop", skip=1))
    fates.add(Fate("html"))
    assert [taken.kind for taken in (fates.take({"a"}), fates.take({"a"})) if taken] == ["html", "drop"]


def test_a_script_may_say_otherwise_whether_the_call_takes_effect() -> None:
    assert [Fate("drop", effect=said).acts for said in (None, True, False)] == ["done", "done", "none"]
    assert Fate("html", effect=True).acts == "done"


def test_a_kind_that_is_none_is_refused_with_those_there_are() -> None:
    with pytest.raises(Refused, match="no fate is called 'dorp'; there are drop, html"):
        Fate("dorp")


def test_late_effects_happen_when_they_are_due_in_the_order_of_their_times() -> None:
    happened: list[str] = []
    late: Late[int] = Late()
    for at in (30, 10, 20):
        late.postpone(at, lambda at=at: happened.append(str(at)))  # type: ignore[misc]
    late.run(20)
    assert (happened, bool(late)) == (["10", "20"], True)
    late.run(30)
    assert (happened, bool(late)) == (["10", "20", "30"], False)
