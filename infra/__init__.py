"""What builds, starts and drives the stack, on a laptop and on AWS."""
