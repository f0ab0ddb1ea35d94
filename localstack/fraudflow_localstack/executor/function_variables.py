"""The environment variables of a function: those of Lambda and its own, nothing of LocalStack's."""

from collections.abc import Mapping
from pathlib import Path

# LocalStack's messages to its own container runtime, which AWS does not have.
_INTERNAL_PREFIX = "LOCALSTACK_"
_INTERNAL = frozenset({"EDGE_PORT", "AWS_LAMBDA_FUNCTION_TIMEOUT"})
_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
# What Python, the linker, allocators and the libraries of linear algebra read when they are loaded, and not again.
_READ_AT_IMPORT = frozenset({"PATH", "LANG", "PYTHONPATH"})
_READ_AT_IMPORT_PREFIXES = (
    *("PYTHON", "LC_", "LD_", "MALLOC_", "JE_", "ARROW_"),
    *("OMP_", "GOMP_", "KMP_", "OPENBLAS_", "GOTO_", "MKL_", "BLIS_", "NUMEXPR_"),
)


def function_environment(
    platform: Mapping[str, object], own: Mapping[str, str], *, runtime: str, python: Path, task_root: Path
) -> dict[str, str]:
    """Merge what LocalStack prepared (``platform``) with the function's ``own`` variables, as Lambda would.

    ``platform`` may already contain ``own``; a variable that the function sets itself is never dropped.
    """
    merged = {
        "PATH": f"{python.parent}:{_SYSTEM_PATH}",
        "LANG": "C.UTF-8",
        **{name: str(value) for name, value in platform.items() if not _is_internal(name)},
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
        "LAMBDA_TASK_ROOT": str(task_root),
        "LAMBDA_RUNTIME_DIR": str(python.parent),
        **own,
    }
    if "AWS_LAMBDA_LOG_LEVEL" in merged:
        merged["AWS_LAMBDA_LOG_LEVEL"] = merged["AWS_LAMBDA_LOG_LEVEL"].upper()
    merged["PYTHONPATH"] = ":".join(filter(None, [str(task_root), own.get("PYTHONPATH")]))
    return merged


def import_environment(function: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the part of a function's environment that its imports may depend on.

    The rest is set in each process after the imports: a module that reads it earlier belongs in no list of imports.
    """
    chosen = {
        name: value
        for name, value in function.items()
        if name in _READ_AT_IMPORT or name.startswith(_READ_AT_IMPORT_PREFIXES)
    }
    return tuple(sorted({"TZ": ":UTC", **chosen}.items()))


def process_environment(function: Mapping[str, str], *, runtime_api: str, scratch: Path) -> dict[str, str]:
    """Add what differs from one process of a function to the next."""
    # HOME too: Lambda's user has none, and a developer's ~/.aws must not reach a handler.
    return {"TMPDIR": str(scratch), "HOME": str(scratch), **function, "AWS_LAMBDA_RUNTIME_API": runtime_api}


def _is_internal(name: str) -> bool:
    return name.startswith(_INTERNAL_PREFIX) or name in _INTERNAL
