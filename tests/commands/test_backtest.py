"""Terms are tried from the command line: in words, in JSON, as a sheet; and nothing else comes of it."""

import csv
import json
from pathlib import Path

import pytest

from core.commands.sheets import Sheet
from tests.support.live import TERMS, Scene


def test_terms_are_tried_on_what_was_bought(stage: Scene) -> None:
    """Bob bought with Alice's code; with a higher minimum he would not have counted, and that is all that is said."""
    stage.advocate()
    stage.order(stage.friend())
    stage.settle()
    before = stage.rows("rewards"), stage.rows("conversions"), stage.rows("ledger")
    file, sheet = stage.folder / "dearer.json", stage.folder / "differences.csv"
    file.write_text(json.dumps(TERMS | {"counts": {"currency": "EUR", "minimum": "500.00"}}))
    found = stage.referhub("campaigns", "backtest", "friends", "--terms", str(file), "--csv", str(sheet))
    assert (found["before"]["conversions"], found["after"]["conversions"]) == (1, 0)
    assert [one["text"] for one in found["before"]["cost"]] == ["EUR 14.00"]
    assert (found["after"]["cost"], found["after"]["liability"]) == ([], [])
    (order,) = found["differing"]
    assert "the minimum EUR 500.00" in order["words"]
    with sheet.open(newline="") as told:
        assert [row["order"] for row in csv.DictReader(told)] == [order["name"]]
    words = stage.invoke("campaigns", "backtest", "friends", "--terms", str(file)).stdout
    assert "1 fewer conversion, 2 fewer rewards, EUR 14.00 less cost" in words
    assert (stage.rows("rewards"), stage.rows("conversions"), stage.rows("ledger")) == before
    assert [row["version"] for row in stage.referhub("campaigns", "backtests", "friends")] == [None, None]


def test_the_newest_version_is_tried_where_no_file_is_given(stage: Scene) -> None:
    file = stage.folder / "next.json"
    file.write_text(json.dumps(TERMS | {"advocate": {"kind": "store_credit", "amount": "12.00"}}))
    stage.referhub("campaigns", "create", str(file))
    assert stage.referhub("campaigns", "backtest", "friends")["row"]["version"] == 2
    words = stage.invoke("campaigns", "publish", "friends").stdout
    assert "Tried on 20" in words
    assert "would have come to the same" in words
    assert "no order differs" in stage.invoke("campaigns", "backtest", "friends", "--version", "1").stdout
    assert "has no version 9" in stage.invoke("campaigns", "backtest", "friends", "--version", "9").output
    backwards = ("--from", "2021-01-01", "--to", "2020-01-01")
    assert "ends before it begins" in stage.invoke("campaigns", "backtest", "friends", *backwards).output
    assert "2021-13-01" in stage.invoke("campaigns", "backtest", "friends", "--from", "2021-13-01").output


@pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "\t", "\r", "\n", "\0"])
def test_no_cell_of_a_sheet_is_a_formula(tmp_path: Path, beginning: str) -> None:
    """S25: what a stranger typed into an order is text, whatever it begins with."""
    file = tmp_path / "sheet.csv"
    with Sheet(file, ["order"]) as sheet:
        sheet.add([f"{beginning}HYPERLINK(1)"])
    with file.open(newline="") as told:
        assert list(csv.reader(told))[1] == [f"'{beginning}HYPERLINK(1)"]
