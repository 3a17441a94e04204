"""The story ends well only if shop and ledger agree and every promise holds."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from sandbox.demo import demo, story
from sandbox.demo.comparison import Line
from sandbox.demo.failed import DemoFailed
from sandbox.demo.hub import HubCommands
from sandbox.demo.screen import Screen
from sandbox.demo.stage import Stage
from sandbox.demo.story import tell
from sandbox.hubspot.control import PortalControl
from sandbox.salesforce.control import OrgControl
from sandbox.shopify.control import ShopControl

EQUAL = Line("alice@example.com", "store_credit", "EUR", Decimal("10"), Decimal("10.00"))
DIFFERENT = Line("alice@example.com", "store_credit", "EUR", Decimal("10"), Decimal("20"))


def stage(folder: Path) -> Stage:
    screen = Screen(silent=True)
    nowhere = "http://127.0.0.1:9"
    doors = ShopControl(nowhere), PortalControl(nowhere), OrgControl(nowhere)
    return Stage(HubCommands(folder, {}, screen), *doors, "", folder, screen)


def ending(lines: list[Line], *, is_sound: bool) -> Callable[[Stage], None]:
    def chapter(stage: Stage) -> None:
        """The end"""
        stage.lines, stage.is_sound = lines, is_sound

    return chapter


@pytest.mark.parametrize(
    ("lines", "is_sound", "ends_well"),
    [
        ([EQUAL], True, True),
        ([EQUAL, DIFFERENT], True, False),
        ([EQUAL], False, False),
        ([], True, False),
    ],
)
def test_one_difference_or_one_broken_promise_or_nothing_to_compare_is_a_bad_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[Line], is_sound: bool, ends_well: bool
) -> None:
    monkeypatch.setattr(story, "CHAPTERS", (ending(lines, is_sound=is_sound),))
    assert tell(stage(tmp_path)) is ends_well


def test_what_should_be_so_and_is_not_ends_the_story(tmp_path: Path) -> None:
    with pytest.raises(DemoFailed, match="nobody earns from Carl's order"):
        stage(tmp_path).expect(False, "nobody earns from Carl's order")


def _goes_wrong(stage: Stage) -> None:
    """Something goes wrong"""
    stage.expect(False, "the shop is open")


@pytest.mark.parametrize(
    ("chapter", "says"),
    [
        (_goes_wrong, ["The demo failed: it should be so, and is not: the shop is open", "last lines of the hub"]),
        (ending([DIFFERENT], is_sound=True), ["do not agree"]),
    ],
)
def test_a_bad_end_is_status_one_and_says_what_it_was(
    monkeypatch: pytest.MonkeyPatch, chapter: Callable[[Stage], None], says: list[str]
) -> None:
    monkeypatch.setattr(story, "CHAPTERS", (chapter,))
    result = CliRunner().invoke(demo, ["--once"])
    assert result.exit_code == 1
    assert [words for words in says if words not in result.output] == []
