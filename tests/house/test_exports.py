"""What leaves as a table: nothing unguarded, so that no cell of a stranger's is ever run as a formula."""

import ast

from tests.support.sources import imported_names, modules, tree

# Read by Salesforce's Bulk API alone, which runs no formulas, and has to get every value exactly as it is.
FOR_MACHINES = {"connectors/salesforce/bulk.py"}
# Puts `'` before whatever a spreadsheet would run: tests/commands/test_backtest.py.
GUARDED = {"core/commands/sheets.py"}
OURS = ("config", "connectors", "core", "referhub", "web", "webhooks")


def test_only_the_guarded_module_writes_tables_for_spreadsheets() -> None:
    """S25: exports are JSON lines, or every cell is guarded: `'` before `= + - @`, tab, CR and NUL, and a test."""
    writers = {str(path) for path in modules(*OURS) if imported_names(path) & {"csv", "openpyxl", "xlsxwriter"}}
    assert writers == FOR_MACHINES | GUARDED


def test_no_answer_calls_itself_a_table() -> None:
    """S25: a browser would hand it to a spreadsheet."""
    spoken = [
        str(path)
        for path in modules("core", "web", "webhooks")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if any(kind in node.value for kind in ("text/csv", "spreadsheetml", "ms-excel"))
    ]
    assert spoken == []
