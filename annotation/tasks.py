"""What the workers do for annotation: job handlers, outbox handlers and periodic tasks."""

from __future__ import annotations
