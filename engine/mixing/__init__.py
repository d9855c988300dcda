"""Effects and mixing: plugins with one published schema, chains of them, and mixes of tracks and buses."""

from engine.mixing.chain import Chain, apply
from engine.mixing.plugins import PLUGINS
from engine.mixing.schema import schema

__all__ = ["PLUGINS", "Chain", "apply", "schema"]
