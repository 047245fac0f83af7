"""Records webhooks, and answers with the status that the test sets."""

from dataclasses import dataclass, field

from flask import Flask, request

from tests.emulators.served import Served


@dataclass(frozen=True)
class Caught:
    """One received request. Header names are in lower case."""

    url: str
    headers: dict[str, str]
    body: bytes
    form: dict[str, str]


@dataclass
class Hook:
    """Serves every path at `url`; `answers` with this status."""

    answers: int = 200
    caught: list[Caught] = field(default_factory=list)

    def __post_init__(self) -> None:
        app = Flask("hook")
        app.add_url_rule("/<path:path>", view_func=self._take, methods=["GET", "POST"])
        self._served = Served(app)
        self.url = self._served.url

    def _take(self, path: str) -> tuple[str, int]:
        headers = {name.lower(): value for name, value in request.headers.items()}
        # The body is read before the form: after the form, werkzeug returns an empty body.
        body = request.get_data()
        self.caught.append(Caught(request.url, headers, body, request.form.to_dict()))
        return "", self.answers

    def close(self) -> None:
        """Stop serving."""
        self._served.close()
