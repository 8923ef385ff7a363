"""Reads every record of a topic with Confluent's client and prints one JSON object a line.

Usage: read_tweets.py BROKERS REGISTRY_URL TOPIC [READER_SCHEMA_FILE]
Without a reader schema each record is read as it was written.
Shares no code with Birdwire: librdkafka speaks to the broker, Confluent's own client to the registry.
"""

import base64
import datetime
import json
import sys

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

brokers, registry_url, topic = sys.argv[1:4]
reader = None
if len(sys.argv) > 4:
    with open(sys.argv[4], encoding="utf-8") as file:
        reader = file.read()

deserialize = AvroDeserializer(SchemaRegistryClient({"url": registry_url}), reader)
consumer = Consumer(
    {
        "bootstrap.servers": brokers,
        "group.id": "python",
        "enable.auto.commit": False,
        "auto.offset.reset": "error",
    }
)


def write_value(value):
    """A timestamp-millis, and bytes, as our JSON has them."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if not isinstance(value, datetime.datetime):
        raise TypeError(type(value))
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


metadata = consumer.list_topics(topic, timeout=10)
left = {}
for partition in metadata.topics[topic].partitions:
    low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
    if low < high:
        left[partition] = (low, high)
consumer.assign([TopicPartition(topic, partition, low) for partition, (low, _) in left.items()])

while left:
    message = consumer.poll(10)
    if message is None:
        sys.exit("no record came for 10 s")
    if message.error():
        sys.exit(str(message.error()))
    value = deserialize(message.value(), SerializationContext(topic, MessageField.VALUE))
    row = {
        "partition": message.partition(),
        "offset": message.offset(),
        "key": message.key().decode(),
        "value": value,
    }
    print(json.dumps(row, ensure_ascii=False, default=write_value))
    if message.offset() + 1 >= left[message.partition()][1]:
        del left[message.partition()]

consumer.close()
