"""The report page of a run: one self-contained HTML file without network requests or scripts."""

from functions.core.report.page import render_report

__all__ = ["render_report"]
