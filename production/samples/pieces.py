"""Which tunes and chorales the demo is made of, and who encoded each (as its file says)."""

from __future__ import annotations

from dataclasses import dataclass

from engine.score import Score
from production.samples import corpus
from production.samples.corpus import Source

BARS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece, cut to a loop. `lead`: the General MIDI program of its melody."""

    slug: str
    title: str
    source: Source
    encoder: str
    tempo_bpm: int
    lead: int

    def score(self) -> Score:
        """Its first eight full bars."""
        if self.source.collection == "bach":
            return corpus.chorale(self.source, bars=BARS, tempo_bpm=self.tempo_bpm)
        return corpus.tune(self.source).loop(BARS, tempo_bpm=self.tempo_bpm, program=self.lead)

    @property
    def credit(self) -> str:
        """Where it comes from, for its description."""
        words = {
            "bach": f"From a chorale by J. S. Bach (BWV {self.source.file[3:-4]})",
            "ryansMammoth": "A tune from Ryan's Mammoth Collection (Boston, 1883)",
            "oneills1850": f"Tune {self.source.number} of O'Neill's Music of Ireland (Chicago, 1903)",
        }
        return f"{words[self.source.collection]}, encoded by {self.encoder}."


def _ryan(slug: str, title: str, file: str, tempo_bpm: int, lead: int) -> Piece:
    source = Source(collection="ryansMammoth", file=f"{file}.abc")
    return Piece(slug=slug, title=title, source=source, encoder="Ray Davies", tempo_bpm=tempo_bpm, lead=lead)


def _oneill(slug: str, title: str, file: str, number: int, encoder: str, tempo_bpm: int, lead: int) -> Piece:
    source = Source(collection="oneills1850", file=f"{file}.abc", number=number)
    return Piece(slug=slug, title=title, source=source, encoder=encoder, tempo_bpm=tempo_bpm, lead=lead)


def _bach(number: int, title: str, tempo_bpm: int, lead: int) -> Piece:
    source = Source(collection="bach", file=f"bwv{number}.mxl")
    return Piece(
        slug=f"chorale-{number}",
        title=title,
        source=source,
        encoder="Margaret Greentree",
        tempo_bpm=tempo_bpm,
        lead=lead,
    )


TUNES: tuple[Piece, ...] = (
    _ryan("liverpool-jacks", "Liverpool Jack's", "LiverpoolJacksReel", 104, 40),
    _ryan("devils-own-shot", "The Devil's Own Shot", "DevilsOwnShotJig", 112, 73),
    _ryan("maid-of-selma", "Maid of Selma", "MaidOfSelmaJig", 108, 75),
    _ryan("ladies-pandeletts", "Ladies' Pandeletts", "LadiesPandelettsReel", 176, 105),
    _ryan("fire-fly", "Fire-Fly", "FireFlyReel", 98, 13),
    _ryan("blooming-meadows", "The Blooming Meadows", "BloomingMeadowsJig", 116, 22),
    _ryan("re-union", "Re-union", "ReUnionReel", 92, 24),
    _ryan("humours-of-rockstown", "Humours of Rockstown", "HumoursOfRockstownReel", 168, 40),
    _ryan("brooklyn-lasses", "Brooklyn Lasses", "BrooklynLassesReel", 100, 21),
    _ryan("dimen-dru-deelish", "Dimen Dru Deelish", "DimenDruDeelishReel", 96, 46),
    _ryan("wind-barley", "The Wind That Shakes the Barley", "WindThatShakesTheBarleyReel", 106, 73),
    _ryan("lady-edmontons", "Lady Edmonton's", "LadyEdmontonsReel", 94, 11),
    _oneill("jolly-joker", "The Jolly Joker", "1001-1031", 1014, "Dan G. Petersen", 114, 75),
    _oneill("joyce-country", "The Humors of the Joyce Country", "0201-0300", 221, "John Chambers", 126, 71),
    _oneill("pretty-peggy", "Pretty Peggy", "0401-0486", 451, "Henrik Norbeck", 120, 24),
    _oneill("shule-aroon", "Shule Aroon", "0051-0100", 59, "John Chambers", 88, 68),
    _oneill("petticoat-loose", "Petticoat Loose", "0811-0899", 826, "Dan G. Petersen", 110, 22),
    _oneill("oriellys-fancy", "O'Rielly's Fancy", "1376-1475", 1414, "Bob Safranek", 172, 105),
    _oneill("brown-thorn", "The Brown Thorn", "0001-0050", 32, "Norbert Paap", 84, 46),
    _oneill("rose-in-the-garden", "The Rose in the Garden", "1276-1375", 1314, "Trish O'Neil", 160, 40),
)
CHORALES: tuple[Piece, ...] = (
    _bach(253, "Ach bleib bei uns", 76, 48),
    _bach(255, "Ach Gott und Herr", 72, 19),
    _bach(258, "Wo Gott der Herr nicht bei uns hält", 80, 71),
    _bach(259, "Ach was soll ich Sünder machen", 69, 42),
    _bach(260, "Allein Gott in der Höh", 84, 56),
    _bach(267, "An Wasserflüssen Babylon", 66, 88),
    _bach(269, "Aus meines Herzens Grunde", 92, 19),
    _bach(276, "Christ ist erstanden", 78, 60),
    _bach(297, "Die Sonn hat sich mit ihrem Glanz", 70, 0),
    _bach(302, "Ein feste Burg", 82, 61),
    _bach(336, "Herr Jesu Christ, wahr Mensch und Gott", 74, 4),
    _bach(362, "Jesu, nun sei gepreiset", 88, 6),
    _bach(377, "Machs mit mir, Gott", 76, 89),
    _bach(384, "Nicht so traurig", 64, 52),
)
