"""The whole command line as one table, for tests that compare it with something."""

from functools import cache
from importlib.metadata import entry_points

import click

from app import create_hub, open_hub, serve, town
from config.settings import load_settings
from core.commands import cli
from core.commands.office import Office
from core.gateway import registry
from sandbox.demo import demo
from sandbox.hubspot.command import hubspot
from sandbox.salesforce.command import salesforce
from sandbox.shopify.command import shopify


def office() -> Office:
    """What the composition root gives to the command line."""
    return Office(load_settings=load_settings, create_hub=create_hub, open_hub=open_hub, serve=serve, settle=town)


@cache
def all_verbs() -> dict[str, click.Command]:
    """Every command that does something, by its words after `referhub`; found once, for it takes long."""
    mounted = {"demo": demo, "sandbox shopify": shopify, "sandbox hubspot": hubspot, "sandbox salesforce": salesforce}
    leaves, pretended = dict(_leaves(cli, ())), _pretended()
    return {words: found for words, found in leaves.items() if words not in pretended} | mounted


def _pretended() -> set[str]:
    """What other tests of this process have added: pretend sources that no package brings."""
    installed = {point.name for point in entry_points(group=registry.GROUP)}
    return {f"connect {name}" for name in registry.connector_keys() if name not in installed}


def _leaves(command: click.Command, words: tuple[str, ...]) -> list[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        return [(" ".join(words), command)]
    context = click.Context(command)
    named = [(name, command.get_command(context, name)) for name in command.list_commands(context)]
    return [leaf for name, found in named if found for leaf in _leaves(found, (*words, name))]


def options(command: click.Command) -> set[str]:
    """The options of a command, except those that all have."""
    found = [param for param in command.params if isinstance(param, click.Option)]
    return {name for option in found for name in (*option.opts, *option.secondary_opts)} - {"--json", "--help"}
