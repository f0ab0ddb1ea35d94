"""The pages of the console, by the routes that answer with them: those that every test of all pages goes through."""

PAGES = (
    "/",
    "/files/{identity}",
    "/model",
    "/runs",
    "/runs/~compare",
    "/runs/{name}",
    "/score",
    "/score/batches/{name}",
    "/score/files/{identity}",
    "/traffic",
    "/traffic/batches/{name}",
    "/traffic/files/{identity}",
)
