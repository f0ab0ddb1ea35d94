"""Runs LocalStack: ``python -m fraudflow_localstack``."""

from localstack.runtime.main import main

from fraudflow_localstack import batch, catalog, descriptions

if __name__ == "__main__":
    descriptions.share()
    batch.leave_out()
    catalog.use()
    main()
