"""Feast's server, guarded: ``python -m fraudflow_feast HOST PORT --folder DIR ...``.

The command ``feast serve`` starts gunicorn, whose workers each read the registry again, and takes requests from any web
page. This serves the same application from one process, behind the guard.
"""

import argparse
import os
import sys
from pathlib import Path

import uvicorn
from feast.feature_server import get_app
from feast.permissions.auth_model import NoAuthConfig
from feast.permissions.server.utils import (
    ServerType,
    init_auth_manager,
    init_security_manager,
    str_to_auth_manager_type,
)
from fraudflow_guard import keys
from fraudflow_guard.asgi import Guard
from fraudflow_guard.policy import loopback

from fraudflow_feast.feast_store import StoreOptions, open_store

# Pages, chats and searches, which nothing here uses.
_CLOSED = ("/chat", "/ws", "/static", "/docs", "/redoc", "/mcp", "/v1/vector_stores", "/search")


def main(words: list[str]) -> None:
    """Serve until told to stop."""
    asked = _asked(words)
    password = keys.read(asked.keys).password if asked.keys else None
    store = open_store(
        StoreOptions(
            folder=asked.folder.absolute(),
            engine=asked.online,
            redis=asked.redis,
            region=asked.region,
            endpoint=os.environ.get("AWS_ENDPOINT_URL"),
            offline=asked.offline,
            histories=asked.histories,
        )
    )
    auth = str_to_auth_manager_type("no_auth")
    init_security_manager(auth_type=auth, fs=store)
    init_auth_manager(auth_type=auth, server_type=ServerType.REST, auth_config=NoAuthConfig(type="no_auth"))
    app = get_app(store, registry_ttl_sec=0)
    guarded = Guard(app, loopback(asked.public_port or asked.port), password=password, closed=_CLOSED)
    uvicorn.run(guarded, host=asked.host, port=asked.port, access_log=False)


def _asked(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m fraudflow_feast", description="Serve Feast, guarded.")
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--folder", type=Path, required=True, help="of the registry and SQLite's file")
    parser.add_argument("--online", choices=("sqlite", "redis", "dynamodb"), default="sqlite")
    parser.add_argument("--redis", default="127.0.0.1:6379", help="host:port of Redis, and options: ,db=1")
    parser.add_argument("--region", default="us-east-1", help="of DynamoDB")
    parser.add_argument("--offline", default="states.parquet", help="address of the Parquet file of states")
    parser.add_argument("--histories", type=Path, help="the file of definitions")
    parser.add_argument("--public-port", type=int, help="by which others know it; the same one unless given")
    parser.add_argument("--keys", type=Path, help="the home's keys: ask for the password")
    return parser.parse_args(words)


if __name__ == "__main__":
    main(sys.argv[1:])
