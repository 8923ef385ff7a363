"""Confluent's registry client for Python, driven by lines of JSON (driver.py).

Usage: registry.py REGISTRY_URL
The client forgets before each call what it knows, so that all of it is asked of the registry.
"""

import base64
import sys

from confluent_kafka.schema_registry import (
    Metadata,
    MetadataProperties,
    Schema,
    SchemaReference,
    SchemaRegistryClient,
    ServerConfig,
    header_schema_id_serializer,
)
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext

from driver import serve

url = sys.argv[1]


only = SchemaRegistryClient({"url": url, "max.retries": 0, "timeout": 20})


def client():
    only.clear_caches()
    return only


def schema(text, references=(), properties=None):
    return Schema(
        text,
        "AVRO",
        [SchemaReference(**reference) for reference in references],
        None if properties is None else Metadata(None, MetadataProperties(properties), None),
    )


def described(answer):
    """Some calls answer what the registry sent, others an object that is made of it."""
    return answer if isinstance(answer, dict) else answer.to_dict()


def details(error):
    """Errors of the registry may be the cause of those of a serializer."""
    cause = error
    while cause is not None and not isinstance(cause, SchemaRegistryError):
        cause = cause.__cause__ or cause.__context__
    if cause is None:
        return {}
    return {"status": cause.http_status_code, "code": cause.error_code}


def serialize(topic, value, text=None, config=None, in_header=False):
    settings = dict(config or {})
    if in_header:
        settings["schema.id.serializer"] = header_schema_id_serializer
    headers = {}
    context = SerializationContext(topic, MessageField.VALUE, headers)
    payload = AvroSerializer(client(), text, conf=settings)(value, context)
    return {
        "payload": payload,
        "headers": {name: base64.b64encode(header).decode() for name, header in headers.items()},
    }


def deserialize(topic, payload, text=None, headers=None, config=None):
    decoded = {name: base64.b64decode(header) for name, header in (headers or {}).items()}
    context = SerializationContext(topic, MessageField.VALUE, decoded)
    return AvroDeserializer(client(), text, conf=config or {})(base64.b64decode(payload), context)


def versions_by_id(schema_id):
    return [{"subject": at.subject, "version": at.version} for at in client().get_schema_versions(schema_id)]


def set_config(subject, config):
    return described(client().set_config(subject, ServerConfig.from_dict(config)))


serve(
    {
        "register": lambda subject, normalize=False, **of: client().register_schema(
            subject, schema(**of), normalize
        ),
        "register_full": lambda subject, **of: described(
            client().register_schema_full_response(subject, schema(**of))
        ),
        "lookup": lambda subject, normalize=False, deleted=False, **of: described(
            client().lookup_schema(subject, schema(**of), normalize, deleted=deleted)
        ),
        "by_id": lambda id, **of: described(client().get_schema(id, **of)),
        "by_guid": lambda guid: described(client().get_schema_by_guid(guid)),
        "types": lambda: client().get_schema_types(),
        "subjects_by_id": lambda id, **page: client().get_subjects_by_schema_id(id, **page),
        "versions_by_id": lambda id: versions_by_id(id),
        "subjects": lambda **page: client().get_subjects(**page),
        "versions": lambda subject, **page: client().get_versions(subject, **page),
        "version": lambda subject, version, deleted=False: described(
            client().get_version(subject, version, deleted)
        ),
        "latest": lambda subject: described(client().get_latest_version(subject)),
        "latest_with_metadata": lambda subject, metadata: described(
            client().get_latest_with_metadata(subject, metadata)
        ),
        "referenced_by": lambda subject, version: client().get_referenced_by(subject, version),
        "delete_subject": lambda subject, permanent=False: client().delete_subject(subject, permanent),
        "delete_version": lambda subject, version, permanent=False: client().delete_version(
            subject, version, permanent
        ),
        "set_level": lambda subject, level: client().set_compatibility(subject, level),
        "level": lambda subject: client().get_compatibility(subject),
        "check": lambda subject, version="latest", **of: client().test_compatibility(
            subject, schema(**of), version
        ),
        "check_all": lambda subject, **of: client().test_compatibility_all_versions(subject, schema(**of)),
        "set_config": set_config,
        "config": lambda subject: described(client().get_config(subject)),
        "delete_config": lambda subject: described(client().delete_config(subject)),
        "set_mode": lambda subject, mode, force=False: client().update_mode(subject, mode, force),
        "mode": lambda subject: client().get_mode(subject),
        "delete_mode": lambda subject: client().delete_mode(subject),
        "contexts": lambda **page: client().get_contexts(**page),
        "serialize": serialize,
        "deserialize": deserialize,
    },
    details,
)
