"""The blueprint of the console."""

from flask import Blueprint
from flask_limiter import Limiter

from handlers.deps import Deps
from webhooks.console.entrance import guard, login
from webhooks.console.log import log


def console(deps: Deps, limits: Limiter, *, demo: bool = False) -> Blueprint:
    """Everything under /console. In a demonstration the login page says where to find its password."""
    routes = Blueprint("console", __name__, url_prefix="/console")
    guard(deps, routes)
    login(deps, routes, limits, demo=demo)
    log(deps, routes)
    return routes
