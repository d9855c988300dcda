"""What the engine refuses, as a table of contents."""


class EngineError(Exception):
    """Base of every refusal; `code` is stable and fit for an API, `message` is one plain sentence for a person."""

    code = "engine_error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UnreadableFileError(EngineError):
    """The bytes claim a format and break its rules; the message says what and where."""

    code = "unreadable_file"


class UnsupportedFormatError(EngineError):
    """The bytes are of no kind that can be taken in, or of a variant that is left out on purpose."""

    code = "unsupported_format"


class LimitExceededError(EngineError):
    """The bytes are well formed but larger, longer or deeper than `engine.io.limits` allows."""

    code = "limit_exceeded"


class ShapeError(EngineError):
    """An array has the wrong number of axes, the wrong length or values that are not finite."""

    code = "shape"


class OutOfRangeError(EngineError):
    """An argument lies outside its documented range."""

    code = "out_of_range"


class MissingBankError(EngineError):
    """The library's instruments are not installed, so nothing can be rendered."""

    code = "missing_bank"


class NotAMelodyError(EngineError):
    """A single line of notes was asked for, and this has none, or more than one at a time."""

    code = "not_a_melody"


class UnknownPluginError(EngineError):
    """A chain names a plugin that there is none of."""

    code = "unknown_plugin"


class UnknownParameterError(EngineError):
    """A plugin has no parameter of this name, or none that can be automated."""

    code = "unknown_parameter"


class UnknownImpulseError(EngineError):
    """A convolution names an impulse response that was not handed in."""

    code = "unknown_impulse"


class ChannelsError(EngineError):
    """A signal has more or fewer channels than what it is passed through can take."""

    code = "channels"


class RoutingError(EngineError):
    """A mix sends sound to a track or bus that is not there, or in a circle."""

    code = "routing"


class MissingModelError(EngineError):
    """A package that brings a network's weights is not installed."""

    code = "missing_model"


class TooShortError(EngineError):
    """A sound is too short for what is asked of it."""

    code = "too_short"


class SilenceError(EngineError):
    """A sound holds nothing that can be heard, so nothing can be matched or made louder."""

    code = "silence"


class UnpitchedError(EngineError):
    """A sound has no pitch that can be heard, and none was told."""

    code = "unpitched"
