"""The guard as a process: ``python -m fraudflow_guard --keys FILE --door NAME LISTEN UPSTREAM PUBLIC_PORT ...``."""

import argparse
import asyncio
import sys
from pathlib import Path

from fraudflow_guard import keys, proxy
from fraudflow_guard.doors import door


def main(words: list[str]) -> str | None:
    """Guard until told to stop; return what is wrong, if anything."""
    parser = argparse.ArgumentParser(prog="python -m fraudflow_guard", description="Stand in front of other servers.")
    parser.add_argument("--keys", type=Path, required=True, help="the file of the home's keys")
    parser.add_argument("--access", choices=("open", "keys"), default="open", help="keys: ask for the password too")
    parser.add_argument("--alias", action="append", default=[], help="a further name of this host")
    names = ("NAME", "LISTEN", "UPSTREAM", "PUBLIC_PORT")
    parser.add_argument("--door", nargs=4, action="append", required=True, metavar=names, help="a server")
    asked = parser.parse_args(words)
    try:
        password = keys.read(asked.keys).password
        doors = [
            door(name, listen, upstream, int(port), password, asked.alias)
            for name, listen, upstream, port in asked.door
        ]
        asyncio.run(proxy.serve(doors, password if asked.access == "keys" else None))
    except (keys.KeysError, OSError) as error:
        return str(error)
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
