"""Reasons as people write them on pages, for records that are kept in S3, in MLflow and its database."""


def one_line(written: str) -> str:
    """Return a text as one line: what no page shows, and not every database keeps, is a space in it."""
    return " ".join("".join(each if each.isprintable() else " " for each in written).split())
