"""Runs LocalStack: ``python -m fraudflow_localstack``."""

from localstack.runtime.main import main

from fraudflow_localstack import catalog

if __name__ == "__main__":
    catalog.use()
    main()
