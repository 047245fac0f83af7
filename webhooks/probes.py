"""Health, readiness and metrics: is the process up, can it work, and how much waits."""

from collections.abc import Iterator

from flask import Blueprint, Flask, Response, jsonify, request
from flask_limiter import Limiter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from handlers.deps import Deps
from handlers.operations import health
from webhooks.http.limits import PAGE_LIMIT


class _DatabaseMetrics(Collector):
    """Metrics from the database, read when they are scraped."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    def describe(self) -> list[Metric]:
        """Nothing is read at registration."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The metrics, from a few reads of indexed tables."""
        queue = health.queue(self._deps)
        yield GaugeMetricFamily("visitline_outbox_jobs", "Jobs that are due and not done.", value=queue.length)
        oldest = queue.oldest.total_seconds()
        yield GaugeMetricFamily("visitline_outbox_oldest_seconds", "How long the oldest has waited.", value=oldest)
        sent = GaugeMetricFamily("visitline_messages_24h", "Messages of the last 24 hours.", labels=["status"])
        for status, count in health.messages_by_status(self._deps).items():
            sent.add_metric([status], count)
        yield sent


def probes(app: Flask, deps: Deps, limits: Limiter) -> Blueprint:
    """/healthz, /readyz and /metrics; counts all requests of the application."""
    routes = Blueprint("probes", __name__)
    registry = CollectorRegistry()
    registry.register(_DatabaseMetrics(deps))
    requests = Counter("visitline_requests", "Requests, by route and status.", ["route", "status"], registry=registry)

    @app.after_request
    def count(response: Response) -> Response:
        rule = request.url_rule.rule if request.url_rule else "unknown"
        requests.labels(rule, str(response.status_code)).inc()
        return response

    @routes.get("/healthz")
    def healthz() -> Response:
        return jsonify(ok=True)

    @routes.get("/readyz")
    def readyz() -> tuple[Response, int]:
        # Redis only makes things faster: a process without it still takes every text, so it stays in service.
        parts = health.parts(deps)
        words = {name: "ok" if up else "down" for name, up in parts.items()}
        return jsonify(words), 200 if parts["database"] else 503

    @routes.get("/metrics")
    @limits.limit(PAGE_LIMIT)
    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return routes
