"""A second reader of MusicXML, written apart from the engine's: lxml, a plain walk, no limits, nothing shared."""

import zipfile
from collections import Counter
from fractions import Fraction
from io import BytesIO
from pathlib import Path

from lxml import etree

CLASSES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
Notes = Counter[tuple[Fraction, Fraction, Fraction]]


def walk(data: bytes) -> Notes:
    """How often each (onset, sounding pitch in cents, duration) is written: repeats once, ties joined, grace 0.

    Unpitched notes count with the pitch 0, since their place on the staff is no pitch.
    """
    if data[:2] == b"PK":
        with zipfile.ZipFile(BytesIO(data)) as archive:
            index = etree.fromstring(archive.read("META-INF/container.xml"))
            data = archive.read(index.xpath("string(//*[local-name()='rootfile']/@full-path)"))
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True))
    for element in root.iter(etree.Element):
        element.tag = etree.QName(element).localname
    if root.tag == "score-timewise":
        names = [part.get("id") for part in root.find("measure").findall("part")]
        parts = [[m.find(f"part[@id='{name}']") for m in root.findall("measure")] for name in names]
    else:
        parts = [part.findall("measure") for part in root.findall("part")]
    states = [{"divisions": Fraction(1), "transpose": {}, "meter": Fraction(4)} for _ in parts]
    read = [[_measure(m, state) for m in part] for part, state in zip(parts, states, strict=True)]
    return _placed(read)


def _placed(read: list) -> Notes:
    found: Notes = Counter()
    lengths = []
    for place in range(max(map(len, read), default=0)):
        there = [part[place] for part in read if place < len(part)]
        lengths.append(max(furthest for _, furthest, _ in there) or max(meter for _, _, meter in there))
    for part in read:
        start, open_ties = Fraction(0), {}
        for (notes, _, _), length in zip(part, lengths, strict=False):
            # A tie is ended before one is begun at the same place, whatever the order in the file.
            for onset, cents, duration, voice, ties in sorted(notes, key=lambda n: (n[0], "stop" not in n[4])):
                begun, whole = start + onset, duration
                if "stop" in ties:
                    waiting = open_ties.get((cents, begun), [])
                    match = next((w for w in waiting if w[1] == voice), waiting[0] if waiting else None)
                    if match:
                        waiting.remove(match)
                        found[match[0], cents, begun - match[0]] -= 1
                        begun, whole = match[0], begun - match[0] + duration
                found[begun, cents, whole] += 1
                if "start" in ties:
                    open_ties.setdefault((cents, begun + whole), []).append((begun, voice))
            start += length
    return +found


def _measure(measure, state: dict) -> tuple[list, Fraction, Fraction]:
    now = last = furthest = Fraction(0)
    notes = []
    for element in measure if measure is not None else ():
        duration = Fraction(element.findtext("duration") or 0) / state["divisions"]
        if element.tag == "attributes":
            _attributes(element, state)
        elif element.tag == "backup":
            now = max(now - duration, Fraction(0))
        elif element.tag == "forward":
            now += duration
        elif element.tag == "note":
            duration = Fraction(0) if element.find("grace") is not None else duration
            last = last if element.find("chord") is not None else now
            cents = _cents(element, state)
            ties = set() if element.find("grace") is not None else {t.get("type") for t in element.findall("tie")}
            if cents is not None:
                notes.append((last, cents, duration, element.findtext("voice"), ties))
            furthest = max(furthest, last + duration)
            now = now if element.find("chord") is not None else now + duration
        furthest = max(furthest, now)
    return notes, furthest, state["meter"]


def _attributes(element, state: dict) -> None:
    if element.findtext("divisions"):
        state["divisions"] = Fraction(element.findtext("divisions").strip())
    for transpose in element.findall("transpose"):
        semitones = Fraction(transpose.findtext("chromatic").strip())
        semitones += 12 * int(transpose.findtext("octave-change") or 0)
        if transpose.get("number"):
            state["transpose"][transpose.get("number")] = semitones
        else:
            state["transpose"] = {None: semitones}
    time = element.find("time")
    if time is not None and time.find("beats") is not None:
        state["meter"] = sum(
            4 * Fraction(sum(map(int, beats.text.split("+"))), int(unit.text))
            for beats, unit in zip(time.findall("beats"), time.findall("beat-type"), strict=True)
        )


def _cents(note, state: dict) -> Fraction | None:
    pitch = note.find("pitch")
    if pitch is None:
        return Fraction(0) if note.find("unpitched") is not None else None
    transpose = state["transpose"].get(note.findtext("staff") or "1", state["transpose"].get(None, 0))
    alter = Fraction((pitch.findtext("alter") or "0").strip())
    semitones = 12 * (int(pitch.findtext("octave")) + 1) + CLASSES[pitch.findtext("step").strip()] + alter
    return 100 * (semitones + transpose)


def schema():
    """The W3C's schema of MusicXML 4.0 as a validator."""
    import musicxml

    path = Path(musicxml.__file__).with_name("generate_classes") / "musicxml_4_0.xsd"
    parser = etree.XMLParser(load_dtd=False, no_network=True)
    parser.resolvers.add(_Beside())
    return etree.XMLSchema(etree.parse(path, parser))


class _Beside(etree.Resolver):
    """The two schemas that MusicXML's imports, as far as it uses them."""

    def resolve(self, url: str, public_id: str, context):
        if url.endswith("xlink.xsd"):
            names = ("href", "type", "role", "title", "show", "actuate")
            body = "".join(f'<xs:attribute name="{name}" type="xs:string"/>' for name in names)
            return self.resolve_string(_schema("http://www.w3.org/1999/xlink", body), context)
        if url.endswith("xml.xsd"):
            body = '<xs:attribute name="lang" type="xs:language"/><xs:attribute name="space" type="xs:NCName"/>'
            return self.resolve_string(_schema("http://www.w3.org/XML/1998/namespace", body), context)
        return None


def _schema(namespace: str, body: str) -> str:
    return f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{namespace}">{body}</xs:schema>'
