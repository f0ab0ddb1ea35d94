"""The guard as a process: ``python -m fraudflow_guard --keys FILE --door NAME=LISTEN=UPSTREAM=PUBLIC_PORT ...``."""

import argparse
import asyncio
import sys
from pathlib import Path

from fraudflow_guard import keys, password_files, proxy
from fraudflow_guard.doors import door


def main(words: list[str]) -> str | None:
    """Guard until told to stop; return what is wrong, if anything."""
    parser = argparse.ArgumentParser(prog="python -m fraudflow_guard", description="Stand in front of other servers.")
    parser.add_argument("--keys", type=Path, required=True, help="the file of the home's keys")
    parser.add_argument(
        "--share", type=Path, help="make the keys, and write what servers behind it read, to this folder"
    )
    parser.add_argument("--access", choices=("open", "keys"), default="open", help="keys: ask for the password too")
    parser.add_argument("--alias", action="append", default=[], help="a further name of this host")
    parser.add_argument("--door", type=_door, action="append", required=True, help="NAME=LISTEN=UPSTREAM=PUBLIC_PORT")
    asked = parser.parse_args(words)
    try:
        if asked.share:
            password_files.write(asked.share, keys.make(asked.keys).password)
        password = keys.read(asked.keys).password
        doors = [
            door(name, listen, upstream, port, password, asked.alias) for name, listen, upstream, port in asked.door
        ]
        asyncio.run(proxy.serve(doors, password if asked.access == "keys" else None))
    except (keys.KeysError, OSError) as error:
        return str(error)
    return None


def _door(words: str) -> tuple[str, str, str, int]:
    name, listen, upstream, port = words.split("=")
    return name, listen, upstream, int(port)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
