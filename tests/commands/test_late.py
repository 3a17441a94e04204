"""What only some verbs need is loaded by them alone."""

import os
import subprocess
import sys
from pathlib import Path

import click

from core.commands.late import LateGroup


def test_a_late_verb_is_listed_by_its_name_and_loaded_once_it_is_asked_for() -> None:
    group = LateGroup("trying")
    group.add_command(click.Command("early"))
    group.add_later("dumb", "sandbox.demo:demo")
    context = click.Context(group)
    assert group.list_commands(context) == ["dumb", "early"]
    assert "dumb" not in group.commands
    found = group.get_command(context, "dumb")
    assert found is not None
    assert found.name == "demo"
    assert group.get_command(context, "dumb") is found
    assert group.list_commands(context) == ["dumb", "early"]


def test_a_name_that_nobody_brings_is_none() -> None:
    group = LateGroup("trying")
    assert group.get_command(click.Context(group), "nothing") is None


def test_a_hub_starts_without_any_stand_in() -> None:
    asked = "import app, sys; print(sorted(name for name in sys.modules if name.partition('.')[0] == 'sandbox'))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# What takes long to load, and the verbs that need it.
HEAVY = {
    "alembic": "whoever brings a database to another shape",
    "apscheduler": "serve, and a worker that stays",
    "doors": "serve",
    "flask": "serve",
    "graphql": "the sandbox shop",
    "requests": "whoever asks a source",
    "rich": "nobody",
    "sandbox": "demo, sandbox, rehearse",
    "shopify": "whoever asks a shop",
    "web": "serve",
    "webhooks": "serve",
}
PLAIN = (["rewards", "list"], ["campaigns", "list"], ["clock"], ["check"], ["worker", "--until-idle"])
LOADED_BY = f"""
import sys
from referhub import main
for words in {PLAIN}:
    sys.argv[1:] = words
    try:
        main()
    except SystemExit as ended:
        assert ended.code == 0, words
print(*{{name.partition(".")[0] for name in sys.modules}})
"""


def test_a_plain_verb_loads_nothing_that_only_others_need(sqlite_url: str, tmp_path: Path) -> None:
    own = {"REFERHUB_DATABASE_URL": sqlite_url, "REFERHUB_SECRET_KEY_FILE": str(tmp_path / "secret.key")}
    done = subprocess.run(
        [sys.executable, "-c", LOADED_BY], env=os.environ | own, capture_output=True, text=True, check=True
    )
    assert HEAVY.keys() & set(done.stdout.splitlines()[-1].split()) == set()
