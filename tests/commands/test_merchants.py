"""Merchants on the command line: made room for, renamed, and erased once their name was said again."""

import json
from pathlib import Path

from tests.support.live import TERMS, Scene


def test_merchants_come_are_renamed_and_leave(stage: Scene) -> None:
    made = stage.referhub("merchants", "add", "Coffee")
    assert "has room here" in stage.invoke("merchants", "add", "Milk").stdout
    assert stage.referhub("rewards", "list", status=1) == {
        "error": ["say which merchant: referhub --merchant NAME …; there are Coffee, Milk, default"]
    }
    assert stage.referhub("--merchant", "Coffee", "connections", "list") == []
    assert len(stage.referhub("--merchant", "default", "connections", "list")) == 1
    assert stage.referhub("merchants", "rename", "Coffee", "Cocoa") == {"id": made["id"], "name": "Cocoa"}
    assert stage.referhub("merchants", "remove", "Cocoa", "--name-again", "Coffee", status=1)["error"]
    assert stage.referhub("merchants", "remove", "Cocoa", "--name-again", "Cocoa")["removed"] == made["id"]
    assert stage.referhub("merchants", "remove", "Milk", "--name-again", "Milk")["name"] == "Milk"
    assert [row["name"] for row in stage.referhub("merchants", "list")] == ["default"]
    assert len(stage.referhub("connections", "list")) == 1


def test_a_name_that_nobody_has_is_told_with_those_there_are(stage: Scene) -> None:
    (said,) = stage.referhub("--merchant", "Nobody", "rewards", "list", status=1)["error"]
    assert said == "no merchant is called 'Nobody'; there are default"


def test_what_is_to_be_typed_next_names_the_merchant_where_there_are_several(stage: Scene, tmp_path: Path) -> None:
    file = tmp_path / "spring.json"
    file.write_text(json.dumps(TERMS | {"campaign": {"slug": "spring", "name": "Spring"}}))
    assert "Next: referhub campaigns publish spring" in stage.invoke("campaigns", "create", str(file)).stdout
    stage.referhub("merchants", "add", "Coffee Ltd")
    coffee = "--merchant", "Coffee Ltd"
    said = stage.invoke(*coffee, "campaigns", "create", str(file)).stdout
    assert "Next: referhub --merchant 'Coffee Ltd' campaigns publish spring" in said
    assert "`referhub --merchant 'Coffee Ltd' people list`" in stage.invoke(*coffee, "people", "show", "x").stderr
    assert "Next: referhub keys reseal" in stage.invoke(*coffee, "keys", "add").stdout


def test_who_removes_a_merchant_is_asked_for_the_name(stage: Scene) -> None:
    stage.referhub("merchants", "add", "Coffee")
    answer = stage.invoke("merchants", "remove", "Coffee")
    assert answer.exit_code == 1  # nobody answers here
    assert "Everything of Coffee will be erased" in answer.output
    assert len(stage.referhub("merchants", "list")) == 2
