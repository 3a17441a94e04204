"""The container's files name only what exists; no container engine tries them here, so this reads them instead."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from click import Context

from config.settings import Settings
from core.commands import cli
from tests.support.places import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
LINES = re.sub(r"\\\n", " ", DOCKERFILE).splitlines()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def copied() -> list[str]:
    """What is copied out of this folder."""
    found = []
    for line in LINES:
        if line.startswith("COPY ") and "--from=" not in line:
            found += line.split()[1:-1]
    return found


def test_everything_that_is_copied_is_there_and_is_let_into_the_build() -> None:
    let_in = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    assert copied()
    assert [path for path in copied() if not (ROOT / path).exists() or path not in let_in] == []


def test_everything_that_the_wheel_holds_is_copied() -> None:
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {
        *wheel["only-include"],
        *wheel["force-include"],
        PROJECT["project"]["readme"],
        "pyproject.toml",
        "LICENSE",
    }
    assert needed - set(copied()) == set()


def test_the_hub_in_the_container_is_nobody_in_particular_and_writes_only_its_volume() -> None:
    (last,) = [line.split()[1] for line in LINES if line.startswith("USER ")]
    assert last not in ("root", "0")
    stage = "\n".join(LINES).rpartition("FROM ")[2]
    assert stage.index("USER ") < stage.index("ENTRYPOINT")
    assert re.search(r"^VOLUME /data$", stage, re.MULTILINE)
    assert re.search(r"^WORKDIR /data$", stage, re.MULTILINE)


def test_what_it_starts_is_a_command_of_ours() -> None:
    told = {line.split(" ", 1)[0]: json.loads(line.split(" ", 1)[1]) for line in LINES if line[:4] in ("CMD ", "ENTR")}
    assert told["ENTRYPOINT"] == list(PROJECT["project"]["scripts"])
    commands = [told["CMD"], *(one["command"] for one in COMPOSE["services"].values() if "command" in one)]
    assert [command for command in commands if command[0] not in cli.list_commands(Context(cli))] == []


def test_the_health_check_asks_a_page_that_exists_on_the_port_it_listens_on() -> None:
    asked = re.findall(r"http://127\.0\.0\.1:(\d+)(/\w+)", DOCKERFILE)
    port = re.findall(r"REFERHUB_PORT=(\d+)", DOCKERFILE)
    assert asked == [(port[0], "/readyz")]
    assert re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE) == port


def test_every_variable_is_a_setting() -> None:
    named = set(re.findall(r"(REFERHUB_[A-Z_]+)=", DOCKERFILE))
    for name in ("hub", "hub-on-postgresql", "worker"):
        named |= set(COMPOSE["services"][name]["environment"])
    known = {f"REFERHUB_{name.upper()}" for name in Settings.model_fields}
    assert named - known == set()


def test_what_the_services_lean_on_is_declared() -> None:
    services = COMPOSE["services"]
    for one in services.values():
        assert set(one.get("depends_on", {})) <= set(services)
        volumes = {volume.split(":")[0] for volume in one.get("volumes", [])}
        assert volumes <= set(COMPOSE["volumes"])
        assert all(port.startswith("127.0.0.1:") for port in one.get("ports", []))
    assert services["database"]["configs"][0]["source"] in COMPOSE["configs"]
    assert set(services["database"]["secrets"]) <= set(COMPOSE["secrets"])


def test_on_postgresql_the_hub_is_a_plain_role() -> None:
    """Row-level security binds no superuser."""
    made = COMPOSE["configs"]["plain_role"]["content"]
    user = COMPOSE["services"]["database"]["environment"]["POSTGRES_USER"]
    (role,) = re.findall(r"postgresql://(\w+):", COMPOSE["services"]["worker"]["environment"]["REFERHUB_DATABASE_URL"])
    assert role != user
    assert f"CREATE ROLE {role} LOGIN" in made
    assert "SUPERUSER" not in made


def test_the_runtime_lock_is_what_the_lock_says_today() -> None:
    """`make lock` writes both; a package too few here would be missing in the container."""
    command = [sys.executable, "tools/runtime_lock.py", "--with-build"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout == (ROOT / "requirements.runtime.lock").read_text(encoding="utf-8"), "run `make lock`"
    for name in ("flask==", "waitress==", "procrastinate==", "setuptools==", "hatchling=="):
        assert name in done.stdout
    assert "pytest==" not in done.stdout


def test_the_bill_of_materials_lists_every_runtime_package(tmp_path: Path) -> None:
    runtime = subprocess.run([sys.executable, "tools/runtime_lock.py"], cwd=ROOT, check=True, capture_output=True)
    (tmp_path / "runtime.txt").write_bytes(runtime.stdout)
    tool = Path(sys.executable).with_name("cyclonedx-py")
    if not tool.exists():
        pytest.skip("no cyclonedx-py in this environment")
    asked = ["requirements", "--pyproject", "pyproject.toml", "--output-reproducible", "--of", "JSON"]
    made = tmp_path / "sbom.json"
    command = [str(tool), *asked, "--output-file", str(made), str(tmp_path / "runtime.txt")]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    told = json.loads(made.read_text(encoding="utf-8"))
    locked = set(re.findall(r"^([\w.-]+)==(\S+)", runtime.stdout.decode(), re.MULTILINE))
    assert {(one["name"], one["version"]) for one in told["components"]} == locked
    assert told["metadata"]["component"]["name"] == "referhub"
