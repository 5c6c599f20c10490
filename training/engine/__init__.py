"""Training and scoring in torch. Knows rows and files; no Django, no Celery, no database."""
