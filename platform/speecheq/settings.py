"""Settings. Every choice comes from the environment through env.py; see docs/settings in README."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from speecheq import env, queues
from speecheq.supervisor import broker

BASE_DIR = Path(__file__).resolve().parent.parent.parent
PROJECT_DIR = Path(__file__).resolve().parent
HOME = env.path("SPEECHEQ_HOME", BASE_DIR / ".speecheq")


def _secret_key() -> str:
    """SPEECHEQ_SECRET_KEY, else one made once and kept in SPEECHEQ_HOME, readable by its owner."""
    if os.environ.get("SPEECHEQ_SECRET_KEY") or os.environ.get("SPEECHEQ_SECRET_KEY_FILE"):
        return env.secret("SPEECHEQ_SECRET_KEY", min_length=32)
    file = HOME / "secret_key"
    if not file.exists():
        try:
            HOME.mkdir(mode=0o700, parents=True, exist_ok=True)  # labels are nobody else's
        except OSError as error:
            raise env.BadSetting(
                f"SPEECHEQ_HOME={HOME} cannot be made: {error.strerror}. "
                "Set it to a folder you may write to."
            ) from error
        fresh = file.with_name(f"secret_key.{os.getpid()}.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48), encoding="ascii")
        try:
            os.link(fresh, file)  # two processes starting at once agree on the first one's key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return file.read_text(encoding="ascii").strip()


SECRET_KEY = _secret_key()
DEBUG = env.boolean("SPEECHEQ_DEBUG", default=False)
ALLOWED_HOSTS = env.words("SPEECHEQ_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.words("SPEECHEQ_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "django_htmx",
    "csp",
    "drf_spectacular",
    "speecheq",
    "annotation",
    "training",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "speecheq.web.policy.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "speecheq.middleware.SlashMiddleware",
    "speecheq.middleware.RequestGuardMiddleware",  # before the first one that reads the body
    "django.middleware.csrf.CsrfViewMiddleware",
    "speecheq.sessions.AccountMiddleware",
    "annotation.web.recording.visitors.VisitorMiddleware",
    "speecheq.middleware.PageMessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "speecheq.middleware.AccessMiddleware",
    "speecheq.middleware.ProblemMiddleware",
]

ROOT_URLCONF = "speecheq.urls"
WSGI_APPLICATION = "speecheq.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "speecheq.web.context.shell",
            ],
        },
    },
]

# --- database ---------------------------------------------------------------------------------
SQLITE_OPTIONS: dict[str, Any] = {
    # A deferred transaction that turns into a write fails at once under load, whatever the timeout.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
        "PRAGMA cache_size=-20000; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456;"
    ),
}
DATABASE_URL = env.text("DATABASE_URL", default=f"sqlite:///{HOME / 'db.sqlite3'}")
_database: dict[str, Any] = dict(dj_database_url.parse(DATABASE_URL, conn_max_age=300))
IS_SQLITE = _database["ENGINE"].endswith("sqlite3")
# Django's own two, with prepared statements and with turns to write.
_database["ENGINE"] = _database["ENGINE"].replace("django.db.backends", "speecheq.databases")
if IS_SQLITE:
    _database["OPTIONS"] = SQLITE_OPTIONS
    # A file, since threads and child processes of the tests share it.
    _test_file = f"speecheq-test-{os.getuid()}-{os.getpid()}.sqlite3"
    _database["TEST"] = {"NAME": str(Path(tempfile.gettempdir()) / _test_file)}
else:
    _database["CONN_HEALTH_CHECKS"] = True
    # Off for a pooler that hands each transaction another server connection and forgets statements.
    _prepare = env.boolean("SPEECHEQ_DB_PREPARE", default=True)
    # A machine that vanished says no goodbye.
    _alive = {"keepalives_idle": 60, "keepalives_interval": 10, "keepalives_count": 3}
    _database["OPTIONS"] = {**_alive, **_database.get("OPTIONS", {}), "prepare": _prepare}
DATABASES = {"default": _database}

# --- broker -----------------------------------------------------------------------------------
# Without one, the Redis that `manage.py serve` runs, so that other commands wake its workers too.
REDIS_URL = env.text("REDIS_URL", default=broker.own_url(HOME))
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_DEFAULT_QUEUE = queues.DEFAULT
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False  # the Job row decides what is done; see speecheq/jobs.py
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
    # A request does not wait for a broker that is down: the outbox row is sent later.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
}
CELERY_BEAT_SCHEDULE = queues.BEAT_SCHEDULE
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "UTC"

# --- files ------------------------------------------------------------------------------------
MEDIA_ROOT = env.path("SPEECHEQ_MEDIA", HOME / "media")
IMPORT_ROOT = env.path("SPEECHEQ_IMPORT_ROOT", HOME / "import")
STATIC_URL = "static/"
STATIC_ROOT = env.path("SPEECHEQ_STATIC", HOME / "static")
S3_BUCKET = env.text("SPEECHEQ_S3_BUCKET", default="")
_default_storage: dict[str, Any] = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
if S3_BUCKET:
    _default_storage = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": env.text("SPEECHEQ_S3_ENDPOINT", default=None),
        },
    }
STORAGES = {
    "default": _default_storage,
    "staticfiles": {"BACKEND": "speecheq.storage.ModuleStorage"},
}
# Tests and `runserver` serve static files from the apps; `serve` collects them first.
WHITENOISE_USE_FINDERS = not STATIC_ROOT.exists()
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MANIFEST_STRICT = False
if WHITENOISE_USE_FINDERS:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024  # a manifest of 10,000 rows as JSON
DATA_UPLOAD_MAX_NUMBER_FIELDS = 26_000  # the table of a long recording: 5,000 rows of five fields

# --- people -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "speecheq.User"
AUTHENTICATION_BACKENDS = ["speecheq.authentication.AccountBackend"]
SESSION_ENGINE = "speecheq.sessions"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
PASSWORD_RESET_TIMEOUT = 7 * 24 * 3600  # an invitation
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = env.boolean("SPEECHEQ_HTTPS", default=False)
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if SESSION_COOKIE_SECURE:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 30 * 24 * 3600

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
    },
}

# --- language ---------------------------------------------------------------------------------
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Chinese (simplified)"))]
LOCALE_PATHS = [PROJECT_DIR / "locale"]

# --- API --------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "speecheq.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["speecheq.authorisation.TableAccess"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["speecheq.parsers.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "speecheq.negotiation.KnownAccept",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "speecheq.errors.exception_handler",
    "DEFAULT_PAGINATION_CLASS": "speecheq.pagination.CursorPages",
    "DEFAULT_FILTER_BACKENDS": ["speecheq.filters.StrictFilterBackend"],
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "COERCE_DECIMAL_TO_STRING": False,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "SpeechEQ",
    "DESCRIPTION": "Record, label, agree, release, train, and choose what to label next.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1/",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "speecheq.openapi.describe_errors",
    ],
    "ENUM_NAME_OVERRIDES": {
        "JobStateEnum": "speecheq.models.job.JobState",
        "CampaignStateEnum": "annotation.models.campaign.CampaignState",
        "AssignmentStateEnum": "annotation.models.assignment.AssignmentState",
        "ReleaseStateEnum": "annotation.models.release.ReleaseState",
        "TakeKindEnum": "annotation.models.take.TakeKind",
        "UploadStateEnum": "annotation.models.upload.UploadState",
        "SessionStateEnum": "annotation.models.session.SessionState",
        "PromptStateEnum": "annotation.models.session.PromptState",
        "SessionModeEnum": "annotation.models.session.SessionMode",
        "SchemeModeEnum": "annotation.models.scheme.SchemeMode",
        "CampaignOrderEnum": "annotation.models.campaign.Order",
        "SectionKindEnum": "annotation.models.script.SectionKind",
        "SectionOrderEnum": "annotation.models.script.SectionOrder",
        "NewCampaignStateEnum": "annotation.api.campaigns.FIRST_STATES",
    },
}

# Each lists the routes of one package and who may call them; see speecheq/authorisation.py.
SPEECHEQ_ACCESS_TABLES = ["speecheq.access", "annotation.access", "training.access"]
# Each says what the error codes of one package mean; see speecheq/error_codes.py.
SPEECHEQ_ERROR_TABLES = [
    "speecheq.error_codes",
    "annotation.error_codes",
    "training.error_codes",
]
# A job is redone once its worker has been silent this long; heartbeats come four times as often.
SPEECHEQ_JOB_LEASE_S = env.number("SPEECHEQ_JOB_LEASE_S", default=60.0, minimum=1.0)
# Limited children that decode files at a time, in one import.
SPEECHEQ_DECODERS = env.integer("SPEECHEQ_DECODERS", default=min(4, os.cpu_count() or 1), minimum=1)
SPEECHEQ_ARCHIVE_MAX_BYTES = env.integer("SPEECHEQ_ARCHIVE_MAX_BYTES", default=8 << 30, minimum=1)
# Pieces of large files on their way in; all web processes need the same folder.
SPEECHEQ_UPLOADS = env.path("SPEECHEQ_UPLOADS", HOME / "uploads")
SPEECHEQ_LINK_MAX_BYTES = env.integer("SPEECHEQ_LINK_MAX_BYTES", default=4 << 30, minimum=1)
SPEECHEQ_UPLOAD_MAX_BYTES = env.integer("SPEECHEQ_UPLOAD_MAX_BYTES", default=4 << 30, minimum=1)
SPEECHEQ_LEASE_S = env.integer("SPEECHEQ_LEASE_S", default=600, minimum=5)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.text("SPEECHEQ_LOG_LEVEL", default="INFO")},
    "loggers": {"django.server": {"handlers": ["console"], "level": "INFO", "propagate": False}},
}
