#!/usr/bin/env python3
"""Prints what happens to an account, each event once and in order, also over a restart of the server.

    python3 examples/python/follow_events.py --after 0

Remember the last id that you have worked on: with --after it goes on there, days later too.
"""

from contextlib import aclosing

from ftrader import arguments, run, sign_in


async def main() -> None:
    parser = arguments("Prints what happens to deals, positions, orders and cash.")
    parser.add_argument("--after", metavar="ID", help="begin after this event; 0: with the first one; left out: from now on")
    parser.add_argument("--until", metavar="TYPE", help="stop at the first event of this type")
    given = parser.parse_args()
    api = sign_in(given)
    place = {} if given.after is None else {"lastEventId": given.after}
    async with aclosing(api.follow("trading", **place)) as events:
        async for event in events:
            if event["type"] == "snapshot.needed":
                positions = api.get("/api/trading/positions")["positions"]
                print(f'from now on, after event {event["id"]}; open: {len(positions)}', flush=True)
                continue
            data = event["data"]
            facts = [data.get(name) for name in ("direction", "size", "epic", "level", "change", "currency")]
            print("event", event["id"], event["type"], *(fact for fact in facts if fact is not None), flush=True)
            if event["type"] == given.until:
                return


if __name__ == "__main__":
    run(main)
