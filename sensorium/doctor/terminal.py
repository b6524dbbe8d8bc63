"""A doctor's report as the terminal shows it."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from .report import Finding, Grade, Report


def print_report(report: Report) -> None:
    """A line for each finding with what can be done, and a last one that says whether the library is sound."""
    console = Console(highlight=False, soft_wrap=True)
    for finding in report.findings:
        _print_finding(console, finding)
    for proof in report.proofs:
        console.print(f"  proved   {proof}", markup=False)
    console.print(_verdict(report), style="green" if report.sound else "red")


def _print_finding(console: Console, finding: Finding) -> None:
    word, style = ("mended", "green") if finding.mended else (finding.grade.value, _style(finding))
    console.print(Text(f"  {word:<8} ", style=style) + Text(f"{finding.check}: {finding.says}"))
    for example in finding.examples:
        console.print(Text(f"             {example}", style="dim"))
    if finding.cure and not finding.mended:
        console.print(f"           {finding.cure}", markup=False)
    elif finding.mend is not None and not finding.mended:
        console.print("           `--repair` mends it.", markup=False)


def _style(finding: Finding) -> str:
    return "red" if finding.grade is Grade.FAULT else "yellow"


def _verdict(report: Report) -> str:
    if not report.sound:
        return f"{report.folder} has faults."
    mended = sum(finding.mended for finding in report.findings)
    return f"{report.folder} is sound" + (f"; {mended} findings were mended." if mended else ".")
