"""Who is answered: LocalStack's web server, and the check of each request before LocalStack sees it."""
