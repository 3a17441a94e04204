"""Settings: where they come from, which one wins, and how a wrong one is told before anything starts."""

import re
import tomllib
from pathlib import Path

import pytest

from app import WRONG_CONFIGURATION, main
from config.settings import ConnectorSettings, Settings, WrongSettings, load_settings
from core.rules.switches import Lock
from tests.support.places import ROOT

EXAMPLE = ROOT / "config" / "referhub.example.toml"


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of whoever runs the tests reaches them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    for name in (*Settings.model_fields, "secrets_dir"):
        monkeypatch.delenv(f"REFERHUB_{name.upper()}", raising=False)


def _file(text: str) -> None:
    Path("config/referhub.toml").write_text(text)


def test_without_anything_said_the_hub_is_live_on_loopback_and_sqlite() -> None:
    settings = load_settings()
    assert (settings.is_sandbox, settings.is_loopback_only, settings.port) == (False, True, 8000)
    assert settings.database_url == "sqlite:///data/referhub.db"


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    _file("port = 9001\nthreads = 7\n")
    assert (load_settings().port, load_settings().threads, load_settings().poll_minutes) == (9001, 7, 15)
    monkeypatch.setenv("REFERHUB_PORT", "9002")
    assert (load_settings().port, load_settings().threads) == (9002, 7)


def test_a_secret_file_wins_over_the_file_and_the_environment_over_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _file('oidc_client_secret = "from the file"\n')
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "referhub_oidc_client_secret").write_text("from the secret\n")
    assert load_settings().oidc_client_secret == "from the file"
    monkeypatch.setenv("REFERHUB_SECRETS_DIR", str(secrets))
    assert load_settings().oidc_client_secret == "from the secret"
    monkeypatch.setenv("REFERHUB_OIDC_CLIENT_SECRET", "from the environment")
    assert load_settings().oidc_client_secret == "from the environment"


def test_a_folder_of_secrets_that_is_not_there_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REFERHUB_SECRETS_DIR", "no-such-folder")
    assert main(["init"]) == WRONG_CONFIGURATION
    assert "REFERHUB_SECRETS_DIR = 'no-such-folder': there is no such folder" in capsys.readouterr().err


def test_the_example_names_every_setting_with_its_default() -> None:
    lines = [line.removeprefix("# ") for line in EXAMPLE.read_text().splitlines() if _is_setting(line)]
    shown = tomllib.loads("\n".join(lines))
    assert set(shown) == set(Settings.model_fields)
    app = {"client_id": "", "client_secret": ""}
    assert shown.pop("connectors") == {"shopify": ConnectorSettings(enabled=True, app=app).model_dump()}
    assert shown.pop("connections") == {"my shop": {"enabled": True}}
    defaults = load_settings().model_dump(mode="json")
    assert shown == {name: defaults[name] for name in shown}


def _is_setting(line: str) -> bool:
    return line.startswith("# [") or re.match(r"# [a-z_]+ = ", line) is not None


def test_the_example_as_it_stands_changes_nothing() -> None:
    usual = load_settings()
    _file(EXAMPLE.read_text())
    assert load_settings() == usual


WRONG = [
    ("port", "abc"),
    ("port", "70000"),
    ("threads", "0"),
    ("environment", "test"),
    ("database_url", "mysql://somewhere/hub"),
    ("base_url", "referrals.example.com"),
    ("worker", "perhaps"),
    ("poll_minutes", "0"),
    ("check_minutes", "100000"),
    ("quiet_seconds", "-1"),
    ("smtp_url", "mail.example.com"),
    ("oidc_issuer", "http://login.example.com"),
    ("oidc_role", "king"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_setting_is_one_sentence_with_its_name_its_value_and_the_fix(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv(f"REFERHUB_{name.upper()}", value)
    assert main(["serve"]) == WRONG_CONFIGURATION == 78
    said = capsys.readouterr().err.strip()
    assert said.startswith(f"{name} = '{value}': ")
    assert f"REFERHUB_{name.upper()}" in said
    assert "config/referhub.toml" in said
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "data").exists()


def test_all_wrong_settings_are_told_at_once() -> None:
    _file('port = "abc"\nthreads = 0\n')
    with pytest.raises(WrongSettings) as told:
        load_settings()
    assert [line.split(" = ")[0] for line in str(told.value).splitlines()] == ["port", "threads"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("colour = 1\n", "colour"),
        ("[connectors.shopify]\nenabeld = false\n", "connectors.shopify.enabeld"),
    ],
)
def test_a_setting_that_does_not_exist_is_named(text: str, place: str) -> None:
    _file(text)
    with pytest.raises(WrongSettings, match=f"^{place}: there is no such setting; see config/referhub.example.toml"):
        load_settings()


@pytest.mark.parametrize("text", ["port = ", "[[[", "port 8000", "\x00"])
def test_a_file_that_is_no_toml_is_named(text: str) -> None:
    _file(text)
    with pytest.raises(WrongSettings, match=r"^config/referhub\.toml: "):
        load_settings()


def test_a_file_that_is_no_text_is_named() -> None:
    Path("config/referhub.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(WrongSettings, match=r"^config/referhub\.toml: "):
        load_settings()


def test_a_password_in_an_address_is_never_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REFERHUB_DATABASE_URL", "mysql://hub:hush@db/hub")
    assert main(["init"]) == WRONG_CONFIGURATION
    said = capsys.readouterr().err
    assert "database_url = (hidden)" in said
    assert "hush" not in said


def test_a_wrong_secret_is_never_shown() -> None:
    with pytest.raises(WrongSettings) as told:
        load_settings(oidc_client_secret=["hush"])
    assert "oidc_client_secret = (hidden)" in str(told.value)
    assert "hush" not in str(told.value)


def test_a_connector_is_switched_off_in_the_file_or_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().switches.lock("shopify", "my shop") is None
    _file("[connectors.shopify]\nenabled = false\n")
    by_file = Lock(False, "configuration file config/referhub.toml")
    assert load_settings().switches.lock("shopify", "my shop") == by_file
    assert load_settings().switches.lock("hubspot", "my portal") is None
    monkeypatch.setenv("REFERHUB_CONNECTORS__SHOPIFY__ENABLED", "true")
    assert load_settings().switches.lock("shopify", "my shop") == Lock(
        True, "environment variable REFERHUB_CONNECTORS__SHOPIFY__ENABLED"
    )
    monkeypatch.delenv("REFERHUB_CONNECTORS__SHOPIFY__ENABLED")
    monkeypatch.setenv("REFERHUB_CONNECTORS", '{"shopify": {"enabled": true}}')
    assert load_settings().switches.lock("shopify", "my shop") == Lock(True, "environment variable REFERHUB_CONNECTORS")


def test_a_secret_file_switches_before_the_file_and_after_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _file("[connectors.shopify]\nenabled = false\n")
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "referhub_connectors").write_text('{"shopify": {"enabled": true}}')
    monkeypatch.setenv("REFERHUB_SECRETS_DIR", str(folder))
    assert load_settings().switches.lock("shopify", "any") == Lock(True, "secret file referhub_connectors")
    monkeypatch.setenv("REFERHUB_CONNECTORS__SHOPIFY__ENABLED", "off")
    assert load_settings().switches.lock("shopify", "any") == Lock(
        False, "environment variable REFERHUB_CONNECTORS__SHOPIFY__ENABLED"
    )


def test_one_connection_is_switched_by_its_label(monkeypatch: pytest.MonkeyPatch) -> None:
    _file('[connectors.shopify]\nenabled = false\n[connections."My Shop"]\nenabled = true\n')
    by_file = "configuration file config/referhub.toml"
    assert load_settings().switches.lock("shopify", "My Shop") == Lock(True, by_file)
    assert load_settings().switches.lock("shopify", "Another") == Lock(False, by_file)
    monkeypatch.setenv("REFERHUB_CONNECTIONS__MY_SHOP__ENABLED", "false")
    assert load_settings().switches.lock("shopify", "My Shop") == Lock(
        False, "environment variable REFERHUB_CONNECTIONS__MY_SHOP__ENABLED"
    )


def test_a_setting_of_a_connector_that_says_nothing_of_its_switch_locks_nothing() -> None:
    _file('[connectors.shopify.app]\nclient_id = "a"\n')
    assert load_settings().switches.lock("shopify", "any") is None


def test_a_switch_that_is_neither_on_nor_off_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFERHUB_CONNECTORS__SHOPIFY__ENABLED", "perhaps")
    with pytest.raises(
        WrongSettings, match=r"^connectors\.shopify\.enabled = 'perhaps': .*CONNECTORS__SHOPIFY__ENABLED"
    ):
        load_settings()


def test_a_public_address_is_kept_without_its_last_slash() -> None:
    assert load_settings(base_url="https://referrals.example.com/").base_url == "https://referrals.example.com"


@pytest.mark.parametrize(
    ("host", "is_private"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("10.0.0.5", False)],
)
def test_only_loopback_counts_as_this_machine(host: str, is_private: bool) -> None:
    assert load_settings(host=host).is_loopback_only is is_private


@pytest.mark.parametrize(
    ("base_url", "is_private"),
    [
        ("", True),
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000", True),
        ("https://referrals.example.com", False),
        ("https://localhost.example.com", False),
    ],
)
def test_a_public_address_means_that_others_reach_the_hub(base_url: str, is_private: bool) -> None:
    assert load_settings(base_url=base_url).is_loopback_only is is_private


def test_a_key_file_that_is_none_stops_the_start(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret.key").write_text("nonsense\n")
    assert main(["init"]) == WRONG_CONFIGURATION
    assert "data/secret.key is not a key file" in capsys.readouterr().err


TO_WRITE = [
    ("PORT", "abc", "write a whole number from 0 to 65535"),
    ("PORT", "70000", "write a whole number from 0 to 65535"),
    ("PORT", "1.5", "write a whole number from 0 to 65535"),
    ("POLL_MINUTES", "0", "write a whole number from 1 to 1440"),
    ("WORKER", "perhaps", "write true or false"),
    ("CONNECTORS__SHOPIFY__ENABLED", "perhaps", "write true or false"),
    ("ENVIRONMENT", "test", "write 'live' or 'sandbox'"),
    ("TRUSTED_HOSTS", "a.example.com", 'write it as JSON, such as ["referrals.example.com"]'),
]


@pytest.mark.parametrize(("name", "value", "fix"), TO_WRITE)
def test_a_wrong_value_is_answered_with_what_to_write(
    name: str, value: str, fix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"REFERHUB_{name}", value)
    with pytest.raises(WrongSettings) as told:
        load_settings()
    assert fix in str(told.value)
    assert f"REFERHUB_{name}" in str(told.value)
    assert "input" not in str(told.value)


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("host = 5", "write text in quotes"),
        ("secret_key_file = 5", "write a path in quotes"),
        ('trusted_hosts = "x"', 'write a list, such as ["referrals.example.com"]'),
        ("connectors = 5", "write a table, such as [connectors.shopify]"),
        ("[connectors]\nshopify = 5", "write a table, such as [connectors.shopify]"),
    ],
)
def test_a_wrong_kind_of_value_in_the_file_is_answered_with_what_to_write(text: str, fix: str) -> None:
    _file(text)
    with pytest.raises(WrongSettings) as told:
        load_settings()
    assert f": {fix}; set it as REFERHUB_" in str(told.value)


def test_a_misspelt_variable_is_named_with_the_nearest_setting_and_never_with_its_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REFERHUB_PORTT", "hush")
    monkeypatch.setenv("REFERHUB_COLOUR", "hush")
    with pytest.raises(WrongSettings) as told:
        load_settings()
    rest = "; see config/referhub.example.toml for all of them"
    assert str(told.value).splitlines() == [
        f"REFERHUB_COLOUR: there is no such setting{rest}",
        f"REFERHUB_PORTT: there is no such setting (did you mean REFERHUB_PORT?){rest}",
    ]


def test_a_misspelt_variable_and_a_wrong_value_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFERHUB_PORTT", "1")
    monkeypatch.setenv("REFERHUB_PORT", "abc")
    with pytest.raises(WrongSettings) as told:
        load_settings()
    assert [line.split(":")[0] for line in str(told.value).splitlines()] == ["REFERHUB_PORTT", "port = 'abc'"]


def test_every_variable_that_the_programs_and_the_tests_read_is_let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = load_settings()
    files = [file for folder in ("core", "tests/support") for file in (ROOT / folder).rglob("*.py")]
    named = {name for file in files for name in re.findall(r'"(REFERHUB_[A-Z_]+)"', file.read_text())}
    assert {"REFERHUB_CRASH_AT", "REFERHUB_REQUIRE", "REFERHUB_TEST_PG_URL"} <= named
    for name in named | {"REFERHUB_CONNECT_CLIENT_SECRET"}:
        monkeypatch.setenv(name, "x")
    assert load_settings() == usual


def test_a_settings_file_in_the_wrong_folder_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    Path("referhub.toml").write_text("port = 9000\n")
    assert main(["init"]) == WRONG_CONFIGURATION
    assert capsys.readouterr().err == (
        "referhub.toml is not read here: move it to config/referhub.toml, or take it away\n"
    )
    assert not (tmp_path / "data").exists()
