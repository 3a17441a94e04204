"""What import-linter cannot say: who may lean on which outside library, and who reads the environment."""

import ast
import importlib.metadata
import sys
from pathlib import Path

import pytest

from tests.support.sources import PROGRAM, imported_names, modules, tree

# folder -> what its modules may import beside the standard library
ALLOWED = {
    "core/contract": {"core.contract"},
    "core/rules": {"core.contract", "core.rules"},
    "connectors/demo": {"referhub", "connectors.demo"},
    "connectors/hubspot": {"referhub", "connectors.hubspot", "hubspot"},
    "connectors/salesforce": {"referhub", "connectors.salesforce", "simple_salesforce", "jwt", "defusedxml"},
    "connectors/shopify": {"referhub", "connectors.shopify", "shopify", "jwt"},
    "sandbox": {"sandbox", "flask", "jinja2", "graphql", "click", "requests", "cryptography"},
}

# Every knob is declared in config; the crash tests' switch stays out of there on purpose: it is no setting.
READS_THE_ENVIRONMENT = {"config/settings.py", "core/services/failpoints.py"}


def _within(name: str, allowed: set[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in allowed)


@pytest.mark.parametrize("folder", ALLOWED)
def test_a_folder_leans_on_nothing_but_what_it_may(folder: str) -> None:
    looked_at = [path for path in modules() if path.is_relative_to(folder)]
    strange = {
        f"{path}: {name}"
        for path in looked_at
        for name in imported_names(path)
        if name.partition(".")[0] not in sys.stdlib_module_names and not _within(name, ALLOWED[folder])
    }
    assert looked_at
    assert not strange


def test_only_the_composition_root_knows_the_settings() -> None:
    importers = {path for path in modules(*PROGRAM) if _within_any(path, "config")}
    assert {path for path in importers if path.parts[0] != "config"} == {Path("app.py"), Path("doors.py")}


def _within_any(path: Path, top: str) -> bool:
    return any(_within(name, {top}) for name in imported_names(path))


def test_only_the_settings_read_the_environment() -> None:
    hub = [top for top in PROGRAM if top != "sandbox"]
    readers = {str(path) for path in modules(*hub) if any(map(_reads_environment, ast.walk(tree(path))))}
    assert readers <= READS_THE_ENVIRONMENT


def _reads_environment(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="os"), attr="environ" | "environb" | "getenv"):
            return True
        case ast.ImportFrom(module="os", names=names):
            return any(alias.name in ("environ", "environb", "getenv") for alias in names)
    return False


def test_no_installed_package_is_hidden_by_one_of_our_folders() -> None:
    ours = {Path(name).stem for name in PROGRAM} - {"referhub"}
    owners = importlib.metadata.packages_distributions()
    assert {top: owners[top] for top in ours if set(owners.get(top, [])) - {"referhub"}} == {}
