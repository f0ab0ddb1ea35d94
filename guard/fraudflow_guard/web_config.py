"""The configuration by which Prometheus, Alertmanager and the Pushgateway ask for a password.

https://prometheus.io/docs/prometheus/latest/configuration/https/
"""

import json

import bcrypt

from fraudflow_guard.keys import USER

# The least that there is: a random password of 24 bytes can't be guessed from its hash, however fast hashing is.
_ROUNDS = 4


def web_config(password: str) -> str:
    """Return what their option ``--web.config.file`` reads; YAML takes JSON."""
    hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(_ROUNDS)).decode()
    return json.dumps({"basic_auth_users": {USER: hashed}}) + "\n"
