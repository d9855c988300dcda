"""What every row of the ledger shares."""

from __future__ import annotations

from django.db import models


class Row(models.Model):
    """A row that shows itself by its key."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.pk}"
