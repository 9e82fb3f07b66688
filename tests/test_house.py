"""What holds for the whole source: a wing's SQL writes its own tables only, and nothing grows out of hand."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "renmai"
WINGS = ("kit", "people", "goods", "money", "places", "trade", "trust")
FILES = [path for path in sorted(SOURCE.rglob("*.py")) if "migrations" not in path.parts]
WRITES = re.compile(r"\b(?:insert into|update|delete from)\s+\"?(" + "|".join(WINGS) + r")_\w+", re.IGNORECASE)
FILE_LINES_MAX, FUNCTION_LINES_MAX = 500, 60


@pytest.mark.parametrize("wing", WINGS)
def test_a_wing_writes_its_own_tables_only(wing: str) -> None:
    strangers = [
        f"{path.relative_to(SOURCE)}: {found.group(0)}"
        for path in sorted((SOURCE / wing).rglob("*.py"))
        if "migrations" not in path.parts
        for found in WRITES.finditer(path.read_text())
        if found.group(1) != wing
    ]
    assert strangers == []


def test_doors_write_no_tables() -> None:
    doors = [path for path in FILES if path.relative_to(SOURCE).parts[0] in {"web", "api", "fast"}]
    assert [str(path) for path in doors if WRITES.search(path.read_text())] == []


def test_files_and_functions_stay_short() -> None:
    long = []
    for path in FILES:
        text = path.read_text()
        if text.count("\n") > FILE_LINES_MAX:
            long.append(str(path))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    long.append(f"{path}:{node.lineno} {node.name} ({lines})")
    assert long == []
