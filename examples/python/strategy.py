#!/usr/bin/env python3
"""An example of a strategy, not advice: nobody has shown that it makes money, and with real money it can lose it.

    python3 examples/python/strategy.py CS.D.CFDGOLD.BMU.IP --stop 20 --risk 0.5

It is long while the average of the last few closes is above that of more of them, and short while it is below: a moving-average
cross. Each position has a stop at the broker, and its size is such that the stop costs a share of the equity. What is open is
asked of the server before each decision, so a stop that was hit, a lost connection and a restart change nothing. On Ctrl-C it
closes its position and ends.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from decimal import Decimal
from typing import Any

from deal import closed, told
from ftrader import FTrader, arguments, run, sign_in

TAG = "example strategy"


def mid(candle: dict[str, Any]) -> Decimal | None:
    """The middle of its closing prices; None where one side was not quoted."""
    bid, offer = candle["close"]["bid"], candle["close"]["offer"]
    return None if bid is None or offer is None else (Decimal(bid) + Decimal(offer)) / 2


async def closes(api: FTrader, epic: str, resolution: str, enough: int) -> AsyncGenerator[Decimal, None]:
    """The closes of candles that are over, oldest first: the last `enough` at once, then each when it is over."""
    past = api.get(f"/api/market-data/candles/{epic}", resolution=resolution, limit=enough)["candles"]
    last = ""
    for candle in sorted(past, key=lambda each: each["startAt"]):
        if candle["complete"] and (level := mid(candle)) is not None:
            last = candle["startAt"]
            yield level
    async with aclosing(api.follow("candles", epic=epic, resolution=resolution)) as candles:
        async for candle in candles:
            if candle["complete"] and candle["startAt"] > last and (level := mid(candle)) is not None:
                last = candle["startAt"]
                yield level


def affordable(api: FTrader, order: dict[str, Any], least: Decimal, equity: Decimal, risk_pct: Decimal) -> Decimal:
    """The size whose stop costs at most `risk_pct` of the equity, in multiples of the least; 0 when even that costs more."""
    preview = api.call("POST", "/api/trading/preview", {"openPosition": {**order, "size": str(least)}})
    if preview["lossAtStop"] is None:
        raise SystemExit("what a stop would cost is not known for this market: it is not traded")
    return least * int(equity * risk_pct / 100 / Decimal(preview["lossAtStop"]))


class Trader:
    """The one position of this strategy: found at the server each time, by its tag."""

    def __init__(self, api: FTrader, epic: str, stop: str, risk_pct: Decimal) -> None:
        self.api, self.epic, self.stop, self.risk_pct = api, epic, stop, risk_pct
        self.account = api.account()
        rules = api.get(f"/api/market-data/markets/{epic}")["dealingRules"]
        self.least = Decimal(rules["minDealSize"]["value"])

    def open_one(self) -> dict[str, Any] | None:
        positions = self.api.get("/api/trading/positions", accountId=self.account["id"], limit=500)["positions"]
        return next((each for each in positions if each["epic"] == self.epic and each["tag"] == TAG), None)

    def be(self, direction: str | None) -> bool:
        """Turns to this side, or out of the market: whether a position was opened."""
        held = self.open_one()
        if held is not None and held["direction"] == direction:
            return False
        if held is not None:
            end = closed(self.api, held)
            print(told("closed", end), flush=True)
            if end["status"] != "accepted":
                return False  # it is looked at again at the next candle
        return direction is not None and self.opened(direction)

    def opened(self, direction: str) -> bool:
        order = {
            "accountId": self.account["id"],
            "epic": self.epic,
            "direction": direction,
            "stopDistancePoints": self.stop,
            "tag": TAG,
        }
        summary = self.api.get("/api/trading/summary", accountId=self.account["id"])
        size = affordable(self.api, order, self.least, Decimal(summary["equity"]), self.risk_pct)
        if size == 0:
            print(f"not opened: a stop of {self.stop} points on the smallest size costs more than {self.risk_pct} % of the equity", flush=True)
            return False
        deal = self.api.deal("POST", "/api/trading/positions", {**order, "size": str(size)})
        print(told("opened", deal), flush=True)
        return bool(deal["status"] == "accepted")


async def main() -> None:
    parser = arguments("An example of a strategy, not advice: a moving-average cross with a stop.")
    parser.add_argument("epic", metavar="EPIC")
    parser.add_argument("--resolution", default="MINUTE", help="of the candles, such as SECOND, MINUTE or HOUR")
    parser.add_argument("--fast", type=int, default=5, metavar="CANDLES")
    parser.add_argument("--slow", type=int, default=20, metavar="CANDLES")
    parser.add_argument("--stop", default="20", metavar="POINTS", help="distance of the stop")
    parser.add_argument("--risk", type=Decimal, default=Decimal("0.5"), metavar="PERCENT", help="of the equity, lost at a stop")
    parser.add_argument("--trades", type=int, help="end after so many positions")
    given = parser.parse_args()
    if not 0 < given.fast < given.slow:
        parser.error("--fast must be at least 1 and less than --slow")
    api = sign_in(given)
    trader = Trader(api, given.epic, given.stop, given.risk)
    print(f'an example, not advice; account: {trader.account["name"]} ({trader.account["environment"]})', flush=True)
    seen: list[Decimal] = []
    left = given.trades
    try:
        async with aclosing(closes(api, given.epic, given.resolution, given.slow)) as levels:
            async for level in levels:
                seen = [*seen, level][-given.slow :]
                if len(seen) < given.slow:
                    continue
                fast, slow = sum(seen[-given.fast :]) / given.fast, sum(seen) / given.slow
                if fast == slow:
                    continue
                # Asked for in the loop itself: Ctrl-C comes after its answer, never between a deal and what is known of it.
                if trader.be("BUY" if fast > slow else "SELL") and left is not None:
                    left -= 1
                    if left == 0:
                        return
    finally:
        trader.be(None)
        left_open = trader.open_one()
        print("stopped: nothing of it is open" if left_open is None else f'stopped, and still open: {left_open["dealId"]}', flush=True)


if __name__ == "__main__":
    run(main)
