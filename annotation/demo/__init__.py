"""What `manage.py demo` fills an empty platform with: people, speech, and simulated labels.

Nothing else imports this package. Whatever a program spoke or labelled is marked so.
"""
