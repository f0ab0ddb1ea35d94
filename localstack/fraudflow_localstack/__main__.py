"""Runs LocalStack: ``python -m fraudflow_localstack``."""

from localstack.runtime.main import main

from fraudflow_localstack import catalog, descriptions, left_out

if __name__ == "__main__":
    descriptions.share()
    left_out.leave_out()
    catalog.use()
    main()
