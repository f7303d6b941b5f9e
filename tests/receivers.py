"""Real receivers on loopback: a mail server and a web server that keep what they get, and answer as they are told."""

import json
import socket
import threading
import time
from dataclasses import dataclass
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


@dataclass(frozen=True)
class Got:
    """One request, or one mail."""

    path: str
    headers: dict[str, str]
    body: Any
    to: str = ""


class Web:
    """A web server; ``answers`` are taken in turn, the last one for all that follow: status, body, headers, delay."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.got: list[Got] = []
        self.answers = list(answers) or [{}]
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length)
                outer.got.append(Got(self.path, dict(self.headers), json.loads(body or b"{}")))
                self._answer()

            def do_GET(self) -> None:
                outer.got.append(Got(self.path, dict(self.headers), None))
                self._answer()

            def _answer(self) -> None:
                answer = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                time.sleep(answer.get("delay", 0))
                text = json.dumps(answer.get("body", {})).encode()
                self.send_response(answer.get("status", 200))
                for name, value in answer.get("headers", {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                for byte in text if answer.get("drip") else (text,):
                    self.wfile.write(bytes([byte]) if answer.get("drip") else byte)
                    self.wfile.flush()
                    time.sleep(answer.get("drip", 0))

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """Who hangs up before the answer is what some tests are about."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


class Mailbox:
    """A mail server; it refuses the addresses in ``refused`` with the reply given for them."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.refused: dict[str, str] = {}
        self._controller = Controller(self, hostname="127.0.0.1", port=_free(), ready_timeout=10)
        self._controller.start()
        self.port = self._controller.port

    async def handle_RCPT(self, _server, _session, envelope, address, _options) -> str:
        """Take a recipient, or refuse it."""
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope) -> str:
        """Keep a mail."""
        mail = message_from_bytes(envelope.content)
        text = mail.get_payload(decode=True)
        if mail.is_multipart():
            text = mail.get_payload(0).get_payload(decode=True)
        self.got.append(Got("", dict(mail.items()), text.decode(), ",".join(envelope.rcpt_tos)))
        return "250 OK"

    def close(self) -> None:
        """Stop serving."""
        self._controller.stop()


class Silence:
    """Takes connections and never says a word."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
