"""FTrader from Python: sign in, call REST, deal once, and follow channels over WebSockets that go on where they were.

Needs Python 3.11 or later and the package websockets (10.4 or later; Debian: python3-websockets), beside the standard library.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, NoReturn

try:
    import websockets
    from websockets.exceptions import ConnectionClosed, InvalidHandshake
except ImportError:
    raise SystemExit("needs the package websockets: apt install python3-websockets, or pip install websockets") from None

# The path below /ws/ of each channel. docs/websockets.md says what each takes and tells.
CHANNELS = {
    "prices": "market-data",
    "candles": "market-data",
    "trading": "trading",
    "account": "trading",
    "portfolio": "trading",
    "notifications": "notifications",
}
LOST = 1006
LOGIN_ENDED = 4401
# After these, connecting again would end as before.
FINAL = (1009, 4400, 4403, 4413)
# The server says something every 10 s: longer silence is a dead connection.
SILENT_SECONDS = 20
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 10.0


class Refused(Exception):
    """FTrader's error object: `code` is stable, the text says what to do, `fields` which part of the input is wrong."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.code: str = error["code"]
        self.fields: dict[str, str] = error.get("fields") or {}
        self.retryable: bool = error.get("retryable", False)


class Unreachable(Exception):
    """Nobody answers there, or somebody who is not FTrader."""


class FTrader:
    """One login, for as many coroutines and threads as you like. Its access token is replaced when it has expired."""

    def __init__(
        self, url: str, email: str, password: str, on_close: Callable[[str, int], None] = lambda channel, code: None
    ) -> None:
        """Signs in: Refused with a wrong password, Unreachable with a wrong address. `on_close` hears how a connection ended."""
        self.url = url.rstrip("/")
        self.on_close = on_close
        self._login = {"email": email, "password": password}
        self._renewing = threading.Lock()
        self._tokens: dict[str, str] = self._send("POST", "/api/auth/login", self._login)

    def get(self, path: str, **query: str | int) -> Any:
        return self.call("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """The answer to a REST call. Refused with the server's own words about what is wrong."""
        token = self._tokens["accessToken"]
        try:
            return self._send(method, path, body, headers, token)
        except Refused as refused:
            if refused.code not in ("auth.token_expired", "auth.token_invalid"):
                raise
        return self._send(method, path, body, headers, self._renewed(token))

    def deal(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """Deals once: the key of this intent goes along, so that it is safe to ask again after a lost connection."""
        asked = (method, path, {"waitMs": 10_000, **body}, {"Idempotency-Key": str(uuid.uuid4())})
        try:
            return self.call(*asked)
        except Unreachable:
            return self.call(*asked)

    def account(self) -> Any:
        """The account that is dealt on unless another one is named."""
        return next(each for each in self.get("/api/accounts")["accounts"] if each["isDefault"])

    async def follow(self, channel: str, **given: Any) -> AsyncGenerator[Any, None]:
        """What a channel tells, for ever, over lost connections and restarts of the server: each event once and in order.

        `given` is the channel's input; `lastEventId="41"` goes on after event 41. Raises Refused when the server will not have it.
        """
        url = f"{self.url.replace('http', 'ws', 1)}/ws/{CHANNELS[channel]}/"
        token, pause, refusal, renewed = self._tokens["accessToken"], FIRST_PAUSE, None, False
        while True:
            code = LOST
            try:
                async with websockets.connect(url, max_size=None) as socket:
                    await socket.send(json.dumps({"type": "authenticate", "token": token}))
                    await socket.send(json.dumps({"type": "subscribe", "id": 1, "channel": channel, "input": given}))
                    while True:
                        message = json.loads(await asyncio.wait_for(socket.recv(), SILENT_SECONDS))
                        if message["type"] == "data":
                            pause, refusal, renewed = FIRST_PAUSE, None, False
                            if "eventId" in message:
                                given["lastEventId"] = message["eventId"]
                                if message["data"]["type"] == "heartbeat":
                                    continue
                            yield message["data"]
                        elif message["type"] == "error":
                            refusal = Refused(message["error"])
                            if message["id"] is not None and not refusal.retryable:
                                raise refusal
                            if message["id"] is not None:
                                break
                        elif message["type"] == "unsubscribed":
                            break
            except ConnectionClosed as closed:
                code = closed.rcvd.code if closed.rcvd else LOST
            except InvalidHandshake as failed:
                status = status_of(failed)
                if 400 <= status < 500 and status != 429:
                    raise Unreachable(f"{url} answers {status}: is that FTrader, by the name it is known by?") from None
            except (OSError, asyncio.TimeoutError):
                pass
            self.on_close(channel, code)
            if code in FINAL or (code == LOGIN_ENDED and renewed):
                raise refusal or Refused({"code": str(code), "message": f"the server closed the connection with {code}"})
            if code == LOGIN_ENDED:
                try:
                    token, renewed = await asyncio.to_thread(self._renewed, token), True
                except Unreachable:
                    pass
            await asyncio.sleep(pause * random.uniform(0.75, 1.25))
            pause = min(2 * pause, LONGEST_PAUSE)

    def _renewed(self, refused: str) -> str:
        """An access token other than the one refused: one request for all who ask."""
        with self._renewing:
            if self._tokens["accessToken"] == refused:
                try:
                    body = {"refreshToken": self._tokens["refreshToken"]}
                    self._tokens = self._send("POST", "/api/token/refresh", body)
                except Refused:
                    self._tokens = self._send("POST", "/api/auth/login", self._login)
            return self._tokens["accessToken"]

    def _send(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, token: str = ""
    ) -> Any:
        said = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            said["Authorization"] = "Bearer " + token
        data = None if body is None else json.dumps(body).encode()
        try:
            request = urllib.request.Request(self.url + path, data, {**said, **(headers or {})}, method=method)
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as failed:
            try:
                refused = Refused(json.load(failed))
            except (ValueError, KeyError, TypeError):
                raise Unreachable(f"{self.url} answers {failed.code}, and not as FTrader does: is it the right address?") from None
            raise refused from None
        except ValueError:
            raise Unreachable(f"{self.url} is not the address of an FTrader, such as http://127.0.0.1:8000") from None
        except OSError as away:
            reason = getattr(away, "reason", away)
            raise Unreachable(f"nobody answers at {self.url} ({reason}): start FTrader with npm start, and give its URL") from None


def status_of(refused: InvalidHandshake) -> int:
    """The HTTP status that came in place of a WebSocket, in the older and the newer words of the package; 0 without one."""
    answer = getattr(refused, "response", refused)
    return int(getattr(answer, "status_code", 0))


def arguments(description: str) -> argparse.ArgumentParser:
    """A parser with what every program takes. The password may stand in the environment instead, where nobody lists it."""
    parser = argparse.ArgumentParser(
        description=description,
        epilog="Ends with 0 when done or stopped with Ctrl-C, 1 when refused, 2 for wrong arguments, 3 when FTrader is not there.",
    )
    setting = os.environ.get
    parser.add_argument("--url", default=setting("FTRADER_URL", "http://127.0.0.1:8000"))
    parser.add_argument("--email", default=setting("FTRADER_EMAIL", "demo@ftrader.local"))
    parser.add_argument("--password", default=setting("FTRADER_PASSWORD", "ftrader-demo"), help="or FTRADER_PASSWORD")
    return parser


def sign_in(given: argparse.Namespace) -> FTrader:
    """Signed in with what `arguments` has read; tells on standard error when a connection is lost."""

    def lost(channel: str, code: int) -> None:
        print(f"{channel}: the connection ended ({code}), connecting again", file=sys.stderr, flush=True)

    return FTrader(given.url, given.email, given.password, on_close=lost)


def run(program: Callable[[], Awaitable[None]]) -> NoReturn:
    """Runs a program to its end, and says in one line why it could not go on."""

    async def whole() -> None:
        await program()

    try:
        asyncio.run(whole())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(0)
    except Refused as refused:
        print(f"refused: {refused} ({refused.code})", file=sys.stderr)
        sys.exit(1)
    except Unreachable as away:
        print(away, file=sys.stderr)
        sys.exit(3)
