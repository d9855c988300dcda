"""The site as an ASGI application: pages through Django, WebSockets through Channels."""

from __future__ import annotations

import os
import warnings

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.config.settings")

# First: it sets up the apps, which everything imported below needs.
http = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402

from marketplace.config.routing import websocket_urlpatterns  # noqa: E402

# Files are sent from ordinary iterators, by a thread; that is how Django sends them, and no news on every first file.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")

application = ProtocolTypeRouter(
    {
        "http": http,
        # A page of another site may open a socket here with our cookie: the origin decides, then the session.
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
    }
)
