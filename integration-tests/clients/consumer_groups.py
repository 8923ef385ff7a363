"""Members of KIP-848 groups for the Kafka contract, as confluent-kafka for Python plays them: consumer_groups.py BROKERS.

A member polls on a thread of its own, and lives under its number until it is closed or the process ends.
"""

import sys
import threading

from confluent_kafka import Consumer, TopicPartition

from driver import serve

brokers = sys.argv[1]
WAIT_S = 60
members = []


class Member:
    """Remembers what it was given to read, and what it read."""

    def __init__(self, group, topics, config):
        self.changed = threading.Condition()
        self.held, self.values, self.events, self.errors = set(), [], [], []
        self.is_closing = False
        self.client = Consumer(
            {
                "bootstrap.servers": brokers,
                "group.id": group,
                "group.protocol": "consumer",
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "topic.metadata.refresh.interval.ms": 500,
                **config,
            }
        )
        gave_up = lambda _client, parts: self.note("revoked", parts, set.__sub__)
        self.client.subscribe(
            topics,
            on_assign=lambda _client, parts: self.note("assigned", parts, set.__or__),
            on_revoke=gave_up,
            on_lost=gave_up,
        )
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def note(self, event, parts, change):
        names = {f"{part.topic} {part.partition}" for part in parts}
        with self.changed:
            self.events.append([event, sorted(names)])
            self.held = change(self.held, names)
            self.changed.notify_all()

    def run(self):
        while not self.is_closing:
            message = self.client.poll(0.05)
            if message is None:
                continue
            with self.changed:
                if message.error():
                    self.errors.append(message.error().name())
                else:
                    self.values.append(message.value().decode())
                self.changed.notify_all()

    def wait(self, fits):
        with self.changed:
            if not self.changed.wait_for(fits, WAIT_S):
                raise TimeoutError(f"it came to {self.held}, {self.values}, {self.events}, {self.errors}")


def start(group, topics, config=None):
    members.append(Member(group, topics, config or {}))
    return len(members) - 1


def await_held(member, count):
    one = members[member]
    one.wait(lambda: len(one.held) == count)
    return sorted(one.held)


def await_values(member, count):
    one = members[member]
    one.wait(lambda: len(one.values) >= count)
    return sorted(one.values)


def commit(member, topic, offsets):
    """Of each partition from 0 on; raises when one of them is refused."""
    wanted = [TopicPartition(topic, partition, offset) for partition, offset in enumerate(offsets)]
    members[member].client.commit(offsets=wanted, asynchronous=False)


def close(member):
    one = members[member]
    one.is_closing = True
    one.thread.join()
    one.client.close()


serve(
    {
        "start": start,
        "await_held": await_held,
        "await_values": await_values,
        "events": lambda member: members[member].events,
        "commit": commit,
        "close": close,
    }
)
