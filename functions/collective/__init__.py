"""Training by several workers: how they meet, and how each is watched, so that none of them waits for ever."""
