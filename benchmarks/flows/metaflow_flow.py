"""The seven steps as a Metaflow flow: a process for each, the state an artifact in its local store."""

import steps
from metaflow import FlowSpec, step


class WorkFlow(FlowSpec):
    """Load is Metaflow's start, register its end."""

    @step
    def start(self) -> None:
        """Load."""
        self.state = steps.load()
        self.next(self.split)

    @step
    def split(self) -> None:
        """Split."""
        self.state = steps.split(self.state)
        self.next(self.train)

    @step
    def train(self) -> None:
        """Train."""
        self.state = steps.train(self.state)
        self.next(self.keep)

    @step
    def keep(self) -> None:
        """Keep."""
        self.state = steps.keep(self.state)
        self.next(self.log_model)

    @step
    def log_model(self) -> None:
        """Log the model."""
        self.state = steps.log_model(self.state)
        self.next(self.log_run)

    @step
    def log_run(self) -> None:
        """Log the run."""
        self.state = steps.log_run(self.state)
        self.next(self.end)

    @step
    def end(self) -> None:
        """Register."""
        self.state = steps.register(self.state)


if __name__ == "__main__":
    WorkFlow()
