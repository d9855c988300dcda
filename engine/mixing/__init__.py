"""Effects and mixing: plugins with one published schema, chains of them, and mixes of tracks and buses."""

from engine.mixing.chain import Chain, apply
from engine.mixing.export import export
from engine.mixing.mix import Mix, mix_schema
from engine.mixing.plugins import PLUGINS
from engine.mixing.routing import mixdown
from engine.mixing.schema import schema

__all__ = ["PLUGINS", "Chain", "Mix", "apply", "export", "mix_schema", "mixdown", "schema"]
