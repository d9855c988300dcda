"""Where WebSockets lead: each app lists its own addresses, this joins them."""

from __future__ import annotations

from production.routing import websocket_urlpatterns as production_patterns

websocket_urlpatterns = [*production_patterns]
