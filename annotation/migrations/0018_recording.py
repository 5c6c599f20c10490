"""Records of recording: scripts, consents, sessions, takes, uploads, long recordings."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import annotation.models.ids


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0017_place_of_references"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=annotation.models.ids.session_id,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                (
                    "title",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="title"),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("manual", "manual"),
                            ("auto_advance", "auto-advance"),
                            ("auto_record", "auto-record"),
                        ],
                        default="manual",
                        max_length=12,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "planned"),
                            ("open", "open"),
                            ("paused", "paused"),
                            ("closed", "closed"),
                        ],
                        default="planned",
                        max_length=10,
                    ),
                ),
                (
                    "seed",
                    models.PositiveIntegerField(
                        default=0, help_text="Of the order of its prompts."
                    ),
                ),
                (
                    "bits",
                    models.PositiveSmallIntegerField(default=24, help_text="16 or 24, of the WAV."),
                ),
                ("countdown_s", models.PositiveSmallIntegerField(default=0)),
                ("wants_room_tone", models.BooleanField(default=True)),
                (
                    "qc_rules",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Thresholds that differ from the usual ones.",
                    ),
                ),
                (
                    "device",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="What the recording device reported last.",
                    ),
                ),
                (
                    "planned_for",
                    models.DateTimeField(blank=True, null=True, verbose_name="planned for"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("revision", models.PositiveIntegerField(default=0)),
                (
                    "corpus",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sessions",
                        to="annotation.corpus",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="operated",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="ConsentText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        help_text="Such as consent-zh-1.",
                        max_length=60,
                        unique=True,
                        verbose_name="code",
                    ),
                ),
                ("language", models.CharField(max_length=35, verbose_name="language")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("body", models.TextField(max_length=20000, verbose_name="text")),
                (
                    "purposes",
                    models.JSONField(help_text="Purpose and what it means in the text's language."),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("is_builtin", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "consent text",
                "verbose_name_plural": "consent texts",
                "ordering": ["language", "-version", "code"],
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=annotation.models.ids.consent_id,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                (
                    "text_sha256",
                    models.CharField(help_text="Of the text as it was shown.", max_length=64),
                ),
                ("purposes", models.JSONField(help_text="Those agreed to.")),
                ("signed_name", models.CharField(max_length=200, verbose_name="name")),
                ("is_minor", models.BooleanField(default=False)),
                (
                    "guardian_name",
                    models.CharField(
                        blank=True, default="", max_length=200, verbose_name="guardian"
                    ),
                ),
                ("guardian_relation", models.CharField(blank=True, default="", max_length=100)),
                ("signed_at", models.DateTimeField()),
                (
                    "session_public_id",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Session it was signed in, if any.",
                        max_length=32,
                    ),
                ),
                ("evidence_sha256", models.CharField(max_length=64)),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who was signed in; none where the speaker came by a link.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "speaker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to="annotation.speaker",
                    ),
                ),
                (
                    "text",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to="annotation.consenttext",
                    ),
                ),
            ],
            options={
                "verbose_name": "consent",
                "verbose_name_plural": "consents",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="ConsentWithdrawal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("purposes", models.JSONField()),
                ("reason", models.TextField(blank=True, default="", max_length=2000)),
                ("withdrawn_at", models.DateTimeField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "speaker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawals",
                        to="annotation.speaker",
                    ),
                ),
            ],
            options={
                "verbose_name": "withdrawal of consent",
                "verbose_name_plural": "withdrawals of consent",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Script",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40, verbose_name="code")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                (
                    "title",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="title"),
                ),
                (
                    "language",
                    models.CharField(
                        help_text="BCP 47, such as zh.", max_length=35, verbose_name="language"
                    ),
                ),
                ("is_builtin", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "script",
                "verbose_name_plural": "scripts",
                "ordering": ["code", "-version"],
            },
        ),
        migrations.CreateModel(
            name="ScriptSection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[("training", "training"), ("main", "main")],
                        default="main",
                        max_length=10,
                    ),
                ),
                (
                    "order",
                    models.CharField(
                        choices=[("fixed", "fixed"), ("random", "random"), ("blocked", "blocked")],
                        default="fixed",
                        max_length=10,
                    ),
                ),
                (
                    "script",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sections",
                        to="annotation.script",
                    ),
                ),
            ],
            options={
                "verbose_name": "section",
                "verbose_name_plural": "sections",
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="Prompt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=annotation.models.ids.prompt_id,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                (
                    "position",
                    models.PositiveSmallIntegerField(help_text="In its section, as written."),
                ),
                (
                    "key",
                    models.CharField(
                        help_text="Unique in its script.", max_length=100, verbose_name="key"
                    ),
                ),
                ("text", models.TextField(max_length=2000, verbose_name="text")),
                (
                    "transcript",
                    models.TextField(
                        help_text="What is spoken; the text unless given.",
                        max_length=2000,
                        verbose_name="transcript",
                    ),
                ),
                ("language", models.CharField(blank=True, default="", max_length=35)),
                ("phonemes", models.JSONField(blank=True, null=True)),
                ("target_esc", models.CharField(blank=True, default="", max_length=8)),
                ("target_eis", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "hint",
                    models.CharField(
                        blank=True, default="", max_length=500, verbose_name="reading hint"
                    ),
                ),
                (
                    "scenario",
                    models.TextField(
                        blank=True, default="", max_length=2000, verbose_name="scenario"
                    ),
                ),
                (
                    "script",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prompts",
                        to="annotation.script",
                    ),
                ),
                (
                    "section",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prompts",
                        to="annotation.scriptsection",
                    ),
                ),
            ],
            options={
                "verbose_name": "prompt",
                "verbose_name_plural": "prompts",
                "ordering": ["section__position", "position"],
            },
        ),
        migrations.CreateModel(
            name="SessionLive",
            fields=[
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="live",
                        serialize=False,
                        to="annotation.session",
                    ),
                ),
                ("state", models.CharField(default="idle", max_length=20)),
                ("level_dbfs", models.FloatField(null=True)),
                ("peak_dbfs", models.FloatField(null=True)),
                (
                    "waiting",
                    models.PositiveIntegerField(default=0, help_text="Takes not yet uploaded."),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "live state of a session",
                "verbose_name_plural": "live states of sessions",
            },
        ),
        migrations.AddField(
            model_name="session",
            name="script",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sessions",
                to="annotation.script",
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="speaker",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sessions",
                to="annotation.speaker",
            ),
        ),
        migrations.CreateModel(
            name="LongRecording",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=annotation.models.ids.long_recording_id,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                ("file", models.FileField(max_length=200, upload_to="")),
                ("original_name", models.CharField(blank=True, default="", max_length=255)),
                ("sha256", models.CharField(max_length=64)),
                ("file_bytes", models.PositiveBigIntegerField()),
                (
                    "channel",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="Counted from 0: the one that is cut."
                    ),
                ),
                ("channels", models.PositiveSmallIntegerField(null=True)),
                ("sample_rate_hz", models.PositiveIntegerField(null=True)),
                ("frames", models.PositiveBigIntegerField(null=True)),
                ("bits", models.PositiveSmallIntegerField(null=True)),
                ("peaks", models.FileField(blank=True, max_length=200, upload_to="")),
                (
                    "search",
                    models.JSONField(
                        blank=True, default=dict, help_text="How silence was searched for."
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "waiting"), ("ready", "ready"), ("failed", "failed")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("problem", models.JSONField(blank=True, null=True)),
                ("revision", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="long_recordings",
                        to="annotation.session",
                    ),
                ),
            ],
            options={
                "verbose_name": "long recording",
                "verbose_name_plural": "long recordings",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="SessionEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("state", "state"),
                            ("note", "note"),
                            ("again", "once more"),
                            ("skip", "skipped"),
                            ("change", "changed"),
                            ("link", "link"),
                            ("consent", "consent"),
                            ("device", "device"),
                            ("accept", "accepted"),
                        ],
                        max_length=10,
                    ),
                ),
                ("text", models.TextField(blank=True, default="", max_length=2000)),
                ("data", models.JSONField(blank=True, default=dict)),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        help_text="None: the speaker, by a link.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "prompt",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="annotation.prompt",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="annotation.session",
                    ),
                ),
            ],
            options={
                "verbose_name": "event of a session",
                "verbose_name_plural": "events of a session",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="SessionLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=annotation.models.ids.link_id,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                (
                    "browser_hash",
                    models.CharField(blank=True, db_index=True, default="", max_length=64),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="annotation.session",
                    ),
                ),
            ],
            options={
                "verbose_name": "link to a session",
                "verbose_name_plural": "links to a session",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="SessionPrompt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("recorded", "recorded"),
                            ("again", "once more"),
                            ("skipped", "skipped"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("note", models.CharField(blank=True, default="", max_length=500)),
                (
                    "prompt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="places",
                        to="annotation.prompt",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="places",
                        to="annotation.session",
                    ),
                ),
            ],
            options={
                "verbose_name": "prompt of a session",
                "verbose_name_plural": "prompts of a session",
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="Take",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=annotation.models.ids.take_id,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("speech", "speech"), ("room_tone", "room tone")],
                        default="speech",
                        max_length=10,
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(help_text="Counted from 1 for each prompt."),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("recorder", "recorder page"),
                            ("file", "sent as a file"),
                            ("long", "cut from a long file"),
                            ("wsr", "WebSpeechRecorder"),
                        ],
                        default="recorder",
                        max_length=10,
                    ),
                ),
                ("file", models.FileField(max_length=200, upload_to="")),
                ("sha256", models.CharField(help_text="Of the file.", max_length=64)),
                ("pcm_sha256", models.CharField(help_text="Of the PCM samples.", max_length=64)),
                ("file_bytes", models.PositiveBigIntegerField()),
                ("duration_ms", models.PositiveIntegerField()),
                ("sample_rate_hz", models.PositiveIntegerField()),
                ("channels", models.PositiveSmallIntegerField()),
                ("bits", models.PositiveSmallIntegerField()),
                (
                    "qc",
                    models.JSONField(help_text="Figures and reasons, as the server measured them."),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[("green", "good"), ("yellow", "doubtful"), ("red", "bad")],
                        max_length=6,
                    ),
                ),
                ("accepted", models.BooleanField(default=False)),
                (
                    "reported",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="What the recording page said: device, figures.",
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(blank=True, help_text="By the page's clock.", null=True),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "clip",
                    models.ForeignKey(
                        blank=True,
                        help_text="What was made of it.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="takes",
                        to="annotation.clip",
                    ),
                ),
                (
                    "consent",
                    models.ForeignKey(
                        help_text="The signature in force when it came.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="takes",
                        to="annotation.consent",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="None: the speaker, by a link.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "prompt",
                    models.ForeignKey(
                        blank=True,
                        help_text="None: room tone.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="takes",
                        to="annotation.prompt",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="takes",
                        to="annotation.session",
                    ),
                ),
            ],
            options={
                "verbose_name": "take",
                "verbose_name_plural": "takes",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Region",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=annotation.models.ids.region_id,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                ("start_frame", models.PositiveBigIntegerField()),
                ("end_frame", models.PositiveBigIntegerField()),
                (
                    "prompt",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="annotation.prompt",
                    ),
                ),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="regions",
                        to="annotation.longrecording",
                    ),
                ),
                (
                    "take",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="regions",
                        to="annotation.take",
                    ),
                ),
            ],
            options={
                "verbose_name": "region",
                "verbose_name_plural": "regions",
                "ordering": ["start_frame", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=annotation.models.ids.upload_id,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                (
                    "session_public_id",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Of the speaker's session, by a link.",
                        max_length=32,
                    ),
                ),
                ("name", models.CharField(blank=True, default="", max_length=255)),
                ("length", models.PositiveBigIntegerField()),
                ("offset", models.PositiveBigIntegerField(default=0)),
                (
                    "sha256",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Announced; checked at the end.",
                        max_length=64,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "under way"), ("complete", "complete"), ("used", "used")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("metadata", models.JSONField(blank=True, default=dict)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="uploads",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "upload",
                "verbose_name_plural": "uploads",
            },
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_minor", False),
                    models.Q(("guardian_name", ""), _negated=True),
                    _connector="OR",
                ),
                name="consent_minor_has_guardian",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(("signed_name", ""), _negated=True), name="consent_has_signature"
            ),
        ),
        migrations.AddConstraint(
            model_name="script",
            constraint=models.UniqueConstraint(
                fields=("code", "version"), name="script_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="scriptsection",
            constraint=models.UniqueConstraint(
                fields=("script", "position"), name="section_place_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="prompt",
            constraint=models.UniqueConstraint(fields=("script", "key"), name="prompt_key_once"),
        ),
        migrations.AddConstraint(
            model_name="prompt",
            constraint=models.UniqueConstraint(
                fields=("section", "position"), name="prompt_place_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="prompt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("target_eis__isnull", True),
                    models.Q(("target_esc", "NEU"), ("target_eis", 0)),
                    models.Q(models.Q(("target_esc", "NEU"), _negated=True), ("target_eis__gt", 0)),
                    _connector="OR",
                ),
                name="prompt_neutral_is_zero",
            ),
        ),
        migrations.AddField(
            model_name="sessionlive",
            name="prompt",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="annotation.prompt",
            ),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.CheckConstraint(
                condition=models.Q(("bits__in", [16, 24])), name="session_bits"
            ),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["planned", "open", "paused", "closed"])),
                name="session_known_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="longrecording",
            constraint=models.UniqueConstraint(
                fields=("session", "sha256", "channel"), name="long_recording_once"
            ),
        ),
        migrations.AddIndex(
            model_name="sessionevent",
            index=models.Index(fields=["session", "kind"], name="session_event_kind"),
        ),
        migrations.AddConstraint(
            model_name="sessionprompt",
            constraint=models.UniqueConstraint(
                fields=("session", "prompt"), name="session_prompt_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionprompt",
            constraint=models.UniqueConstraint(
                fields=("session", "position"), name="session_place_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="take",
            constraint=models.UniqueConstraint(fields=("session", "sha256"), name="take_once"),
        ),
        migrations.AddConstraint(
            model_name="take",
            constraint=models.UniqueConstraint(
                fields=("session", "prompt", "version"), name="take_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="take",
            constraint=models.UniqueConstraint(
                condition=models.Q(("prompt", None)),
                fields=("session", "version"),
                name="take_room_tone_version_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="take",
            constraint=models.UniqueConstraint(
                condition=models.Q(("accepted", True)),
                fields=("session", "prompt"),
                name="take_chosen_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="take",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "speech"), ("prompt__isnull", False)),
                    models.Q(("kind", "room_tone"), ("prompt__isnull", True)),
                    _connector="OR",
                ),
                name="take_speech_has_prompt",
            ),
        ),
        migrations.AddConstraint(
            model_name="region",
            constraint=models.CheckConstraint(
                condition=models.Q(("end_frame__gt", models.F("start_frame"))),
                name="region_not_empty",
            ),
        ),
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(fields=["expires_at"], name="upload_expiry"),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=models.Q(("offset__lte", models.F("length"))), name="upload_not_over"
            ),
        ),
    ]
