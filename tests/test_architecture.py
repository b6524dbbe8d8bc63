"""Keeps the house in order: who may import whom, what loads what, what is packaged, how long things grow."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sensorium.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"sensorium": "sensorium", **{name: f"sensorium.{name}" for name in ("indexer", "search", "web")}}
"""Where each folder at the root stands when installed."""
FORBIDDEN = {
    "sensorium": ("sensorium.indexer", "sensorium.search", "sensorium.web"),
    "indexer": ("sensorium.search", "sensorium.web"),
    "search": ("sensorium.indexer", "sensorium.web"),
    "web": ("sensorium.indexer",),
}
"""Arrows: web → search → sensorium ← indexer."""
COMPOSITION_ROOT = "sensorium.cli"
"""The only module that knows everything."""
HEAVY = ("numpy", "torch", "faiss", "flask")
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def python_files(root, folders):
    return sorted(path for folder in folders for path in (root / folder).rglob("*.py"))


def module_name(path, root):
    """The name under which a file of the four folders is imported, and whether it is a package's __init__."""
    first, *rest = path.relative_to(root).with_suffix("").parts
    parts = [PACKAGES[first], *rest]
    return (".".join(parts[:-1]), True) if parts[-1] == "__init__" else (".".join(parts), False)


def imported(tree, module, is_package):
    """(line, name) of all a file imports: statements at any depth, and modules named in strings for a late import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            up = module.split(".")[: len(module.split(".")) - node.level + is_package] if node.level else []
            origin = ".".join([*up, *filter(None, [node.module])])
            yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Constant) and re.fullmatch(r"sensorium(\.\w+)+(:\w+)?", str(node.value)):
            yield node.lineno, str(node.value).replace(":", ".")


def is_below(name, package):
    return name == package or name.startswith(package + ".")


def wrong_arrows(root):
    found = []
    for path in python_files(root, PACKAGES):
        module, is_package = module_name(path, root)
        if is_below(module, COMPOSITION_ROOT):
            continue
        folder = path.relative_to(root).parts[0]
        for line, name in imported(ast.parse(path.read_text(encoding="utf-8")), module, is_package):
            # Once installed there is no `search` at the top: a test run in the checkout alone would not notice
            homeless = name.split(".")[0] in ("indexer", "search", "web")
            if homeless or any(is_below(name, package) for package in FORBIDDEN[folder]):
                found.append(f"{path.relative_to(root)}:{line} imports {name}")
    return found


def test_imports_follow_the_arrows():
    assert wrong_arrows(ROOT) == []


PLANTED = {
    "sensorium/library.py": ("from sensorium.search.engine import Engine", "sensorium.search.engine.Engine"),
    "sensorium/media/pictures.py": ("from ..indexer import scan", "sensorium.indexer.scan"),
    "sensorium/models/__init__.py": ("from .. import web", "sensorium.web"),
    "sensorium/vectors/late.py": ("TYPES = {'x': 'sensorium.search.engine:Engine'}", "sensorium.search.engine.Engine"),
    "indexer/scan.py": ("def f():\n    import sensorium.search.parse", "sensorium.search.parse"),
    "indexer/__init__.py": ("from ..web import app", "sensorium.web.app"),
    "search/parse.py": ("from sensorium import indexer", "sensorium.indexer"),
    "search/fuse.py": ("import search.parse", "search.parse"),
    "web/app.py": ("if TYPE_CHECKING:\n    from ..indexer.scan import scan", "sensorium.indexer.scan.scan"),
}


@pytest.mark.parametrize("place", PLANTED)
def test_an_import_against_the_arrows_would_be_noticed(place, tmp_path):
    source, name = PLANTED[place]
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / place).write_text(source)
    assert [wrong.split(" imports ")[1] for wrong in wrong_arrows(tmp_path)] == [name]


def test_imports_along_the_arrows_are_left_alone(tmp_path):
    fine = {
        "sensorium/cli.py": "from sensorium.web import app\nfrom sensorium.indexer import scan",
        "sensorium/vectors/exact.py": "from .rows import best\nfrom ..errors import QueryError",
        "web/app.py": "from sensorium.search.engine import Engine\nfrom .pages import home",
        "search/engine.py": "from .fuse import fuse\nimport sensorium.library",
        "indexer/scan.py": "from sensorium.searching import x",
    }
    for place, source in fine.items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(source)
    assert wrong_arrows(tmp_path) == []


def pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_folder_with_python_files_is_packaged_and_nothing_else():
    """A folder left out of the list works in the checkout and is missing from the wheel."""
    folders = {path.parent.relative_to(ROOT) for path in python_files(ROOT, PACKAGES)}
    expected = {".".join([PACKAGES[folder.parts[0]], *folder.parts[1:]]) for folder in folders}
    assert set(pyproject()["tool"]["setuptools"]["packages"]) == expected


def test_every_packaged_folder_says_what_it_is_for():
    folders = {path.parent for path in python_files(ROOT, PACKAGES)}
    assert sorted(str(folder) for folder in folders if not (folder / "__init__.py").is_file()) == []


def test_the_command_line_starts_without_anything_heavy():
    code = f"import sys, sensorium.cli; print([name for name in {HEAVY} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (result.stdout.strip(), result.stderr) == ("[]", "")


def test_a_decoding_process_starts_without_the_database_and_the_models():
    unwanted = ("sqlalchemy", "pydantic", "torch", "faiss", "sensorium.library")
    code = f"import sys, sensorium.indexer.spool; print([name for name in {unwanted} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (result.stdout.strip(), result.stderr) == ("[]", "")


OUR_FOLDERS = (*PACKAGES, "tests", "tools", "training", "benchmarks", "examples")


def our_files():
    """Without tools/tree, which only links to the others."""
    return [path for path in python_files(ROOT, OUR_FOLDERS) if not path.is_relative_to(ROOT / "tools" / "tree")]


def test_no_file_is_longer_than_one_can_read():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in our_files()}
    assert len(lengths) > 50
    assert [f"{path.relative_to(ROOT)}: {n} lines" for path, n in lengths.items() if n > LONGEST_FILE] == []


def test_no_function_is_longer_than_a_screen():
    long, count = [], 0
    for path in our_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, FUNCTIONS):
                count += 1
                lines = node.end_lineno - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {lines} lines")
    assert count > 200
    assert long == []


def test_every_dependency_stands_with_its_reason():
    project = pyproject()["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    without = [
        requirement
        for requirement in wanted
        if not any(
            re.search(r"#\s*\w+", line.split(f'"{requirement}"')[1]) for line in lines if f'"{requirement}"' in line
        )
    ]
    assert without == []


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_it_is_for(name):
    assert re.search(r"\w+.*\.$", Settings.model_fields[name].description or ""), f"{name}: expected a sentence"


def test_every_setting_is_documented_in_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names = [f"SENSORIUM_{name.upper()}" for name in Settings.model_fields]
    assert [name for name in names if not re.search(rf"\b{name}\b", readme)] == []
