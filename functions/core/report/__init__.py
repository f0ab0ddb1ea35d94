"""The report page of a run: one self-contained HTML file, which asks the network for nothing and runs no script."""

from functions.core.report.page import render_report

__all__ = ["render_report"]
