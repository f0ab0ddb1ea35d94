"""Settings that are too long for where they travel: they lie in the uploads bucket, and their key travels.

The roles of a few hundred columns exceed a function's environment (4 kB) and an object's metadata (2 kB).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from functions.settings import STORED_SETTINGS_FOLDER, StoredSettings

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

# A function's environment and an object's metadata hold other things too.
LONGEST = 1_800


@dataclass(frozen=True)
class TravellingSettings:
    """Settings as they travel: ``text`` itself, or the key of an object that holds ``body``."""

    text: str
    key: str | None = None
    body: bytes = b""

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "TravellingSettings":
        """Return settings as they travel; equal ones have equal keys."""
        text = json.dumps(settings, separators=(",", ":"))
        if len(text.encode()) <= LONGEST:
            return cls(text)
        key = f"{STORED_SETTINGS_FOLDER}{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"
        return cls(StoredSettings(settings_key=key).model_dump_json(), key, text.encode())

    def store(self, s3: "S3Client", bucket: str) -> None:
        """Write the object that the key names, if there is one; a repeat overwrites it with the same."""
        if self.key is not None:
            s3.put_object(Bucket=bucket, Key=self.key, Body=self.body, ContentType="application/json")
