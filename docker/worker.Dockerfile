# The gpu worker: trains, scores and embeds. TORCH_INDEX_URL chooses a build of torch.
#   docker build -f docker/worker.Dockerfile -t speecheq-worker --build-arg TORCH_INDEX_URL=... .
FROM python:3.12-slim AS build
ARG TORCH_INDEX_URL=
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /src
COPY pyproject.toml constraints.txt LICENSE README.md ./
# torch first, from its pin, so that nothing chooses another build; a layer that rarely changes.
RUN pip install -c constraints.txt ${TORCH_INDEX_URL:+--index-url "$TORCH_INDEX_URL"} torch==2.13.0
COPY platform platform
COPY annotation annotation
COPY training training
RUN pip install -c constraints.txt ".[worker,ssl,s3,export]"

FROM python:3.12-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=speecheq.settings SPEECHEQ_HOME=/data
RUN useradd --system --uid 10001 --home-dir /data --create-home speecheq
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY manage.py ./
USER speecheq
VOLUME /data
CMD ["celery", "--quiet", "-A", "speecheq.celery:app", "worker", "--queues", "gpu", \
    "--concurrency", "1", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
