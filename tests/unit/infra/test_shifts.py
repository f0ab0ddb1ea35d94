import pytest

from functions.contracts import BinShift, FeatureDrift
from infra.cli.shifts import shifts


def feature(name: str, *shares: tuple[float, float], drifted: bool = True) -> FeatureDrift:
    bins = [BinShift(label=f"bin {place}", reference=old, new=new) for place, (old, new) in enumerate(shares)]
    return FeatureDrift(feature=name, score=0.314, drifted=drifted, bins=bins)


def test_both_distributions_stand_side_by_side_on_one_scale() -> None:
    [line] = shifts([feature("amount", (0.5, 0.1), (0.5, 0.0), (0.0, 0.9))])
    assert line.plain == "amount 0.31 drifted  old ▅▅   new ▁ █  bin 2: 0.0%, now 90.0%"


@pytest.mark.parametrize(("drifted", "word"), [(True, "drifted"), (False, "changed")])
def test_what_matters_is_told_from_what_does_not(*, drifted: bool, word: str) -> None:
    [line] = shifts([feature("x", (1.0, 1.0), drifted=drifted)])
    assert word in line.plain


def test_a_feature_without_bins_has_no_line() -> None:
    assert list(shifts([feature("x")])) == []


def test_names_drive_no_terminal_and_are_cut() -> None:
    [line] = shifts([feature("\x1b[31m" + "long" * 20, (1.0, 1.0))])
    assert "\x1b" not in line.plain
    assert line.plain.startswith("\\x1b[31mlonglonglonglo")
    assert len(line.plain) < 90
