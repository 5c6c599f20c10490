"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from speecheq.web.gate import one_at_a_time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "speecheq.settings")

application = one_at_a_time(get_wsgi_application())
