"""What is refused about reports of others; every message is fit for label staff."""


class ReportError(Exception):
    """Base of all refusals."""


class RefusedFileError(ReportError):
    """The file cannot be read at all."""


class WrongStepError(ReportError):
    """The report is not at the step at which this can be done."""


class NotBalancedError(ReportError):
    """The lines and what the bank received differ, and nobody said why."""


class UnknownElementError(ReportError):
    """What was typed names no element."""
