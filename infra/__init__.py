"""Deployment, servers, runs and command line of the stack, on a laptop and on AWS."""
