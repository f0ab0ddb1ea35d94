"""LocalStack compares a bucket's defaults by identity, and these are all that there are."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


def sources(*names: str) -> Iterator[ast.AST]:
    """Parse LocalStack's S3, as it is installed."""
    (folder,) = PACKAGE.glob(".venv/lib/python3.*/site-packages/localstack/services/s3")
    for name in names:
        for path in sorted(folder.glob(name)):
            yield from ast.walk(ast.parse(path.read_text("utf-8")))


def test_localstack_asks_of_nothing_else_whether_it_is_the_very_object() -> None:
    constants = (ast.Constant, ast.List, ast.Dict)
    asked = {
        ast.unparse(node)
        for node in sources("**/*.py")
        if isinstance(node, ast.Compare)
        and any(isinstance(operator, (ast.Is, ast.IsNot)) for operator in node.ops)
        and not isinstance(node.comparators[0], constants)
    }
    assert asked == {"dest_s3_bucket.encryption_rule is DEFAULT_BUCKET_ENCRYPTION"}


def test_a_bucket_begins_with_no_other_object_that_all_share() -> None:
    shared = {
        ast.unparse(node.targets[0]): node.value.id
        for node in sources("models.py")
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id.isupper()
    }
    assert shared == {
        "self.encryption_rule": "DEFAULT_BUCKET_ENCRYPTION",
        "self.public_access_block": "DEFAULT_PUBLIC_BLOCK_ACCESS",
    }
