"""What production refuses, as a table of contents: a stable code, plain words for a person, an HTTP status.

A job that failed leaves only its code in the ledger; `message_for` finds the words again.
"""

from __future__ import annotations


class ProductionError(Exception):
    """Base of every refusal; `message` is fit to be shown as it is."""

    code = "production_error"
    message = "This could not be done."
    status = 400

    def __init__(self, message: str | None = None) -> None:
        self.message = message or type(self).message
        super().__init__(self.message)


# ------------------------------------------------------------------------------------------------------ uploads
class UnsafeNameError(ProductionError):
    """A file name is a path, or holds characters no file should have."""

    code = "unsafe_name"
    message = "This file name is not allowed: it must be a plain name, without folders. Rename the file and try again."


class EmptyUploadError(ProductionError):
    """A file of no bytes."""

    code = "empty_file"
    message = "This file is empty. Choose the file again."


class TooLargeError(ProductionError):
    """The file, or one chunk of it, passes the limit."""

    code = "too_large"
    message = "This file is larger than the 256 MiB that one upload may hold."
    status = 413


class QuotaError(ProductionError):
    """The party's space is used up."""

    code = "quota"
    message = "Your space is used up. Wait for open uploads to end, or ask us for more."
    status = 413


class UnknownUploadError(ProductionError):
    """No such upload of this party."""

    code = "unknown_upload"
    message = "This upload is not known, or it is over. Start it again."
    status = 404


class OffsetMismatchError(ProductionError):
    """A chunk does not start where the last one ended; `offset` says where it must."""

    code = "offset_mismatch"
    message = "This part does not follow the last one that arrived. Go on from the offset in the answer."
    status = 409

    def __init__(self, offset: int) -> None:
        super().__init__()
        self.offset = offset


class IncompleteUploadError(ProductionError):
    """Not every byte has arrived."""

    code = "incomplete_upload"
    message = "Not every byte has arrived yet. Send the rest first."
    status = 409


class ChecksumError(ProductionError):
    """What arrived is not what was announced."""

    code = "checksum"
    message = "The file was damaged on its way. Upload it again."
    status = 409


# ------------------------------------------------------------------------------------------------------ finding
class UnreadableMotifError(ProductionError):
    """What was typed to search by notes is neither a tune nor a progression; the message says what and where."""

    code = "unreadable_motif"
    message = "These are no notes and no chords."


# ------------------------------------------------------------------------------------------------------ imports
class RefusedFileError(ProductionError):
    """A file was looked at and refused: `code` and `message` come from the parser."""

    code = "unreadable_file"
    message = "This file could not be read: it is damaged, or cut short. Export it again and upload it anew."

    def __init__(self, code: str | None = None, message: str | None = None) -> None:
        super().__init__(message or message_for(code or type(self).code))
        self.code = code or type(self).code


class ParserLimitError(RefusedFileError):
    """Reading the file took more memory or time than one file may."""

    code = "limit_exceeded"
    message = "This file needs more memory or time to read than one file may. Split it, or simplify it."


class WrongKindError(ProductionError):
    """A file cannot be an element of this kind."""

    code = "wrong_kind"
    message = "A file of this type cannot be that kind of element. Choose another kind."


class NotAnElementError(ProductionError):
    """Title, tags, contributors or parents break a rule."""

    code = "not_an_element"
    message = "Something about this element is missing or too long."


class CancelledError(ProductionError):
    """The one who asked changed their mind."""

    code = "cancelled"
    message = "Cancelled. Nothing was kept."


# ----------------------------------------------------------------------------------------- elements and downloads
class UnknownElementError(ProductionError):
    """No such element, version or form of it."""

    code = "unknown_element"
    message = "There is no such element."
    status = 404


class UnknownJobError(ProductionError):
    """No such job of this party."""

    code = "unknown_job"
    message = "There is no such job of yours."
    status = 404


class NoLicenceError(ProductionError):
    """The party neither made the element nor holds a standing licence for it."""

    code = "no_licence"
    message = "You need a licence for this element first."
    status = 403


class NotYoursError(ProductionError):
    """Only the one who made an element may change it."""

    code = "not_yours"
    message = "Only the one who made this element may do that."
    status = 403


class OutOfTuneError(ProductionError):
    """A frequency or chord that the tables do not know."""

    code = "out_of_tune"
    message = "Give a frequency between 8 and 12,600 Hz, or a chord of one to twelve notes within two octaves."


class MissingContentError(ProductionError):
    """A blob is not in the store, or its bytes do not have its hash."""

    code = "missing_content"
    message = "The bytes of this element cannot be read just now. We have been told."
    status = 503


# ------------------------------------------------------------------------------------------ content credentials
class NoCredentialsError(ProductionError):
    """A file carries no content credentials, or they could not be read or written; the message says which."""

    code = "no_credentials"
    message = "This file carries no content credentials."


class CertificateError(ProductionError):
    """The certificate or the key that the site signs content credentials with cannot be used."""

    code = "certificate"
    message = "The certificate that content credentials are signed with cannot be used."
    status = 503


class BeingMarkedError(ProductionError):
    """The file is being marked as generated; a moment later it can be had."""

    code = "being_marked"
    message = "This file is being marked with its content credentials. Ask again in a moment."
    status = 409


# ----------------------------------------------------------------------------------------------- contribution
class TooMuchToMeasureError(ProductionError):
    """The files of an element, its versions and parents together pass the limit."""

    code = "too_much_to_measure"
    message = "This element, its versions and what it is made from are too large to compare. Agree on a split by hand."


# --------------------------------------------------------------------------------------------------- workbench
class UnknownProcessError(ProductionError):
    """No such process, or the engine does not have it here."""

    code = "unknown_process"
    message = "There is no such process here."
    status = 404


class UnsuitableError(ProductionError):
    """The process cannot work on this kind of element."""

    code = "unsuitable"
    message = "This process cannot work on an element of this kind."


class BadParameterError(ProductionError):
    """A parameter is outside its range or of another type."""

    code = "bad_parameter"
    message = "Something that was set does not fit."


class NothingChangedError(ProductionError):
    """The process gave back the very bytes that were there."""

    code = "nothing_changed"
    message = "Nothing changed: not one byte differs from the version that is there."


class TooManyAtOnceError(ProductionError):
    """The party has as many processes under way as one may have."""

    code = "too_many_at_once"
    message = "You have several processes under way. Wait until one of them is done."
    status = 429


class UnknownAuditionError(ProductionError):
    """No such audition or draft of this party, or it was swept away."""

    code = "unknown_audition"
    message = "This audition is not known, or it is over. Try again."
    status = 404


class StaleDraftError(ProductionError):
    """Somebody, or another window, changed the draft meanwhile."""

    code = "stale_draft"
    message = "These notes were changed in another window. Reload the page to see them."
    status = 409


# --------------------------------------------------------------------------------------------------- generation
class NotAMelodyError(ProductionError):
    """What was asked for needs one melody."""

    code = "not_a_melody"
    message = "This needs an element of notes with one melody."


class NotARecordingError(ProductionError):
    """Mixing and mastering work on recordings."""

    code = "not_a_recording"
    message = "Only recordings can be mixed and mastered."


class NotLookedAtError(ProductionError):
    """A proposal of sound is still being measured."""

    code = "not_looked_at"
    message = "This proposal is still being looked at. It can be kept in a few seconds."
    status = 409


class ReplayDiffersError(ProductionError):
    """Running a generation again gave other bytes."""

    code = "replay_differs"
    message = "Running this generation again gave other bytes than those kept."


class UnknownProposalError(ProductionError):
    """The job made no such variant."""

    code = "unknown_proposal"
    message = "There is no such proposal: it was never made, or it has been swept away."
    status = 404


def _tree(cls: type[ProductionError]) -> list[type[ProductionError]]:
    return [cls, *(below for child in cls.__subclasses__() for below in _tree(child))]


PARSER_MESSAGES = {
    "unsupported_format": "This is not a type of file we take. Upload MIDI, MusicXML, WAV, AIFF, FLAC, Ogg, MP3, "
    "SF2, SF3, or a mix setting as JSON.",
    "unsafe_file": "This file refers to things outside itself, or unfolds to an absurd size. It was not opened.",
    "out_of_range": "Something that was asked for lies outside of what this process can do. Nothing was kept.",
    "shape": "This process cannot work on a recording of this form. Nothing was kept.",
    "silence": "There is nothing to hear in what was chosen. Nothing was kept.",
    "too_short": "A recording was shorter than 0.4 seconds. Nothing was kept.",
    "channels": "Only recordings in one or two channels can be mixed and mastered. Nothing was kept.",
    "routing": "This mix cannot be played: its tracks and buses do not fit together. Nothing was kept.",
    "internal": "Something went wrong on our side while reading this file. Nothing was kept; try again.",
}


def message_for(code: str) -> str:
    """The words for a code that a failed job left in the ledger."""
    words = {cls.code: cls.message for cls in _tree(ProductionError)} | PARSER_MESSAGES
    return words.get(code, words["unreadable_file"])
