#!/usr/bin/env python3
"""Opens a position, tells what it would cost before, and closes it again unless it is to be kept.

    python3 examples/python/deal.py CS.D.CFDGOLD.BMU.IP BUY 1 --stop 20
"""

from typing import Any

from ftrader import FTrader, arguments, run, sign_in


def told(what: str, deal: dict[str, Any]) -> str:
    """A deal in one line: what became of it, and why where it was not done."""
    if deal["status"] == "accepted":
        profit = "" if deal["profit"] is None else f', profit {deal["profit"]} {deal["profitCurrency"]}'
        return f'{what}: {deal["direction"]} {deal["size"]} {deal["epic"]} at {deal["level"]}{profit}'
    reason = deal["reason"] or {"message": f'see GET /api/trading/deals/{deal["id"]}'}
    return f'{what}: {deal["status"]}, {reason.get("message") or reason["code"]}'


def opened(api: FTrader, order: dict[str, Any]) -> dict[str, Any]:
    """The accepted deal; SystemExit with the reason when it was not accepted."""
    deal: dict[str, Any] = api.deal("POST", "/api/trading/positions", order)
    if deal["status"] != "accepted":
        raise SystemExit(told("not opened", deal))
    return deal


def closed(api: FTrader, deal: dict[str, Any]) -> dict[str, Any]:
    """What came of closing what a deal opened, or a position: all of it."""
    body = {"accountId": deal["accountId"], "size": deal["size"]}
    end: dict[str, Any] = api.deal("DELETE", f'/api/trading/positions/{deal["dealId"]}', body)
    return end


async def main() -> None:
    parser = arguments("Opens a position and closes it again.")
    parser.add_argument("epic", metavar="EPIC")
    parser.add_argument("direction", choices=["BUY", "SELL"])
    parser.add_argument("size")
    parser.add_argument("--stop", metavar="POINTS", help="distance of its stop")
    parser.add_argument("--keep", action="store_true", help="leave it open")
    given = parser.parse_args()
    api = sign_in(given)
    account = api.account()
    order = {"accountId": account["id"], "epic": given.epic, "direction": given.direction, "size": given.size}
    if given.stop:
        order["stopDistancePoints"] = given.stop
    preview = api.call("POST", "/api/trading/preview", {"openPosition": order})
    print(f'account: {account["name"]} ({account["environment"]})')
    loss = preview["lossAtStop"]
    lost = "it has no stop: the loss has no bound" if loss is None else f'lost at its stop: {loss} {preview["currency"]}'
    print(f'margin: {preview["margin"]["required"]} {preview["currency"]}; {lost}', flush=True)
    deal = opened(api, order)
    print(told("opened", deal), flush=True)
    if not given.keep:
        end = closed(api, deal)
        print(told("closed", end), flush=True)
        if end["status"] != "accepted":
            raise SystemExit(1)


if __name__ == "__main__":
    run(main)
