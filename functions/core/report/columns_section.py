"""What each column of the file was taken for: leaks and doubts first, the rest folded."""

from collections import Counter
from collections.abc import Sequence

from functions.core.report.blocks import Column, Row, name, section, table
from functions.core.report.contents import DataSummary, ReportedColumn
from functions.core.report.formats import count
from functions.core.report.markup import Child, Element, h
from functions.core.wording import counted, named, quoted

_NAMED = 5
_PLURALS = {
    "identifier": "identifiers",
    "entity": "entities",
    "category": "categories",
    "boolean": "booleans",
    "constant": "constant",
    "empty": "empty",
}


def warning(data: DataSummary) -> Element | None:
    """Return a box on columns that know the label, for the top of the page; None without any."""
    out = [each for each in data.roles if each.role == "leak"]
    kept = [each for each in data.roles if each.used and each.suspect]
    if not out and not kept:
        return None
    said: list[Child] = []
    if out:
        verb, it = ("was", "it knows") if len(out) == 1 else ("were", "they know")
        said.append(h("p", f"{_names(out)} {verb} left out, since {it} the label."))
    if kept:
        verb = "was" if len(kept) == 1 else "were"
        said.append(h("p", f"{_names(kept)} {verb} kept and may know the label: until that is clear, trust no metric."))
    heading = "Leaks" if out else "Suspected leaks"
    return h("div", h("p", h("strong", heading)), said, class_="verdict alarming")


def columns(data: DataSummary) -> Element | None:
    """Return the section on columns; None for a file whose columns' roles are not known."""
    if not data.roles:
        return None
    features = [each for each in data.roles if each.role != "target"]
    out = [each for each in features if not each.used]
    doubted = [each for each in features if each.used and (each.suspect or each.guess)]
    rest = [each for each in features if each.used and not (each.suspect or each.guess)]
    return section(
        "columns",
        "Columns",
        h("p", data.target_explanation),
        h("p", _in_numbers(features, out)),
        _listed("Left out", sorted(out, key=lambda each: each.role != "leak")),
        _listed("Used, and worth a look", sorted(doubted, key=lambda each: not each.suspect)),
        h("details", h("summary", f"{_sentence(len(rest), len(doubted))}"), _table("Used", rest)) if rest else None,
    )


def _sentence(rest: int, doubted: int) -> str:
    return f"The {'other ' if doubted else ''}{counted(rest, 'used column')}"


def _in_numbers(features: Sequence[ReportedColumn], out: Sequence[ReportedColumn]) -> str:
    used = Counter(each.role for each in features if each.used)
    left = Counter(each.role for each in out)
    start = f"Of {counted(len(features), 'column')} beside the target, {count(len(features) - len(out))} are used"
    told = f"{start} ({_by_role(used)})" if used else start
    return f"{told} and {count(len(out))} left out ({_by_role(left)})." if out else f"{told}."


def _by_role(roles: Counter[str]) -> str:
    return ", ".join(
        f"{count(number)} {role if number == 1 else _PLURALS.get(role, f'{role}s')}"
        for role, number in roles.most_common()
    )


def _listed(title: str, rows: Sequence[ReportedColumn]) -> list[Element]:
    return [h("h3", title), _table(title, rows)] if rows else []


def _table(title: str, rows: Sequence[ReportedColumn]) -> Element:
    heads = (Column("Column", "text"), Column("Taken for", "text"), Column("Why", "prose"))
    return table(f"{title}: {counted(len(rows), 'column')}", heads, [_row(each) for each in rows])


def _row(column: ReportedColumn) -> Row:
    return Row(name(column.name), (_role(column), column.reason))


def _role(column: ReportedColumn) -> Child:
    if column.role == "leak":
        return h("span", column.role, class_="mark failed")
    if column.used and column.suspect:
        return h("span", column.role, class_="estimate"), h("span", "may leak", class_="mark failed")
    return "entity, hashed" if column.role == "entity" and column.used else column.role


def _names(columns: Sequence[ReportedColumn]) -> str:
    return named([quoted(each.name) for each in columns], limit=_NAMED)
