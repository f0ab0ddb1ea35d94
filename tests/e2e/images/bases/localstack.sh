#!/bin/sh
# Start LocalStack, whose settings may have its name before their own.
set -eu
for name in $(env | sed -n 's/^LOCALSTACK_\([A-Z_]*\)=.*/\1/p'); do
  case $name in
    HOST*) ;;
    *) eval "export $name=\"\$LOCALSTACK_$name\"" ;;
  esac
done
mkdir -p /var/lib/localstack/logs
. /opt/code/localstack/.venv/bin/activate
exec python -m localstack.runtime.main
