"""What only some verbs need is loaded by them alone."""

import subprocess
import sys

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
