"""What invocations share: parsing, logging, prefetches, background writes, I/O wait, the time until the timeout."""
