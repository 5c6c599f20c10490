"""Django's database backends, with what many short transactions at once need of each."""
