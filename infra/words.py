"""Counts with their nouns, as the command line prints them."""

_IRREGULAR = {"frauds caught": "fraud caught"}


def counted(number: float, nouns: str) -> str:
    """Write a whole number of things, named in the plural: ``1 row``, ``1,200 rows``; zero takes the plural."""
    return f"{number:,.0f} {_IRREGULAR.get(nouns, nouns.removesuffix('s')) if number == 1 else nouns}"
