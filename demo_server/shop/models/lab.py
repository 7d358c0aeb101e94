"""What the cache lab reads and changes: rows that nothing else in the shop depends on."""

from django.db import models
from django.db.models.functions import Now


class LabSource(models.Model):
    """The source row behind one route of the cache lab; `version` counts its changes."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.BigIntegerField(default=0, db_default=0)
    version = models.PositiveBigIntegerField(default=1, db_default=1)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"
