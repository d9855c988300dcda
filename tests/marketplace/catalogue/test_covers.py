"""Covers: deterministic, well-formed, self-contained, and no leak of the notes they are drawn from."""

import hashlib

import defusedxml.ElementTree as ElementTree
import pytest

from marketplace.catalogue.covers import COLUMNS, ROWS, CoverSource, coarse_cells, draw, roll_picture

KINDS = ("midi", "progression", "melody", "wave", "sound", "mix_setting")
NOTES = [(index * 0.5, 0.5, 60 + (index * 5) % 17) for index in range(40)]


def source(kind, seed="one", **changes):
    fields = {
        "cells": coarse_cells(NOTES),
        "peaks": tuple(index % 7 / 7 for index in range(100)),
        "spectrum": tuple(index % 11 / 11 for index in range(60)),
        "chords": ((0, False), (3, True), (11, False), (1, False)),
    }
    digest = hashlib.sha256(seed.encode()).hexdigest()
    return CoverSource(kind=kind, content_hash=digest, **{**fields, **changes})


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_hash_gives_the_same_picture(kind):
    assert draw(source(kind)) == draw(source(kind))


def test_six_kinds_give_six_pictures_of_the_same_hash():
    assert len({draw(source(kind)) for kind in KINDS}) == 6


@pytest.mark.parametrize("kind", KINDS)
def test_another_hash_gives_another_picture(kind):
    pictures = {draw(source(kind, seed=str(number))) for number in range(16)}

    assert len(pictures) > 4


@pytest.mark.parametrize("kind", KINDS)
def test_a_cover_is_well_formed_and_refers_to_nothing_outside(kind):
    picture = draw(source(kind))

    root = ElementTree.fromstring(picture, forbid_dtd=True)

    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    for node in root.iter():
        assert node.tag.split("}")[1] in {"svg", "rect", "path", "circle", "ellipse"}
        assert not [name for name in node.attrib if "href" in name or name == "style" or name.startswith("on")]
        assert "url(" not in "".join(node.attrib.values())


@pytest.mark.parametrize("kind", KINDS)
def test_an_element_without_content_still_has_a_cover(kind):
    bare = CoverSource(kind=kind, content_hash="")

    assert ElementTree.fromstring(draw(bare)).attrib["viewBox"] == "0 0 240 240"


def test_silence_is_drawn_and_does_not_divide_by_zero():
    assert "nan" not in draw(source("wave", peaks=(0.0,) * 50)) + draw(source("sound", spectrum=(0.0,)))


def test_cells_lie_on_the_grid_and_never_run_past_its_end():
    for column, row, length in coarse_cells(NOTES):
        assert 0 <= column < COLUMNS
        assert 0 <= row < ROWS
        assert 1 <= length <= COLUMNS - column


def test_cells_forget_the_key_and_the_tempo_of_the_notes():
    moved = [(onset * 1.7, length * 1.7, pitch + 5) for onset, length, pitch in NOTES]

    assert coarse_cells(moved) == coarse_cells(NOTES)


def test_no_notes_make_no_cells():
    assert coarse_cells([]) == ()


def test_a_roll_picture_holds_one_bar_for_each_cell():
    cells = coarse_cells(NOTES, columns=96, rows=24)

    root = ElementTree.fromstring(roll_picture(cells, content_hash="ab"))

    assert len(list(root)) == len(cells)
