"""The README says of settings and commands what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from sensorium.cli import main
from sensorium.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CLI_PAGE = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


def row(name: str) -> str:
    field = Settings.model_fields[name]
    return f"| `SENSORIUM_{name.upper()}` | {as_typed(field.default)} | {field.description} |"


def as_typed(default: object) -> str:
    """A default as one would set it in the environment."""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, tuple):
        default = ",".join(map(str, default))
    return "" if default in (None, "") else f"`{default}`"


def test_the_table_of_settings_has_every_row_of_the_code_and_no_other() -> None:
    rows = [line for line in README.splitlines() if line.startswith("| `SENSORIUM_")]
    assert rows == [row(name) for name in Settings.model_fields]


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_has_its_section_on_the_page_of_the_command_line(command: str) -> None:
    assert f"\n## sensorium {command}\n" in CLI_PAGE


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_option_of_a_command_is_named_on_the_page(command: str) -> None:
    shown = [param for param in main.commands[command].params if not getattr(param, "hidden", False)]
    options = {option for param in shown for option in param.opts if option.startswith("--")}
    assert [option for option in sorted(options) if option not in CLI_PAGE] == []


def test_the_commands_of_the_readme_are_commands() -> None:
    named = {line.split()[1] for line in README.splitlines() if line.startswith("sensorium ")}
    assert named
    for command in named:
        assert CliRunner().invoke(main, [command, "--help"]).exit_code == 0, command


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/cli.md", "docs/architecture.md"])
def test_links_between_pages_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = {target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)}
    local = [target for target in targets if target and "://" not in target]
    assert [target for target in local if not ((ROOT / page).parent / target).exists()] == []
