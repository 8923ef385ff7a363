"""Members of KIP-848 groups for the Kafka contract, as confluent-kafka for Python plays them: consumer_groups.py BROKERS.

A member polls on a thread of its own, and lives under its number until it is closed or the process ends.
"""

import sys

from confluent_kafka import TopicPartition

from driver import serve
from member import Member

brokers = sys.argv[1]
WAIT_S = 60
members = []


def start(group, topics, config=None):
    found = {
        "bootstrap.servers": brokers,
        "group.id": group,
        "group.protocol": "consumer",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "topic.metadata.refresh.interval.ms": 500,
        **(config or {}),
    }
    read = lambda message: message.value().decode()
    members.append(Member(found, topics, name=lambda part: f"{part.topic} {part.partition}", read=read, wait_s=WAIT_S))
    return len(members) - 1


def commit(member, topic, offsets):
    """Of each partition from 0 on; raises when one of them is refused."""
    wanted = [TopicPartition(topic, partition, offset) for partition, offset in enumerate(offsets)]
    members[member].client.commit(offsets=wanted, asynchronous=False)


serve(
    {
        "start": start,
        "await_held": lambda member, count: members[member].await_held(count),
        "await_values": lambda member, count: sorted(members[member].await_rows(count)),
        "events": lambda member: members[member].events,
        "commit": commit,
        "close": lambda member: members[member].close(),
    }
)
