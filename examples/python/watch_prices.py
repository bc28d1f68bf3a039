#!/usr/bin/env python3
"""Prints the prices of markets as they change, until Ctrl-C.

    python3 examples/python/watch_prices.py CS.D.EURUSD.CFD.IP CS.D.CFDGOLD.BMU.IP
"""

from contextlib import aclosing

from ftrader import arguments, run, sign_in


async def main() -> None:
    parser = arguments("Prints the prices of markets as they change.")
    parser.add_argument("epics", nargs="+", metavar="EPIC", help="such as CS.D.EURUSD.CFD.IP")
    parser.add_argument("--count", type=int, help="stop after so many prices")
    given = parser.parse_args()
    api = sign_in(given)
    left = given.count
    async with aclosing(api.follow("prices", epics=given.epics)) as lists:
        async for ticks in lists:
            for tick in ticks:
                when = "not live" if tick["stale"] else tick["at"]
                print(f'{tick["epic"]:24} {tick["bid"] or "-":>12} {tick["offer"] or "-":>12}  {when}', flush=True)
                left = left and left - 1
                if left == 0:
                    return


if __name__ == "__main__":
    run(main)
