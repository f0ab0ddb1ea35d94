"""Errors that the command line prints: one sentence each, never a traceback."""


class UserError(Exception):
    """The command can't do what was asked; the message is one sentence that says why and what to do."""


class SettingsError(UserError):
    """Raised when a setting is unknown or has a value that can't be used."""


class PortHeldError(UserError):
    """Raised when another program listens where one of our servers should."""


class StackError(UserError):
    """Raised when the stack can't be started, reached or stopped."""


class UploadError(UserError):
    """Raised when the file that was named can't be uploaded."""


class ExecutionNotFoundError(UserError):
    """Raised when no execution, or more than one, goes by the given name."""


class PromotionError(UserError):
    """Raised when a champion is not moved: there is no such version, say, or another has been promoted meanwhile."""


class AnsweredError(UserError):
    """Raised when a question is not answered: somebody has answered it meanwhile, or it waits no longer."""


class RemovalError(UserError):
    """Raised when what was named is not removed, stopped or run again: it is in progress, say, or has ended."""


class EvaluationError(UserError):
    """Raised when a run has no evaluation to show, or it can't be read."""
