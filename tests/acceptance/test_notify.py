"""After the night the people who must know are told, once, by real servers on this machine."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.workspace import BANK, Workspace, make

ON, NEXT = "2026-01-05", "2026-01-06"


class Web(ThreadingHTTPServer):
    """Keeps what was posted and asked for; answers 500 while `down`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Ears)
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self.pings: list[str] = []
        self.down = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Ears(BaseHTTPRequestHandler):
    server: Web

    def do_GET(self) -> None:
        self.server.pings.append(self.path)
        self._answer()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.server.down:
            self.server.posted.append((self.headers["Idempotency-Key"], body))
        self._answer()

    def _answer(self) -> None:
        self.send_response(500 if self.server.down else 200)
        self.end_headers()

    def log_message(self, *_words: Any) -> None:
        pass


class Post(socketserver.ThreadingTCPServer):
    """As much of SMTP as a client that says what it has to say needs."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Letterbox)
        self.letters: list[EmailMessage] = []


class _Letterbox(socketserver.StreamRequestHandler):
    server: Post

    def handle(self) -> None:
        self._say("220 ready")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"DATA":
                self._say("354 go on")
                lines = []
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
                letter = message_from_bytes(b"".join(lines), policy=policy.default)
                self.server.letters.append(letter)
            self._say("221 bye" if word == b"QUIT" else "250 ok")
            if word == b"QUIT":
                return

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def web() -> Iterator[Web]:
    yield from _served(Web())


@pytest.fixture
def post() -> Iterator[Post]:
    yield from _served(Post())


def _served(server: Any) -> Iterator[Any]:
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def town(tmp_path: Path, web: Web, post: Post) -> Workspace:
    made = make(tmp_path / "home", "sqlite:///surplus.db", ON)
    made.change_settings(
        ("mail_to = []", 'mail_to = ["nacht@voorbeeldstad.example"]'),
        ('mail_from = ""', 'mail_from = "surplus@voorbeeldstad.example"'),
        ('smtp = "localhost:25"', f'smtp = "127.0.0.1:{post.server_address[1]}"'),
        ('webhook = ""', f'webhook = "{web.url}/hook"'),
        ('ping = ""', f'ping = "{web.url}/ping"'),
    )
    return made


def test_a_night_that_went_well_is_told_too_once_with_the_seal_and_no_account(
    town: Workspace, web: Web, post: Post
):
    town.done("nightly")
    town.done("nightly")  # given again the same day: a night of its own, told once
    assert [str(letter["Subject"]) for letter in post.letters] == [
        "Surplus Voorbeeldstad 2026-01-05: klaar"
    ] * 2
    assert len({letter["Message-ID"] for letter in post.letters}) == 2
    assert [key for key, _ in web.posted] == [f"surplus-0999-{ON}-{n}" for n in (2, 4)]
    assert web.pings == ["/ping/start", "/ping"] * 2
    said = post.letters[0].get_content()
    head = town.done("check")["head"]
    assert f"seal: {head}" in said
    assert web.posted[0][1]["seal_head"] == head
    assert BANK not in said + json.dumps(web.posted)
    assert town.query("SELECT COUNT(*) FROM outbox WHERE sent_on = ''") == [(0,)]


def test_what_could_not_be_sent_is_sent_by_the_next_run_and_nothing_twice(
    town: Workspace, web: Web, post: Post
):
    web.down = True
    town.done("nightly")
    assert (len(post.letters), len(web.posted)) == (1, 0)
    assert town.query("SELECT kind FROM outbox WHERE sent_on = ''") == [("webhook",)]
    web.down = False
    town.done("nightly", on=NEXT)
    assert [body["business_date"] for _, body in web.posted] == [ON, NEXT]
    assert len(post.letters) == 2


def test_a_night_that_fails_is_told_and_pinged(town: Workspace, web: Web, post: Post):
    (town.home / "outbox" / "exports").write_text("a file where a folder belongs")
    assert town("nightly").code == 2  # a wrong place, as the message says
    assert web.pings == ["/ping/start", "/ping/fail"]
    assert str(post.letters[0]["Subject"]).endswith("MISLUKT")
    [(_, body)] = web.posted
    assert body["state"] == "failed"
    assert body["why"]
    # The next night tells that somebody must look, or that all is well again.
    (town.home / "outbox" / "exports").unlink()
    town.done("nightly", on=NEXT)
    assert len(post.letters) == 2


def test_without_settings_nothing_is_written_or_sent(tmp_path: Path, web: Web):
    made = make(tmp_path / "home", "sqlite:///surplus.db", ON)
    made.done("nightly")
    assert made.query("SELECT COUNT(*) FROM outbox") == [(0,)]
    assert web.pings == []
