"""The edge: LocalStack's web server, and the check of each request before LocalStack handles it."""
