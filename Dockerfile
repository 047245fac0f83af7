# The application as one image. compose.yaml runs it as release, web and worker; `visitline run` is everything in one process.
ARG PYTHON=3.11

FROM python:${PYTHON}-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/visitline
COPY requirements.lock ./
RUN /opt/visitline/bin/pip install --require-hashes -r requirements.lock
COPY LICENSE README.md pyproject.toml visitline.py ./
COPY bot ./bot
COPY handlers ./handlers
COPY scheduling ./scheduling
COPY webhooks ./webhooks
RUN /opt/visitline/bin/pip install --no-deps .

FROM python:${PYTHON}-slim-bookworm
RUN groupadd --system --gid 10001 visitline \
    && useradd --system --uid 10001 --gid 10001 --no-create-home visitline \
    && install -d -o 10001 -g 10001 /srv/visitline /var/lib/visitline
COPY --from=build /opt/visitline /opt/visitline
ENV PATH=/opt/visitline/bin:$PATH PYTHONUNBUFFERED=1 DATA_DIR=/var/lib/visitline PORT=8000
WORKDIR /srv/visitline
USER 10001:10001
VOLUME /var/lib/visitline
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=4)"]
ENTRYPOINT ["visitline"]
CMD ["run"]
