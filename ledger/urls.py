"""What the world sees of the log: mounted under /log/."""

from django.urls import path

from ledger import views

app_name = "ledger"

urlpatterns = [
    path("checkpoint", views.checkpoint, name="checkpoint"),
    path("tile/<path:tile_path>", views.tile, name="tile"),
    path("consistency", views.consistency, name="consistency"),
    path("key", views.key, name="key"),
    path("verify.py", views.verifier, name="verifier"),
]
