#!/bin/sh
# Become the service, with the key of the hashes that stand for cards and people: from the environment, or from the file
# that LocalStack's container has made.
set -eu
if [ -z "${FRAUDFLOW_PSEUDONYM_KEY:-}" ] && [ -n "${FRAUDFLOW_PSEUDONYM_KEY_FILE:-}" ]; then
  FRAUDFLOW_PSEUDONYM_KEY=$(cat "$FRAUDFLOW_PSEUDONYM_KEY_FILE")
  export FRAUDFLOW_PSEUDONYM_KEY
fi
exec python -m serving
