"""Settings of the functions that read a large upload part by part."""

from pydantic import Field, SecretStr

from functions.settings import StorageSettings


class ReadPartSettings(StorageSettings):
    """ReadPart also hashes entities, by the key that LoadData hashes those of small uploads by."""

    pseudonym_key: SecretStr = Field(min_length=64, max_length=64)
