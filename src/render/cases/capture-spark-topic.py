"""Prints spark-batches.golden: what the console sink prints for spark-rows.ndjson read from a topic of Avro records.

The rows go to a topic of one partition in frames of schema id 1, and come back in batches of 4 (maxOffsetsPerTrigger).
Needs Java 17, pyspark 4.1.1, Spark's Kafka and Avro sources on the class path, and a broker without the topic; run from
this folder: python capture-spark-topic.py BROKERS TOPIC JARS > spark-batches.golden (the jars with commas)
"""

import sys
import tempfile

from pyspark.sql import SparkSession
from pyspark.sql.avro.functions import from_avro, to_avro
from pyspark.sql.functions import col, concat, expr, lit, struct

SCHEMA = """{"type": "record", "name": "Row", "fields": [
  {"name": "created_at", "type": ["null", "string"]},
  {"name": "id", "type": ["null", "string"]},
  {"name": "text", "type": ["null", "string"]}]}"""
FRAME_HEAD = bytes([0, 0, 0, 0, 1])

brokers, topic, jars = sys.argv[1:]
spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.jars", jars)
    .config("spark.ui.enabled", "false")
    .config("spark.ui.showConsoleProgress", "false")
    .getOrCreate()
)
kafka = {"kafka.bootstrap.servers": brokers}

rows = spark.read.schema("created_at string, id string, text string").json("spark-rows.ndjson").coalesce(1)
framed = concat(lit(FRAME_HEAD), to_avro(struct("created_at", "id", "text"), SCHEMA))
rows.select(framed.alias("value")).write.format("kafka").options(**kafka).option("topic", topic).save()

with tempfile.TemporaryDirectory() as checkpoint:
    records = (
        spark.readStream.format("kafka")
        .options(**kafka, subscribe=topic, startingOffsets="earliest", maxOffsetsPerTrigger="4")
        .load()
    )
    payload = expr("substring(value, 6)")
    values = records.select(from_avro(payload, SCHEMA).alias("row")).select(col("row.*"))
    query = values.writeStream.format("console").option("checkpointLocation", checkpoint)
    query.trigger(availableNow=True).start().awaitTermination()
