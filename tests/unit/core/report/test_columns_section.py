"""What each column was taken for, on the report page."""

from dataclasses import replace

import pytest

from functions.core.report import render_report
from functions.core.report.contents import ColumnProfile, Report, ReportedColumn
from tests.reports import NASTY, full_report
from tests.unit.core.report.test_report import Reader

FULL = full_report()


def having(*roles: ReportedColumn) -> Report:
    return replace(FULL, data=replace(FULL.data, roles=roles))


def column(name: str, role: str, *, used: bool = True, guess: bool = False, suspect: bool = False) -> ReportedColumn:
    return ReportedColumn(name, role, used, f"why {name}", guess, suspect)


def top(report: Report) -> str:
    return Reader(render_report(report).partition("<nav")[0] + "</body></html>").text


def of_columns(report: Report) -> str:
    return render_report(report).partition('<section id="columns"')[2].partition("</section>")[0]


def test_leaks_and_the_target_are_said_at_the_top() -> None:
    said = top(FULL)
    assert "Leaks 'chargeback_date' was left out" in said
    assert "'case_status' was kept and may know the label" in said
    assert FULL.data.target_explanation in said


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ([column("a", "number"), column("b", "leak", used=False)], "'b' was left out"),
        ([column("a", "number", suspect=True), column("b", "number", suspect=True)], "'a', 'b' were kept"),
        ([column(f"x{i}", "leak", used=False) for i in range(9)], "'x3', 'x4' and 4 more were left out"),
    ],
)
def test_each_kind_of_leak_is_named(columns: list[ReportedColumn], said: str) -> None:
    assert said in top(having(*columns))


def test_without_a_leak_nothing_is_said_of_one() -> None:
    said = top(having(column("a", "number"), column("b", "constant", used=False)))
    assert "eak" not in said


def test_left_out_and_doubted_columns_come_first_and_the_rest_is_folded() -> None:
    section = of_columns(FULL)
    shown, _, folded = section.partition("<details")
    order = [shown.index(name) for name in ("chargeback_date", "trans_num", "case_status", "city")]
    assert order == sorted(order)
    assert "cc_num" not in shown
    assert "entity, hashed" in folded
    text = Reader(section.partition(">")[2]).text
    assert "Of 36 columns beside the target, 33 are used (30 numbers, 2 categories, 1 entity) and 3 left out" in text
    assert "only frauds have a value" in text
    assert "The other 31 used columns" in text


def test_a_table_of_ten_thousand_columns_has_a_small_page() -> None:
    many = [column(f"c{i}", "number" if i % 2 else "constant", used=bool(i % 2)) for i in range(10_000)]
    page = render_report(having(*many))
    assert len(page) < len(render_report(having())) + 80_000
    assert "5,000 are used (5,000 numbers) and 5,000 left out (5,000 constant)" in page
    assert page.count("The first 200 of 5,000 rows.") == 2


def test_names_and_reasons_are_shown_and_not_obeyed() -> None:
    roles = (("leak", False), ("text", True))
    nasty = [ReportedColumn(name, role, used, name, guess=True) for name in NASTY for role, used in roles]
    plain = [replace(each, name="x", reason="y") for each in nasty]
    tags = [[tag for tag, _ in Reader(render_report(having(*columns))).tags] for columns in (nasty, plain)]
    assert tags[0] == tags[1]


def test_a_run_that_knows_no_roles_has_no_such_section() -> None:
    assert 'id="columns"' not in render_report(having())


def test_the_ends_of_a_time_are_dates_and_those_of_a_clock_of_its_own_are_numbers() -> None:
    times = (
        ColumnProfile("trans_time", "time", 0.0, 9, 1_772_366_400.0, 1_772_370_000.0, 1_772_373_600.0),
        ColumnProfile("step", "time", 0.0, 9, 1.0, 300.0, 743.0),
    )
    page = render_report(replace(FULL, data=replace(FULL.data, columns=times)))
    assert all(f">2026-03-01 {hour}:00<" in page for hour in (12, 13, 14))
    assert ">743<" in page
