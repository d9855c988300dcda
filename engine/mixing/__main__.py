"""Writes the published schemas anew after a plugin has changed: `python -m engine.mixing`."""

import json

from engine.io.mix_setting import SCHEMA_PATH
from engine.mixing.mix import mix_schema
from engine.mixing.schema import schema

if __name__ == "__main__":
    for name, value in ((SCHEMA_PATH.name, schema()), ("mix.schema.json", mix_schema())):
        text = json.dumps(value, indent=2, ensure_ascii=False)
        SCHEMA_PATH.with_name(name).write_text(text + "\n", encoding="utf-8")
