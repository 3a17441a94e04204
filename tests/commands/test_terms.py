"""What terms say is checked, explained, compared and tried from the command line, and nothing of it is stored."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import create_hub, open_hub, serve
from config.settings import load_settings
from core.commands import cli
from core.commands.office import Office
from core.rules.terms.documents import read_document
from core.rules.terms.schema import schema
from core.services.campaigns import create_campaign
from tests.support.live import TERMS, Scene
from tests.support.places import ROOT

EXAMPLES = ROOT / "examples" / "campaigns"
ORDER = str(ROOT / "examples" / "orders" / "second-friend.toml")
SILLY = {"all": [{"field": "order.country", "is": "DE"}, {"field": "order.country", "is": "AT"}]}


def written(folder: Path, **changes: dict[str, object]) -> str:
    """The story's terms with changes, in a file."""
    body = {name: {**table, **changes.get(name, {})} for name, table in TERMS.items()}
    file = folder / "terms.json"
    file.write_text(json.dumps(body), encoding="utf-8")
    return str(file)


def test_terms_that_can_work_are_told_with_what_they_promise(told: Scene, tmp_path: Path) -> None:
    answer = told.referhub("campaigns", "check", written(tmp_path))
    assert (answer["slug"], answer["obstacles"], answer["remarks"]) == ("friends", [], [])
    assert any("€10.00 as store credit" in line for line in answer["promise"])
    german = told.invoke("campaigns", "check", written(tmp_path), "--language", "de").stdout
    assert "10,00 € als Guthaben im Shop" in german
    assert "Nothing is in the way: it can be published." in german


def test_what_is_in_the_way_is_told_and_the_status_says_so(told: Scene, tmp_path: Path) -> None:
    file = written(tmp_path, counts={"when": SILLY}, friend={"kind": "points"}, hold={"days": 0})
    result = told.invoke("campaigns", "check", file)
    assert result.exit_code == 1
    assert "friend.kind: no connected source can pay points" in result.stdout
    assert "can never be true" in result.stdout
    assert "hold.days: rewards are paid at once" in result.stdout
    assert [row["version"] for row in told.referhub("campaigns", "show", "friends")["versions"]] == [1]


def test_mistakes_in_the_file_are_told_by_their_places(told: Scene, tmp_path: Path) -> None:
    problems = told.referhub("campaigns", "check", written(tmp_path, hold={"dayz": 14}), status=1)["error"]
    assert problems == ["hold.dayz: unknown; did you mean days?"]


def test_terms_are_read_where_there_is_no_hub_yet(tmp_path: Path) -> None:
    settings = load_settings(database_url=f"sqlite:///{tmp_path}/none.db", secret_key_file=tmp_path / "key")
    office = Office(load_settings=lambda: settings, create_hub=create_hub, open_hub=open_hub, serve=serve)
    checked = CliRunner().invoke(cli, ["campaigns", "check", str(EXAMPLES / "friends.toml")], obj=office)
    assert (checked.exit_code, "There is no hub here" in checked.stdout) == (0, True)
    tried = CliRunner().invoke(
        cli, ["campaigns", "simulate", str(EXAMPLES / "friends.toml"), "--order", ORDER], obj=office
    )
    assert "advocate: EUR 10.00 as store_credit" in tried.stdout
    assert not (tmp_path / "none.db").exists()


def test_a_made_up_order_is_tried_on_a_campaign_and_on_a_file(told: Scene) -> None:
    published = told.referhub("campaigns", "simulate", "friends", "--order", ORDER)
    assert (published["counts"], [one["amount"]["text"] for one in published["rewards"]]) == (
        True,
        ["EUR 10.00", "EUR 5.95"],
    )
    club = told.invoke("campaigns", "simulate", str(EXAMPLES / "tea-club.toml"), "--order", ORDER).stdout
    assert "yes  condition: the order's country is DE, which is one of DE, AT, CH" in club
    assert "friend: EUR 7.90 as gift_card" in club
    deals = told.invoke("campaigns", "simulate", str(EXAMPLES / "b2b-deals.toml"), "--order", ORDER).stdout
    assert deals.startswith("It would not count.")


def test_an_unknown_campaign_cannot_be_tried(told: Scene) -> None:
    (said,) = told.referhub("campaigns", "simulate", "nonsense", "--order", ORDER, status=1)["error"]
    assert said.startswith("there is no campaign 'nonsense'")


def test_the_schema_is_printed_as_it_is_published(told: Scene) -> None:
    assert json.loads(told.invoke("campaigns", "schema").stdout) == schema()


def test_two_versions_are_laid_side_by_side(stage: Scene) -> None:
    create_campaign(stage.hub, {**TERMS, "hold": {"days": 30}})
    create_campaign(stage.hub, {**TERMS, "hold": {"days": 60}})
    newest = stage.referhub("campaigns", "diff", "friends")
    assert (newest["from"], newest["to"], len(newest["differences"])) == (1, 3, 1)
    assert "14 days" in newest["differences"][0]
    assert "60 days" in newest["differences"][0]
    between = stage.referhub("campaigns", "diff", "friends", "--from", "2", "--to", "3", "--language", "de")
    assert "30 Tage" in between["differences"][0]
    words = stage.invoke("campaigns", "diff", "friends", "--from", "2", "--to", "2").stdout
    assert "Nothing is decided differently." in words
    (said,) = stage.referhub("campaigns", "diff", "friends", "--from", "9", status=1)["error"]
    assert said == "there is no version 9: there are 1 to 3"


@pytest.mark.parametrize(
    ("reader", "words"),
    [
        ("advocate", "You get €10.00"),
        ("friend", "You get 5% of the order"),
        ("operator", "Whoever recommends gets €10.00"),
    ],
)
def test_the_rules_speak_to_whoever_reads_them(told: Scene, reader: str, words: str) -> None:
    lines = told.referhub("campaigns", "rules", "friends", "--for", reader)["lines"]
    assert lines[1].startswith(words)


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.toml")), ids=lambda file: file.stem)
def test_every_example_can_be_kept_by_some_hub(file: Path, stage: Scene) -> None:
    body = read_document(file.read_text(encoding="utf-8"), is_json=False)
    assert create_campaign(stage.hub, body)[1].version >= 1
