"""What gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from speecheq.databases.postgresql.waiting import limit_waiting
from speecheq.web.chunked import with_length
from speecheq.web.gate import one_at_a_time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "speecheq.settings")

limit_waiting()
application = one_at_a_time(with_length(get_wsgi_application()))

# What was loaded stays: the collector need not look through it again, and the pages of memory that
# processes share stay shared. A request makes hardly any cycles; look for them less often.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
