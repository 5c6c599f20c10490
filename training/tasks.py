"""What the workers do for training: job handlers, outbox handlers and periodic tasks."""

from __future__ import annotations
