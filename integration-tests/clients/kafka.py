"""Operations of confluent-kafka for Python for the Kafka contract: kafka.py BROKERS.

Producers, consumers and members live here under a number until the process ends or they are closed. Every wait is
bounded. Keys, values and headers are text; what is no text does not belong here.
"""

import sys
import threading

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
)

from driver import serve
from member import Member

brokers = sys.argv[1]
admin = AdminClient({"bootstrap.servers": brokers})
WAIT_S = 30
open_things = {}
open_lock = threading.Lock()


def keep(thing):
    with open_lock:
        number = len(open_things) + 1
        open_things[number] = thing
    return number


def results(futures):
    """What each future of an admin call came to: None or the name of its error."""
    return {name if isinstance(name, str) else name.name: outcome(future) for name, future in futures.items()}


def outcome(future):
    try:
        future.result(WAIT_S)
        return None
    except KafkaException as error:
        return error.args[0].name()


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def row(message):
    headers = message.headers()
    return {
        "partition": message.partition(),
        "offset": message.offset(),
        "timestamp": message.timestamp()[1],
        "timestampType": message.timestamp()[0],
        "key": text(message.key()),
        "value": text(message.value()),
        "headers": None if headers is None else [[name, text(value)] for name, value in headers],
    }


def partitions(rows):
    return [TopicPartition(*each) for each in rows]


def offset_rows(found):
    return [
        {"partition": one.partition, "offset": one.offset, "error": one.error.name() if one.error else None}
        for one in sorted(found, key=lambda one: one.partition)
    ]


# Admin


def create_topics(topics, validate_only=False):
    made = [NewTopic(**{"replication_factor": 1, **topic}) for topic in topics]
    return results(admin.create_topics(made, validate_only=validate_only))


def list_topics(topic=None):
    found = admin.list_topics(topic, timeout=WAIT_S)
    return {
        name: {"partitions": sorted(one.partitions), "error": one.error.name() if one.error else None}
        for name, one in found.topics.items()
    }


def describe_topics(topics):
    found = {}
    for name, future in admin.describe_topics(TopicCollection(topics)).items():
        try:
            one = future.result(WAIT_S)
            found[name] = [(part.id, part.leader.id, [node.id for node in part.isr]) for part in one.partitions]
        except KafkaException as error:
            found[name] = error.args[0].name()
    return found


def describe_configs(kind, name):
    [future] = admin.describe_configs([ConfigResource(kind, name)]).values()
    return {
        entry.name: {"value": entry.value, "isDefault": entry.is_default, "isReadOnly": entry.is_read_only}
        for entry in future.result(WAIT_S).values()
    }


def alter_configs(topic, changes):
    entries = [
        ConfigEntry(name, value, incremental_operation=getattr(AlterConfigOpType, operation))
        for name, operation, value in changes
    ]
    resource = ConfigResource("topic", topic, incremental_configs=entries)
    [future] = admin.incremental_alter_configs([resource]).values()
    return outcome(future)


def replace_configs(topic, config):
    [future] = admin.alter_configs([ConfigResource("topic", topic, set_config=config)]).values()
    return outcome(future)


def delete_records(offsets):
    return {
        str(one.partition): result_of(future, lambda deleted: deleted.low_watermark)
        for one, future in admin.delete_records(partitions(offsets)).items()
    }


def result_of(future, read):
    try:
        return read(future.result(WAIT_S))
    except KafkaException as error:
        return error.args[0].name()


def list_offsets(topic, partition, spec, committed=False):
    wanted = OffsetSpec.for_timestamp(spec) if isinstance(spec, int) else getattr(OffsetSpec, spec)()
    level = IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED
    futures = admin.list_offsets({TopicPartition(topic, partition): wanted}, isolation_level=level)
    [future] = futures.values()
    return result_of(future, lambda found: {"offset": found.offset, "timestamp": found.timestamp})


def list_groups():
    return {one.group_id: one.state.name for one in admin.list_consumer_groups().result(WAIT_S).valid}


def describe_group(group):
    [future] = admin.describe_consumer_groups([group]).values()
    return result_of(
        future,
        lambda one: {
            "state": one.state.name,
            "assignor": one.partition_assignor,
            "members": [
                {
                    "instance": member.group_instance_id,
                    "partitions": sorted(part.partition for part in member.assignment.topic_partitions),
                }
                for member in one.members
            ],
        },
    )


def group_offsets(group, rows=None):
    wanted = ConsumerGroupTopicPartitions(group, None if rows is None else partitions(rows))
    [future] = admin.list_consumer_group_offsets([wanted]).values()
    return result_of(future, lambda found: offset_rows(found.topic_partitions))


def alter_group_offsets(group, rows):
    [future] = admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, partitions(rows))]).values()
    return result_of(future, lambda found: offset_rows(found.topic_partitions))


# Producers


def open_producer(config):
    return keep(Producer({"bootstrap.servers": brokers, "linger.ms": 5, **config}))


def send(producer, topic, records):
    """What became of each record, once all are flushed."""
    reports = [None] * len(records)

    def report(at):
        def told(error, message):
            reports[at] = (
                {"error": error.name()}
                if error
                else {"partition": message.partition(), "offset": message.offset()}
            )

        return told

    client = open_things[producer]
    for at, record in enumerate(records):
        if "headers" in record:
            record = {**record, "headers": [tuple(header) for header in record["headers"]]}
        client.produce(topic, on_delivery=report(at), **record)
        client.poll(0)
    left = client.flush(WAIT_S)
    if left:
        raise TimeoutError(f"{left} records were not delivered")
    return reports


def produce(topic, records, config=None):
    return send(open_producer(config or {}), topic, records)


def init_transactions(producer):
    open_things[producer].init_transactions(WAIT_S)


def begin(producer):
    open_things[producer].begin_transaction()


def commit(producer):
    open_things[producer].commit_transaction(WAIT_S)


def abort(producer):
    open_things[producer].abort_transaction(WAIT_S)


# Consumers


def settings(config):
    found = {
        "bootstrap.servers": brokers,
        "group.id": "unused",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "fetch.wait.max.ms": 100,
        **config,
    }
    # In the other protocol the broker says how often.
    if config.get("group.protocol") != "consumer":
        found["heartbeat.interval.ms"] = 200
    return found


def read(topic, config=None, partition=0, offset=0, count=0):
    """All from an offset of a partition to its end, waited for until there are so many."""
    client = Consumer(settings({"enable.partition.eof": True, **(config or {})}))
    client.assign([TopicPartition(topic, partition, offset)])
    found = []
    try:
        while True:
            message = client.poll(WAIT_S)
            if message is None:
                raise TimeoutError(f"nothing came, not even the end, after {len(found)} records")
            if not message.error():
                found.append(row(message))
            elif message.error().code() != KafkaError._PARTITION_EOF:
                raise KafkaException(message.error())
            elif len(found) >= count:
                return found
    finally:
        client.close()


def read_group(config, topic, count, seconds):
    """The first records that a member of a group is given; raises the first error, and when none comes for so long."""
    client = Consumer(settings(config))
    client.subscribe([topic])
    found = []
    try:
        while len(found) < count:
            message = client.poll(seconds)
            if message is None:
                raise TimeoutError(f"nothing came for {seconds} s")
            if message.error():
                raise KafkaException(message.error())
            found.append(row(message))
        return found
    finally:
        client.close()


def offsets_for_times(topic, times):
    client = Consumer(settings({}))
    try:
        wanted = [TopicPartition(topic, 0, at) for at in times]
        return [client.offsets_for_times([one], timeout=WAIT_S)[0].offset for one in wanted]
    finally:
        client.close()


def watermarks(topic, partition):
    client = Consumer(settings({}))
    try:
        return client.get_watermark_offsets(TopicPartition(topic, partition), timeout=WAIT_S)
    finally:
        client.close()


def start_member(config, topics):
    return keep(Member(settings(config), topics, name=lambda part: part.partition, read=row, wait_s=WAIT_S))


def member_commit(member, rows):
    return offset_rows(open_things[member].client.commit(offsets=partitions(rows), asynchronous=False))


def member_committed(member, rows):
    return offset_rows(open_things[member].client.committed(partitions(rows), timeout=WAIT_S))


def member_offsets_to_transaction(producer, member, rows):
    metadata = open_things[member].client.consumer_group_metadata()
    open_things[producer].send_offsets_to_transaction(partitions(rows), metadata, WAIT_S)


def details(error):
    first = error.args[0] if error.args else None
    if not isinstance(first, KafkaError):
        return {}
    return {"name": first.name(), "fatal": first.fatal(), "abortable": first.txn_requires_abort()}


serve(
    {
        "create_topics": create_topics,
        "delete_topics": lambda topics: results(admin.delete_topics(topics)),
        "create_partitions": lambda topic, count: results(admin.create_partitions([NewPartitions(topic, count)])),
        "list_topics": list_topics,
        "describe_topics": describe_topics,
        "describe_configs": describe_configs,
        "alter_configs": alter_configs,
        "replace_configs": replace_configs,
        "delete_records": delete_records,
        "list_offsets": list_offsets,
        "list_groups": list_groups,
        "describe_group": describe_group,
        "delete_group": lambda group: results(admin.delete_consumer_groups([group])),
        "group_offsets": group_offsets,
        "alter_group_offsets": alter_group_offsets,
        "open_producer": open_producer,
        "send": send,
        "produce": produce,
        "init_transactions": init_transactions,
        "begin": begin,
        "commit": commit,
        "abort": abort,
        "read": read,
        "read_group": read_group,
        "offsets_for_times": offsets_for_times,
        "watermarks": watermarks,
        "start_member": start_member,
        "await_held": lambda member, count: open_things[member].await_held(count),
        "await_rows": lambda member, count: open_things[member].await_rows(count),
        "await_error": lambda member: open_things[member].await_error(),
        "events": lambda member: open_things[member].events,
        "member_commit": member_commit,
        "member_committed": member_committed,
        "member_offsets_to_transaction": member_offsets_to_transaction,
        "close_member": lambda member: open_things[member].close(),
    },
    details,
)
