"""The console: pages in a browser over what the command line does."""
