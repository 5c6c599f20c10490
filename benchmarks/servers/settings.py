"""The product's settings, with two bare routes beside the real ones to measure against, and the
CPU of each request told in a header."""

from speecheq.settings import *  # noqa: F403
from speecheq.settings import MIDDLEWARE as PRODUCT_MIDDLEWARE
from speecheq.settings import SPEECHEQ_ACCESS_TABLES

ROOT_URLCONF = "benchmarks.servers.bare"
SPEECHEQ_ACCESS_TABLES = [*SPEECHEQ_ACCESS_TABLES, "benchmarks.servers.bare"]
MIDDLEWARE = ["benchmarks.servers.timing.ServerCpuMiddleware", *PRODUCT_MIDDLEWARE]
# Signing in is slow on purpose and not what is measured.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
