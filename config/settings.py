"""Settings: every knob once, with type, default and one line of help; wrong ones are named before anything starts."""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from config import complaints
from config.complaints import FILE, PREFIX, SECRETS_DIR
from config.switches import switches_of
from core.rules.switches import Switches

STRAY = Path("referhub.toml")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class WrongSettings(ValueError):
    """One line per wrong setting: its name, the value found, and the fix."""


class ConnectorSettings(BaseModel):
    """What an admin may fix for one kind of connector."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool | None = Field(
        None, description="false switches every connection of this kind off, true on, whatever the dashboard says"
    )
    app: dict[str, str] | None = Field(None, description="the app in this source's store, which many shops install")


class ConnectionSettings(BaseModel):
    """What an admin may fix for one connection."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool | None = Field(None, description="false switches it off, true on, whatever the dashboard says")


class Settings(BaseSettings):
    """Environment (`REFERHUB_PORT=9000`) before secret files before `config/referhub.toml` before these defaults.

    A secret file is called like the variable, `referhub_oidc_client_secret`, in the folder `REFERHUB_SECRETS_DIR`.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid")

    database_url: str = Field("sqlite:///data/referhub.db", description="SQLite file or postgresql://user@host/name")
    secret_key_file: Path = Field(Path("data/secret.key"), description="keys that seal credentials and personal values")
    rehearsals_folder: Path = Field(
        Path("data/rehearsals"), description="where rehearsals are kept, apart from all else"
    )
    environment: Literal["live", "sandbox"] = Field("live", description="sandbox allows turning the clock forward")
    host: str = Field("127.0.0.1", description="address to listen on; 0.0.0.0 is for a reverse proxy's network")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    threads: int = Field(32, ge=1, le=256, description="requests served at once")
    base_url: str = Field("", description="public https address of the hub, as sources reach it")
    trusted_hosts: list[str] = Field(
        [], description="host names the dashboard answers to, besides loopback and base_url"
    )
    smtp_url: str = Field("", description="mail server, such as smtp://user:password@mail.example.com:587")
    mail_from: str = Field("", description="address that the hub's letters come from")
    oidc_issuer: str = Field("", description="who proves operators by single sign-on, as OpenID Connect's issuer")
    oidc_client_id: str = Field("", description="what the issuer calls this hub")
    oidc_client_secret: str = Field("", description="what proves the hub to the issuer")
    oidc_label: str = Field("single sign-on", description="what the button to the issuer says")
    oidc_domains: list[str] = Field([], description="whose e-mail addresses may come in by single sign-on")
    oidc_groups: list[str] = Field([], description="of which groups one must be a member; empty asks for none")
    oidc_role: Literal["viewer", "support", "admin", "owner"] = Field(
        "viewer", description="role of who comes in by single sign-on for the first time"
    )
    second_factor: Literal["required", "offered"] = Field(
        "required", description="whether owners and admins of a live hub that others reach must have a second factor"
    )
    allowed_private_hosts: list[str] = Field(
        [], description="hosts of your own network that the hub may connect to by https, besides the open internet"
    )
    metrics_token: str = Field("", description="bearer token that lets a Prometheus on another machine read /metrics")
    egress_proxy: str = Field("", description="proxy that the hub's own requests go through, http://host:port")
    worker: bool = Field(True, description="false leaves the draining to `referhub worker` processes")
    poll_minutes: int = Field(15, ge=1, le=1440, description="how often sources are asked for what webhooks lost")
    check_minutes: int = Field(15, ge=1, le=1440, description="how often the invariants are checked")
    quiet_seconds: int = Field(120, ge=1, le=86400, description="how long an unknown push rests before it is looked up")
    erasure_journal: str = Field(
        "", description="file that keeps erasures done when an old backup is restored; empty is beside the key file"
    )
    keep_bodies_days: int = Field(90, ge=0, le=3650, description="how long raw bodies are kept once read; 0 for ever")
    keep_write_runs_days: int = Field(
        365, ge=0, le=3650, description="how long is kept what was written into fields, to undo it; 0 for ever"
    )
    keep_signals_days: int = Field(
        365, ge=0, le=3650, description="how long signs of how an order was bought are kept as hashes; 0 for ever"
    )
    keep_audit_days: int = Field(0, ge=0, le=36500, description="how long acts stay in the audit trail; 0 for ever")
    remember_erased_months: int = Field(
        0, ge=0, le=24, description="how long an erased customer is no new customer; 0 remembers nobody"
    )
    second_person_above: dict[str, str] = Field(
        {}, description="by currency, the most that one person may decide alone; empty asks for no second person"
    )
    backup_folder: str = Field("", description="folder for regular backups; empty makes none")
    backup_hours: int = Field(24, ge=1, le=720, description="how often a regular backup is made")
    backup_keep: str = Field("7d/4w", description="all backups of so many days, then one a week; 35 days at most")
    log_level: Literal["debug", "info", "warning", "error"] = Field("warning", description="the least that is logged")
    log_format: Literal["auto", "json", "plain"] = Field(
        "auto", description="json, or plain for people; auto is plain on a terminal"
    )
    connectors: dict[str, ConnectorSettings] = Field({}, description="switches by connector key")
    connections: dict[str, ConnectionSettings] = Field({}, description="switches by a connection's label")
    _switches: Switches = PrivateAttr(default_factory=Switches)

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("write the full address, such as https://referrals.example.com")
        return value.rstrip("/")

    @field_validator("egress_proxy")
    @classmethod
    def _is_proxy(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("write the full address, such as http://proxy.internal:3128")
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _is_issuer(cls, value: str) -> str:
        if value and not value.startswith("https://") and urlsplit(value).hostname not in LOOPBACK:
            raise ValueError("write the issuer's https address, such as https://login.example.com")
        return value.rstrip("/")

    @field_validator("smtp_url")
    @classmethod
    def _is_mail_server(cls, value: str) -> str:
        if value and not (value.startswith(("smtp://", "smtps://")) and urlsplit(value).hostname):
            raise ValueError("write smtp://user:password@host:587 or smtps://user:password@host:465")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("write sqlite:///path/to/file.db or postgresql://user:password@host/name")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml = TomlConfigSettingsSource(settings_cls, Path(FILE))
        return init_settings, env_settings, file_secret_settings, toml

    @property
    def is_loopback_only(self) -> bool:
        """True when nobody outside this machine reaches the hub, neither directly nor by a proxy at `base_url`."""
        public = urlsplit(self.base_url).hostname
        return self.host in LOOPBACK and (not self.base_url or public in LOOPBACK)

    @property
    def is_sandbox(self) -> bool:
        """True when nothing here is real money."""
        return self.environment == "sandbox"

    @property
    def requires_second_factor(self) -> bool:
        """True when a password alone opens nothing to owners and admins: money is real here, and strangers come by."""
        return self.second_factor == "required" and not self.is_sandbox and not self.is_loopback_only

    @property
    def erasure_journal_file(self) -> Path:
        """Where erasures outlive the database."""
        beside_the_keys = self.secret_key_file.parent / "erasures.log"
        return Path(self.erasure_journal) if self.erasure_journal else beside_the_keys

    @property
    def switches(self) -> Switches:
        """Which connections the settings switch on or off, and which place of them says so."""
        return self._switches

    @property
    def app_settings(self) -> dict[str, dict[str, str]]:
        """The apps in stores, by connector key."""
        return {key: connector.app for key, connector in self.connectors.items() if connector.app is not None}

    @property
    def poll_every(self) -> timedelta:
        """How often sources are asked."""
        return timedelta(minutes=self.poll_minutes)


def load_settings(**given: object) -> Settings:
    """The settings from all places. Raises `WrongSettings` with every mistake at once."""
    secrets = os.environ.get(SECRETS_DIR)
    if secrets and not Path(secrets).is_dir():
        raise WrongSettings(
            f"{SECRETS_DIR} = {secrets!r}: there is no such folder; mount it, or leave the variable out"
        )
    problems = [*_stray_file(), *complaints.of_variables(os.environ, Settings.model_fields)]
    try:
        settings = Settings(_secrets_dir=secrets, **given)  # type: ignore[arg-type]  # checked by pydantic
    except ValidationError as error:
        problems += [complaints.of_value(problem, Settings.model_fields) for problem in error.errors()]
    except SettingsError as error:
        problems.append(complaints.of_variable_text(str(error)))
    except (OSError, ValueError) as error:
        problems.append(f"{FILE}: {error}")
    if problems:
        raise WrongSettings("\n".join(problems))
    settings._switches = _switches(given, secrets)
    return settings


def _switches(given: Mapping[str, object], secrets: str | None) -> Switches:
    variables, files = EnvSettingsSource(Settings)(), SecretsSettingsSource(Settings, secrets)()
    return switches_of(given, variables, files, TomlConfigSettingsSource(Settings, Path(FILE))(), os.environ)


def _stray_file() -> list[str]:
    """A settings file in the wrong place would change nothing, and nobody would know."""
    return [f"{STRAY} is not read here: move it to {FILE}, or take it away"] if STRAY.is_file() else []
