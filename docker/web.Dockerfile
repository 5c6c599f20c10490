# Web server, default worker and beat: everything but torch.
#   docker build -f docker/web.Dockerfile -t speecheq-web .
FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /src
COPY pyproject.toml constraints.txt LICENSE README.md ./
COPY platform platform
COPY annotation annotation
COPY training training
RUN pip install -c constraints.txt ".[s3,export]"

FROM python:3.12-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=speecheq.settings \
    SPEECHEQ_HOME=/data SPEECHEQ_STATIC=/app/static OMP_NUM_THREADS=1
RUN useradd --system --uid 10001 --home-dir /data --create-home speecheq
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY manage.py ./
# Static files are part of the image; the key is needed to load settings and is kept nowhere.
RUN mkdir static && SPEECHEQ_HOME=/tmp/build SPEECHEQ_SECRET_KEY=only-while-this-image-is-being-built \
    python manage.py collectstatic --noinput --verbosity 0 && rm -rf /tmp/build
USER speecheq
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["python", "-c", \
    "import urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8000/health/live', headers={'Host': 'localhost'}), timeout=4)"]
CMD ["gunicorn", "speecheq.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "speecheq.web.worker.EvenWorker", \
    "--workers", "5", "--threads", "8", "--preload", "--no-control-socket", "--worker-tmp-dir", "/dev/shm", \
    "--timeout", "60", "--keep-alive", "15"]
