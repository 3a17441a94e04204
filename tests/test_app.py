"""The command line answers mistakes in plain words and with a status that a script can read."""

from contextlib import closing
from pathlib import Path

import pytest

from app import WRONG_CONFIGURATION, create_app, create_hub, main
from config.settings import load_settings
from core.services.inbox import Inbox
from tests.support.leaks import PUT_TOGETHER_IN


def test_a_mistyped_command_is_answered_with_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["nonsense"])
    assert ended.value.code == 2
    assert "No such command 'nonsense'" in capsys.readouterr().err


def test_a_wrong_setting_is_told_in_one_sentence_before_anything_is_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REFERHUB_PORT", "abc")
    assert main(["connections", "list"]) == WRONG_CONFIGURATION
    said = capsys.readouterr().err.strip()
    assert "REFERHUB_PORT" in said
    assert "'abc'" in said
    assert "\n" not in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("REFERHUB_SECOND_PERSON_ABOVE", '{"EUR": "10,5"}', "second_person_above: '10,5' is not an amount of money"),
        ("REFERHUB_SECOND_PERSON_ABOVE", '{"euro": "10"}', "second_person_above: 'euro' is not a currency"),
        ("REFERHUB_BACKUP_KEEP", "for ever", "backup_keep: 'for ever': write 7d/4w"),
    ],
)
def test_a_setting_that_only_the_hub_understands_is_told_by_its_name_before_anything_is_written(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    variable: str,
    value: str,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(variable, value)
    assert main(["init"]) == WRONG_CONFIGURATION
    assert capsys.readouterr().err.startswith(said)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "referrals.example.com"])
def test_a_public_hub_that_nobody_owns_shows_its_dashboard_to_nobody(
    sqlite_url: str, tmp_path: Path, host: str
) -> None:
    """A proxy's default rewrites the Host to 127.0.0.1 and says nothing of itself."""
    told = {"database_url": sqlite_url, "secret_key_file": tmp_path / "secret.key"}
    private = load_settings(**told, environment="sandbox")
    public = load_settings(**told, base_url="https://referrals.example.com")
    hub = create_hub(private)
    with closing(hub.database), closing(Inbox(hub)) as inbox:
        app = create_app(private, hub, inbox)
        assert app.import_name == PUT_TOGETHER_IN  # or the watch for leaks would look at nobody's pages
        opened = app.test_client()
        hub.base_url = public.base_url
        closed = create_app(public, hub, inbox).test_client()
        assert closed.get("/dashboard/", headers={"Host": host}).status_code == 403
        assert opened.get("/dashboard/", headers={"Host": "127.0.0.1"}).status_code == 200
