"""Cost of keeping S3 on the disk: our provider beside LocalStack's own, which keeps nothing.

``python -m benchmarks.durable_s3`` starts one LocalStack with each and prints the median time of some requests.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.e2e.executor.conftest import _start

MB = 2**20
PROVIDERS = {"ours, on disk": "home", "LocalStack's own": "default"}


def main() -> None:
    """Measure both and print a table."""
    rows = {title: measure(provider) for title, provider in PROVIDERS.items()}
    print(f"{'milliseconds, median':<28}" + "".join(f"{title:>20}" for title in rows))
    for name in next(iter(rows.values())):
        print(f"{name:<28}" + "".join(f"{row[name]:>20.1f}" for row in rows.values()))


def measure(provider: str) -> dict[str, float]:
    """Start a LocalStack with a provider and time requests to it."""
    with tempfile.TemporaryDirectory() as folder:
        stack = _start(Path(folder), PROVIDER_OVERRIDE_S3=provider, SERVICES="s3,sts", LS_LOG="warning")
        try:
            return _requests(stack.client("s3"), Path(folder, "large"))
        finally:
            stack.end()


def _requests(s3: Any, large: Path) -> dict[str, float]:  # noqa: ANN401 - boto3 makes clients up
    s3.create_bucket(Bucket="bench")
    body = bytes(range(256)) * (150 * MB // 256)
    large.write_bytes(body)
    return {
        "put 1 kB": _median(lambda: s3.put_object(Bucket="bench", Key="small", Body=body[:1024]), 200),
        "get 1 kB": _median(lambda: _read(s3, "small"), 200),
        "put 150 MB": _median(lambda: s3.put_object(Bucket="bench", Key="large", Body=body), 5),
        "upload 150 MB in parts": _median(lambda: s3.upload_file(str(large), "bench", "parts"), 5),
        "get 150 MB": _median(lambda: _read(s3, "large"), 5),
    }


def _read(s3: Any, key: str) -> bytes:  # noqa: ANN401
    body: bytes = s3.get_object(Bucket="bench", Key=key)["Body"].read()
    return body


def _median(request: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        request()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


if __name__ == "__main__":
    main()
