"""What forms share that hand on to services."""

from __future__ import annotations

from django import forms

from speecheq.error_words import words_of
from speecheq.errors import DomainError


class DomainErrorForm(forms.Form):
    """A form that can show what a service refused."""

    def add_domain_error(self, error: DomainError) -> None:
        """Show what the service refused beside the fields it names."""
        for found in error.errors:
            name = found.field.split(".")[0]
            self.add_error(name if name in self.fields else None, words_of(found))
        if not error.errors:
            self.add_error(None, words_of(error))
