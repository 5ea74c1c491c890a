"""Functions and packages over many processes: every byte is somebody's, once."""

from __future__ import annotations

from sitegen.insight.holders import function_holders, package_holders
from sitegen.model import FunctionRow


def row(function: str, file: str, own: int) -> FunctionRow:
    return FunctionRow(function, file, file.partition("/")[0], 1, own, 1, own, 1)


def test_one_function_in_two_modules_is_one_holder_that_names_both() -> None:
    tables = [
        ("web", [row("load", "app/io.py", 5), row("go", "web/x.py", 2)]),
        ("db", [row("load", "app/io.py", 7)]),
    ]
    functions = function_holders(tables)
    assert [(h.function, h.bytes, h.modules) for h in functions] == [
        ("load", 12, (("db", 7), ("web", 5))),
        ("go", 2, (("web", 2),)),
    ]
    assert [(h.package, h.bytes) for h in package_holders(functions)] == [("app", 12), ("web", 2)]


def test_what_holds_nothing_itself_is_left_out() -> None:
    assert function_holders([("web", [row("main", "app/main.py", 0)])]) == ()
