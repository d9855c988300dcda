"""Writes the published schema anew after a plugin has changed: `python -m engine.mixing`."""

import json

from engine.io.mix_setting import SCHEMA_PATH
from engine.mixing.schema import schema

if __name__ == "__main__":
    SCHEMA_PATH.write_text(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
