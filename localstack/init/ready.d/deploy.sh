#!/bin/sh
# LocalStack runs this when it is ready.
cd /opt/fraudflow && exec venv/bin/python -m infra.stack.container
