"""Manifests: the files that they name, and what is said of wrong ones."""

import json

import pytest

from functions.core.errors import InvalidDatasetError
from functions.core.parts.upload_manifest import is_manifest, listed_keys

BELOW = ("t/b.csv", "t/a.csv", "t/_SUCCESS", "t/.crc/a.csv", "t/", "t/all.manifest.json", "t/deep/c.csv")


def _keys(document: object, key: str = "t/all.manifest.json") -> list[str]:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return listed_keys(body, "uploads", key, lambda prefix: [each for each in BELOW if each.startswith(prefix)])


def test_only_the_name_says_that_an_object_is_a_manifest() -> None:
    assert [is_manifest(each) for each in ("a/x.manifest.json", "X.MANIFEST.JSON", "manifest.json", "x.csv")] == [
        True,
        True,
        False,
        False,
    ]


def test_files_are_named_from_the_manifests_folder_or_by_their_whole_address() -> None:
    assert _keys({"files": ["b.csv", "s3://uploads/other/a.csv"]}) == ["t/b.csv", "other/a.csv"]
    assert _keys({"files": ["b.csv"]}, key="all.manifest.json") == ["b.csv"]


def test_a_prefix_names_what_is_below_it_but_for_what_is_no_file_of_a_table() -> None:
    assert _keys({"prefix": "s3://uploads/t/"}) == ["t/a.csv", "t/b.csv", "t/deep/c.csv"]
    assert _keys({"prefix": "deep/"}) == ["t/deep/c.csv"]


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (b"files: a.csv", r"^all\.manifest\.json is no JSON \(.*\); write \{\"files\""),
        (["a.csv"], "is no manifest"),
        ({"files": "a.csv"}, "is no manifest"),
        ({"files": [1]}, "is no manifest"),
        ({"files": ["a.csv"], "prefix": "t/"}, "and nothing else in it"),
        ({"files": []}, "names no files"),
        ({"prefix": "nothing/"}, "names the prefix 't/nothing/', below which the bucket has no files"),
        ({"files": ["a.csv", "a.csv"]}, "names files more than once: 't/a.csv'"),
        ({"files": ["s3://theirs/a.csv"]}, "names 's3://theirs/a.csv', which is in another bucket"),
    ],
)
def test_what_is_no_manifest_is_refused_in_one_sentence(document: object, told: str) -> None:
    with pytest.raises(InvalidDatasetError, match=told):
        _keys(document)
