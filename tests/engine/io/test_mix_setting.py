import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import mixing
from engine.errors import EngineError, LimitExceededError, UnreadableFileError
from engine.io import mix_setting
from tests.helpers.music_files import mix_setting_bytes


def setting(**plugin: object) -> bytes:
    return json.dumps({"version": 1, "plugins": [plugin]}).encode()


def test_a_good_setting_is_read_and_written_the_same_each_time():
    read = mix_setting.read(mix_setting_bytes())

    assert mix_setting.read(mix_setting.write(read)) == read
    assert mix_setting.write(read) == mix_setting.write(dict(reversed(read.items())))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (setting(type="eq", bands=[]), r"\$\.plugins\[0\]\.bands has 0 entries"),
        (setting(type="compressor", threshold_db=-10), r"\$\.plugins\[0\] lacks ratio"),
        (setting(type="compressor", threshold_db=-10, ratio=0.5), r"\$\.plugins\[0\]\.ratio is 0.5"),
        (setting(type="gain", gain_db="loud"), r"\$\.plugins\[0\]\.gain_db must be of type number"),
        (setting(type="gain", gain_db=True), r"\$\.plugins\[0\]\.gain_db must be of type number"),
        (setting(type="gain", gain_db=1, colour="red"), r"\$\.plugins\[0\]\.colour is not known"),
        (setting(type="autotune"), r"\$\.plugins\[0\]\.type must be one of eq"),
        (setting(type="chorus"), r"\$\.plugins\[0\]\.type must be one of eq"),
        (b'{"version": 3, "plugins": [{"type": "gain", "gain_db": 1}]}', r"\$\.version must be 1 or 2"),
        (b'{"version": true, "plugins": [{"type": "gain", "gain_db": 1}]}', r"\$\.version must be 1 or 2"),
        (b'{"version": 2, "plugins": [{"type": "chorus", "voices": 9}]}', r"\$\.plugins\[0\]\.voices is 9"),
        (b'{"version": 1, "plugins": [{"type": "gain", "gain_db": NaN}]}', "NaN"),
        (b'{"version": 1, "plugins": [{"type": "gain", "gain_db": 1, "gain_db": 2}]}', "twice"),
        (b'{"version": 1, "plugins": [', "line 1, column"),
        (b"[1]", r"\$ must be of type object"),
        (b"\xff\xfe", "UTF-8"),
        (b"", "empty"),
        (b'{"version": 1, "plugins": [{"type": "gain", "gain_db": 1e999}]}', "must lie in"),
    ],
)
def test_a_fault_is_named_with_its_path(data: bytes, words: str):
    with pytest.raises(UnreadableFileError, match=words):
        mix_setting.read(data)


def test_the_first_version_is_read_as_the_second_with_every_value_kept():
    first = json.loads(mix_setting_bytes())

    read = mix_setting.read(mix_setting_bytes())

    assert read["version"] == 2
    assert [plugin | {"type": ""} for plugin in read["plugins"]] == [p | {"type": ""} for p in first["plugins"]]
    assert read["plugins"][3]["type"] == "convolution", "what was a diffuse room stays one"


def test_the_published_schema_is_the_one_the_plugins_write():
    assert mix_setting.schema() == mixing.schema(), "run `python -m engine.mixing`"


def test_deep_nesting_is_refused_without_recursion():
    with pytest.raises(LimitExceededError, match="nested"):
        mix_setting.read(b'{"plugins":' + b"[" * 50_000)


def test_brackets_inside_strings_do_not_count_as_depth():
    read = mix_setting.read(
        b'{"version":1,"name":"[[[[[[[[[[[[[[[[[[[[\\"[[[[","plugins":[{"type":"gain","gain_db":1}]}'
    )

    assert read["plugins"][0]["gain_db"] == 1


plugins = st.fixed_dictionaries(
    {"type": st.sampled_from(["gain", "pan", "width", "limiter", "magic"])},
    optional={
        "gain_db": st.integers(-80, 40),
        "position": st.floats(-2, 2),
        "width": st.floats(-1, 3),
        "ceiling_db": st.integers(-40, 10),
        "bypass": st.booleans() | st.integers(0, 1),
    },
)


@pytest.mark.parametrize("version", [1, 2])
@given(chain=st.lists(plugins, max_size=3))
def test_our_checker_and_a_general_one_agree(version: int, chain: list[dict[str, object]]):
    value = {"version": version, "plugins": chain}

    try:
        mix_setting.write(value)
        ours = True
    except EngineError:
        ours = False

    assert ours == jsonschema.Draft202012Validator(mix_setting.schema(version)).is_valid(value)
