"""Somebody who has read only one page gets through it by typing what stands there."""

import json
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.commands.shown import Terminal, blocks, newcomer
from tests.support.places import ROOT
from tests.support.processes import free_port

SERVERS = {
    "referhub serve": "8000/readyz",
    "sandbox shopify": "8001/_sandbox/",
    "sandbox hubspot": "8003/_sandbox/",
    "sandbox salesforce": "8004/_sandbox/",
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose folder `referhub` has what the pages name, and no other trace of a hub."""
    shutil.copytree(ROOT / "examples", tmp_path / "referhub" / "examples")
    (tmp_path / "referhub" / ".venv").symlink_to(sys.prefix)
    return tmp_path


def test_the_readme_leads_from_nothing_to_a_credit_in_the_shop_and_on_to_other_terms(home: Path) -> None:
    hub_port, shop_port = str(free_port()), str(free_port())
    terminal = Terminal(home, newcomer(home, REFERHUB_PORT=hub_port))
    urls = {
        "referhub serve": f"http://127.0.0.1:{hub_port}/readyz",
        "referhub sandbox": f"http://127.0.0.1:{shop_port}/_sandbox/",
    }
    decided = [block for block in blocks("README.md", "Decide, rehearse, ask why") if block.language != "console"]
    told = [*blocks("README.md", "Try it by hand"), *decided]  # a rehearsal has tests of its own
    here = [replace(block, text=block.text.replace("8001", shop_port)) for block in told]
    with terminal.followed(here, urls) as typed:
        assert typed[-1][0] == "referhub why '#1001' | grep 'would not have counted'\n"


@pytest.mark.long
def test_both_crms_are_tried_on_this_computer(home: Path) -> None:
    ports = {port: str(free_port()) for port in ("8000", "8001", "8003", "8004")}
    terminal = Terminal(home, newcomer(home, REFERHUB_PORT=ports["8000"]))
    page = "docs/connectors/try-the-crms.md"
    sections = (
        "Start the stand-ins",
        "Connect them",
        "An advocate, and two deals",
        "Let the hub write",
        "Change something",
        "One person, or two?",
        "Let the hold pass",
    )
    started = blocks("README.md", "Try it by hand")[:3]
    told = [*started, *(block for section in sections for block in blocks(page, section))]
    here = [replace(block, text=_at(ports, block.text)) for block in told]
    served = {words: f"http://127.0.0.1:{_at(ports, address)}" for words, address in SERVERS.items()}
    with terminal.followed(here, served, impatient="referhub reconcile\n") as typed:
        said = dict(typed)
        terminal.shows("referhub people review | grep -c 'told by hubspot' || true\n", "1\n")
    assert said["referhub compare\n"].endswith("no differences.\n")


def _at(ports: dict[str, str], text: str) -> str:
    """The page's text with ports that are free here."""
    return re.sub(r"\b800[0134]\b", lambda found: ports[found[0]], text)


@pytest.mark.long
def test_the_command_lines_example_pays_one_reward(home: Path) -> None:
    (example,) = (block for block in blocks("docs/command-line.md", "One complete example") if block.language == "sh")
    checkout = home / "referhub"
    terminal = Terminal(checkout, newcomer(home, REFERHUB_PORT=str(free_port())), kept=". .venv/bin/activate\n")
    said = terminal.type(example.text.replace("8001", str(free_port())))
    assert "#1001  advocate  pushed  EUR 10.00" in said
    truth = json.loads(said.splitlines()[-1])
    assert [account["balance"] for account in truth["store_credit_accounts"]] == ["10.00"]
