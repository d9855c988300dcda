"""XML from outside as a stream of finished elements: no entities, no external references, bounded depth and size."""

from collections.abc import Callable
from typing import Final, TypeAlias
from xml.etree.ElementTree import Element, ParseError  # plain containers; defusedxml does the parsing

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from engine.errors import EngineError, LimitExceededError, UnreadableFileError
from engine.io import limits

# Called at the end of each element with its ancestors, outermost first; True keeps it in the tree, False drops it.
OnEnd: TypeAlias = Callable[[Element, list[Element]], bool]

_FEED_BYTES: Final = 1 << 16


class _Target:
    """Builds elements, counts them, and hands each one over as it ends."""

    def __init__(self, on_end: OnEnd, doctypes: tuple[str, ...]) -> None:
        self.on_end, self.doctypes = on_end, doctypes
        self.open: list[Element] = []
        self.root: Element | None = None
        self.nodes = 0
        self.text: list[str] = []
        self.characters = 0

    def doctype(self, name: str, public_id: str | None, system_id: str | None) -> None:
        if name not in self.doctypes or (system_id and "musicxml" not in system_id.lower() and not public_id):
            raise UnreadableFileError(f"the XML refers to an external document type {name!r}; that is refused")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.nodes += 1
        if self.nodes > limits.XML_NODES_MAX:
            raise LimitExceededError(f"the XML has more than {limits.XML_NODES_MAX:,} elements")
        if len(self.open) >= limits.XML_DEPTH_MAX:
            raise LimitExceededError(f"the XML is nested deeper than {limits.XML_DEPTH_MAX} elements")
        self.open.append(Element(tag.rpartition("}")[2], attributes))
        self.text, self.characters = [], 0

    def data(self, text: str) -> None:
        self.characters += len(text)
        if self.characters > limits.XML_TEXT_CHARS_MAX:
            raise LimitExceededError(f"one XML element has more than {limits.XML_TEXT_CHARS_MAX:,} characters of text")
        self.text.append(text)

    def end(self, tag: str) -> None:
        element = self.open.pop()
        if not len(element):
            element.text = "".join(self.text)
        self.text, self.characters = [], 0
        if self.on_end(element, self.open):
            if self.open:
                self.open[-1].append(element)
            else:
                self.root = element

    def close(self) -> Element | None:
        return self.root


def parse(data: bytes, on_end: OnEnd, *, doctypes: tuple[str, ...]) -> Element:
    """Parse `data` and return the root with the elements `on_end` kept.

    Tags come without namespaces. A document type of a known name is accepted and never fetched.

    Raises
    ------
    UnreadableFileError
        If it is not well formed (the message says where), or declares entities, or refers to something outside.
    LimitExceededError
        If it is too deep, has too many elements or too much text in one of them.
    """
    parser = DefusedXMLParser(
        target=_Target(on_end, doctypes), forbid_dtd=False, forbid_entities=True, forbid_external=True
    )
    try:
        for start in range(0, len(data), _FEED_BYTES):
            parser.feed(data[start : start + _FEED_BYTES])
        root = parser.close()
    except EngineError:
        raise
    except DefusedXmlException:
        raise UnreadableFileError("the XML declares entities or external references, which no score needs") from None
    except ParseError as error:
        line, column = error.position
        raise UnreadableFileError(f"the XML is broken or cut off at line {line}, column {column}") from None
    except (LookupError, ValueError) as error:
        raise UnreadableFileError(f"the XML is in an encoding that cannot be read: {error}") from None
    if not isinstance(root, Element):
        raise UnreadableFileError("the XML holds no element")
    return root
