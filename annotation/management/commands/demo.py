"""`manage.py demo`: fill a platform for a first visitor. Running it again adds nothing."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from annotation.demo import build, people
from annotation.demo.espeak import SpeechFailed
from annotation.management.commands.import_corpus import Bar
from speecheq.errors import DomainError


class Command(BaseCommand):
    help = "Make demo accounts, import a corpus, and let simulated annotators label part of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--corpus",
            default="",
            help="A folder or manifest; without it RAVDESS beside the checkout, else synthetic.",
        )

    def handle(self, *, corpus: str, **options: Any) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        with Bar(self.stderr) as bar:
            try:
                built = build.build(
                    home=settings.HOME,
                    corpus=corpus,
                    progress=lambda what, done, total: bar.show(done, total),
                )
            except (build.NoCorpus, SpeechFailed) as error:
                raise CommandError(str(error)) from error
            except DomainError as error:
                raise CommandError(error.detail) from error
        self._tell(built)

    def _tell(self, built: build.Built) -> None:
        """What there is, and how to sign in."""
        for line in built.refused:
            self.stderr.write(f"refused {line}")
        corpus = built.campaign.corpus
        synthetic = _(" (synthetic speech)") if corpus.is_synthetic else ""
        self.stdout.write(
            f"Corpus {corpus.slug}{synthetic}: {corpus.clips.count()} clips, "
            f"{built.imported} added; {built.labelled} simulated labels added."
        )
        self.stdout.write(_("Sign in as one of:"))
        for account in built.accounts:
            self.stdout.write(f"  {account.username:<12} {account.password:<14} {account.role}")
        self.stdout.write(
            _("Passwords and tokens are in %(file)s.") % {"file": settings.HOME / people.FILE}
        )
