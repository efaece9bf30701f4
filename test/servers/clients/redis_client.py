"""What redis-library.ts does, with redis-py; argument: the version of the protocol."""
import json
import os
import sys
import time

import redis

options = {"protocol": int(sys.argv[1]), "decode_responses": True}
environment = os.environ


def connect():
    if "REDIS_URL" in environment:
        return redis.Redis.from_url(environment["REDIS_URL"], **options)
    return redis.Redis(
        host=environment["CACHE_HOST"],
        port=int(environment["CACHE_PORT"]),
        username=environment["CACHE_USERNAME"],
        password=environment["CACHE_PASSWORD"],
        **options,
    )


def reason_of(ask, *arguments):
    try:
        return str(ask(*arguments))
    except redis.RedisError as error:
        return str(error)


client = connect()
client.set("old", "x")
client.flushdb()
size = client.dbsize()
subscriber = connect().pubsub()
subscriber.psubscribe("news:*", "__keyevent@0__:del", "__keyevent@*__:expired")
for _ in range(3):
    subscriber.get_message(timeout=10)
pipeline = client.pipeline(transaction=False)
pipeline.set("page:1", "a").set("page:2", "b", px=50).append("page:1", "c").get("page:1")
pipelined = ["OK" if answer is True else answer for answer in pipeline.execute()]
transaction = client.pipeline().incr("visits").incrby("visits", 2).execute()
script = client.register_script("return redis.call('INCR', KEYS[1])")(keys=["visits"])
scanned = sorted(client.scan_iter("page:1*"))
client.publish("news:today", "ünïcode")
client.delete("page:1")
heard = []
end = time.monotonic() + 60
while len(heard) < 3 and time.monotonic() < end:
    message = subscriber.get_message(timeout=1)
    if message and message["type"] == "pmessage":
        heard.append(f"{message['channel']} {message['data']}")
print(
    json.dumps(
        {
            "user": client.acl_whoami(),
            "size": size,
            "pipeline": pipelined,
            "transaction": transaction,
            "script": script,
            "scanned": scanned,
            "heard": sorted(heard),
            "listed": any(one["cmd"].startswith("client") for one in client.client_list()),
            "keys": reason_of(client.keys, "visits"),
            "configuration": reason_of(client.config_set, "maxmemory", 0),
        }
    )
)
