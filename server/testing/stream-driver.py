"""The Python example module as a client under test: commands as lines of JSON on standard input, what it is told as lines on standard output."""

import asyncio
import json
import os
import sys
from contextlib import aclosing

sys.path.insert(0, sys.argv[1])
from ftrader import FTrader, Refused  # noqa: E402


def say(**told):
    print(json.dumps(told), flush=True)


async def watch(api, name, channel, given):
    try:
        async with aclosing(api.follow(channel, **given)) as values:
            async for value in values:
                say(id=name, data=value)
    except asyncio.CancelledError:
        say(id=name, stopped=True)
    except Refused as refused:
        say(id=name, error={"code": refused.code, "fields": refused.fields})


async def main():
    try:
        api = FTrader(
            sys.argv[2], *json.loads(os.environ["LOGIN"]), on_close=lambda channel, code: say(closed={"code": code})
        )
    except Refused as refused:
        return say(refused={"code": refused.code})
    say(ready=True)
    watching = {}
    while line := await asyncio.to_thread(sys.stdin.readline):
        asked = json.loads(line)
        name = asked["id"]
        if asked["do"] == "watch":
            watching[name] = asyncio.create_task(watch(api, name, asked["channel"], asked["input"]))
        elif asked["do"] == "stop":
            watching.pop(name).cancel()
        else:
            say(id=name, data=await asyncio.to_thread(api.deal, asked["method"], asked["path"], asked["body"]))
    for task in watching.values():
        task.cancel()
    await asyncio.gather(*watching.values(), return_exceptions=True)


asyncio.run(main())
