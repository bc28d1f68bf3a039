#!/usr/bin/env python3
"""Signs in, reads a price, deals with --deal, and follows what happens to the account: Python's standard library only.

    python3 examples/python/follow_events.py [URL] [--deal] [--until TYPE]

What happens comes as server-sent events and goes on where it was after a lost connection or a restart of the server.
"""
import argparse
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

# Spot gold, as each kind of account deals in it: the broker refuses the other one.
EPICS = {"CFD": "CS.D.CFDGOLD.BMU.IP", "SPREADBET": "CS.D.USCGC.TODAY.IP"}


class FTrader:
    """One login: its access token is renewed when it has expired."""

    def __init__(self, url, email, password):
        self.url = url
        self.tokens = self.call("POST", "/api/auth/login", {"email": email, "password": password})

    def open(self, method, path, body=None, headers=None, timeout=30):
        headers = {"Content-Type": "application/json", **(headers or {})} if body is not None else dict(headers or {})
        if hasattr(self, "tokens"):
            headers["Authorization"] = "Bearer " + self.tokens["accessToken"]
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        return urllib.request.urlopen(request, timeout=timeout)

    def call(self, method, path, body=None, headers=None):
        """The answer; RuntimeError with the server's own words about what is wrong."""
        try:
            with self.open(method, path, body, headers) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            error = json.load(refused)
            if error["code"] == "auth.token_expired" and hasattr(self, "tokens"):
                self.refresh()
                return self.call(method, path, body, headers)
            raise RuntimeError(f'{error["code"]}: {error["message"]} ({error["requestId"]})') from None

    def refresh(self):
        refresh_token = self.tokens.pop("refreshToken")
        self.tokens = self.call("POST", "/api/token/refresh", {"refreshToken": refresh_token})

    def deal(self, method, path, body):
        """A key of its own for each intent: sent again after a lost connection, it deals once."""
        return self.call(method, path, {**body, "waitMs": 10000}, {"Idempotency-Key": str(uuid.uuid4())})

    def events(self, last="0"):
        """Every event after `last`, once and in order, for ever."""
        asked = urllib.parse.quote(json.dumps({"json": {"lastEventId": last}}))
        while True:
            try:
                # The server says something every 10 s: longer silence is a dead connection.
                headers = {"Accept": "text/event-stream", "Last-Event-ID": last}
                with self.open("GET", "/trpc/trading.onEvents?input=" + asked, headers=headers, timeout=30) as stream:
                    for kind, event_id, data in messages(stream):
                        if kind == "connected":
                            print("following events after", last, flush=True)
                        if kind != "message":
                            continue  # ping, return, and serialized-error: asked again below
                        last = event_id or last
                        event = json.loads(data)["json"]
                        if event["type"] != "heartbeat":
                            yield event
            except urllib.error.HTTPError as refused:
                if refused.code == 401:
                    self.refresh()
            except OSError:
                print("the connection was lost: following on from event", last, flush=True)
            time.sleep(1)


def messages(stream):
    """Server-sent events as (event, id, data)."""
    kind, event_id, data = "message", None, []
    for line in stream:
        name, _, value = line.decode().rstrip("\r\n").partition(":")
        value = value[1:] if value.startswith(" ") else value
        if name == "event":
            kind = value
        elif name == "id":
            event_id = value
        elif name == "data":
            data.append(value)
        elif name == "":
            if data:
                yield kind, event_id, "\n".join(data)
            kind, event_id, data = "message", None, []


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8000")
    parser.add_argument("--email", default="demo@ftrader.local")
    parser.add_argument("--password", default="ftrader-demo")
    parser.add_argument("--deal", action="store_true", help="open a position and close it again")
    parser.add_argument("--until", help="stop at the first event of this type")
    given = parser.parse_args()
    try:
        api = FTrader(given.url, given.email, given.password)
    except urllib.error.URLError as away:
        if isinstance(away.reason, ConnectionRefusedError):
            raise SystemExit(f"nothing listens at {given.url}: start FTrader with npm start, and give its URL")
        raise
    api.refresh()
    print("signed in as", api.call("GET", "/api/users/me")["email"])
    account = next(each for each in api.call("GET", "/api/accounts")["accounts"] if each["isDefault"])
    epic = EPICS[account["type"]]
    for price in api.call("GET", "/api/market-data/prices?epics=" + epic)["prices"]:
        print(price["epic"], price["bid"], price["offer"], flush=True)
    if given.deal:
        opened = api.deal("POST", "/api/trading/positions", {"accountId": account["id"], "epic": epic, "direction": "BUY", "size": "1"})
        print("opened:", opened["status"], opened["level"] or (opened["reason"] or {}).get("message"))
        closed = api.deal("DELETE", f'/api/trading/positions/{opened["dealId"]}', {"accountId": account["id"], "size": opened["size"]})
        print("closed:", closed["status"], closed["profit"], closed["profitCurrency"], flush=True)
    for event in api.events():
        print("event", event["id"], event["type"], flush=True)
        if event["type"] == given.until:
            return


if __name__ == "__main__":
    main()
