"""The page about fraud names every rule with its mode and points, every threshold with its default, and no other."""

import re

from core.rules.fraud_table import GENERAL, RULES
from sandbox.population import ARCHETYPES
from tests.support.places import ROOT

PAGE = (ROOT / "docs" / "fraud.md").read_text(encoding="utf-8")


def test_every_rule_stands_there_as_it_is_shipped() -> None:
    found = re.findall(r"^\| `(\w+)`( \*)? \| (.+) \| (\w+) \| (\d+) \|$", PAGE, re.MULTILINE)
    told = {rule: (bool(star), words, mode, int(points)) for rule, star, words, mode, points in found}
    assert told == {key: (rule.always_acts, rule.looks_for, rule.mode, rule.points) for key, rule in RULES.items()}


def test_every_threshold_stands_there_with_its_default() -> None:
    found = dict(re.findall(r"^\| `([\w.]+)` \| .+ \| (\d+|empty) \|$", PAGE, re.MULTILINE))
    wanted = {f"{key}.{name}": str(one.default) for key, rule in RULES.items() for name, one in rule.thresholds.items()}
    wanted |= {f"{key}.{name}": "empty" for key, rule in RULES.items() for name in rule.lists}
    wanted |= {name: str(one.default) for name, one in GENERAL.items()}
    assert {name: default for name, default in found.items() if name not in RULES} == wanted


def test_every_archetype_has_its_figures_and_none_honest_is_blocked() -> None:
    found = re.findall(
        r"^\| `(\w+)` \| (honest|cheats) \| (\d+) \| (\d+) \| (\d+) \| ([\d.]+)% \|$", PAGE, re.MULTILINE
    )
    assert {name: kind == "cheats" for name, kind, *_ in found} == {
        name: one.is_cheat for name, one in ARCHETYPES.items()
    }
    for _, kind, count, held, blocked, share in found:
        assert abs((int(held) + int(blocked)) * 100 / int(count) - float(share)) < 0.1
        assert kind == "cheats" or blocked == "0"
