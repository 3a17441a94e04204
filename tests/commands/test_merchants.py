"""Merchants on the command line: made room for, renamed, and erased once their name was said again."""

from tests.support.live import Scene


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


def test_who_removes_a_merchant_is_asked_for_the_name(stage: Scene) -> None:
    stage.referhub("merchants", "add", "Coffee")
    answer = stage.invoke("merchants", "remove", "Coffee")
    assert answer.exit_code == 1  # nobody answers here
    assert "Everything of Coffee will be erased" in answer.output
    assert len(stage.referhub("merchants", "list")) == 2
