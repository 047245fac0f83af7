"""Twilio emulated by npm `emulate`: Messages over REST, signed webhooks for inbound messages, status callbacks."""

import json
import tempfile
from pathlib import Path
from typing import Any

from tests.emulators.processes import Child, free_port, node_program
from tests.emulators.served import caller


class EmulateTwilio:
    """One emulated account. The official client uses `url` instead of Twilio's host."""

    account_sid = "AC" + "0" * 31 + "7"
    auth_token = "emulated-auth-token"

    def __init__(self, ours: str = "+12065550123") -> None:
        node, script = node_program("emulate")  # skips before there is anything to clean up
        self.ours = ours
        self._client = caller()
        self._folder = tempfile.TemporaryDirectory(prefix="visitline-emulate-")
        seed = Path(self._folder.name) / "seed.json"
        account = {"sid": self.account_sid, "auth_token": self.auth_token, "friendly_name": "Line"}
        seed.write_text(json.dumps({"twilio": {"account": account, "phone_numbers": [{"phone_number": ours}]}}))
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        bind = str(Path(__file__).with_name("loopback.cjs"))
        command = [node, "--require", bind, script, "start", "--service", "twilio", "--port", str(port)]
        self._child = Child([*command, "--seed", str(seed), "--base-url", self.url], port=port)

    def answer_at(self, webhook: str) -> None:
        """Post inbound messages to this URL from now on; the signature is of this URL."""
        numbers = self._api("GET", "IncomingPhoneNumbers.json")["incoming_phone_numbers"]
        self._api("POST", f"IncomingPhoneNumbers/{numbers[0]['sid']}.json", {"SmsUrl": webhook})

    def text(self, sender: str, body: str) -> dict[str, Any]:
        """A person texts us. Returns the message as Twilio shows it, after our webhook has answered."""
        return self._call("POST", "/_twilio/simulate/inbound-message", {"To": self.ours, "From": sender, "Body": body})

    def tell_status(self, message_sid: str, status: str) -> dict[str, Any]:
        """Post a delivery status of a message of ours to its status callback."""
        return self._call("POST", "/_twilio/simulate/message-status", {"MessageSid": message_sid, "Status": status})

    def messages(self) -> list[dict[str, Any]]:
        """All messages of the account in both directions, newest first."""
        found: list[dict[str, Any]] = self._api("GET", "Messages.json")["messages"]
        return found

    def heard_by(self, number: str) -> list[str]:
        """The texts that a person got from us, oldest first."""
        return [each["body"] for each in reversed(self.messages()) if each["to"] == number]

    def _api(self, method: str, path: str, form: dict[str, str] | None = None) -> dict[str, Any]:
        return self._call(method, f"/2010-04-01/Accounts/{self.account_sid}/{path}", form)

    def _call(self, method: str, path: str, form: dict[str, str] | None = None) -> dict[str, Any]:
        answer = self._client.request(method, self.url + path, data=form, auth=(self.account_sid, self.auth_token))
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        return told

    def close(self) -> None:
        """Stop the program and remove its seed."""
        self._client.close()
        self._child.stop()
        self._folder.cleanup()
