"""The report pages of a run and of a scored batch: self-contained HTML files without network requests or scripts."""

from functions.core.report.page import render_batch, render_report

__all__ = ["render_batch", "render_report"]
