"""Writes the spark-*.golden files: what the console sink of Spark Structured Streaming prints for spark-rows.ndjson.

Needs Java 17 and pyspark 4.1.1; run from this folder: python capture-spark.py
Only for text whose rendering is meant to equal Spark's; deliberate differences have goldens of their own.
"""

import os
import subprocess
import sys
import tempfile

CASES = {
    "spark-default": {},
    "spark-untruncated": {"truncate": "false"},
    "spark-one-row": {"numRows": "1"},
    "spark-three-rows": {"numRows": "3"},
}


def print_batch(options):
    from pyspark.sql import SparkSession

    spark = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    rows = spark.readStream.schema("created_at string, id string, text string").json(os.environ["ROWS"])
    writer = rows.writeStream.format("console").trigger(availableNow=True)
    writer.options(**options).start().awaitTermination()


if len(sys.argv) == 2:
    print_batch(CASES[sys.argv[1]])
else:
    with tempfile.TemporaryDirectory() as folder:
        with open("spark-rows.ndjson", encoding="utf-8") as source:
            with open(os.path.join(folder, "rows.json"), "w", encoding="utf-8") as copy:
                copy.write(source.read())
        for name in CASES:
            run = subprocess.run(
                [sys.executable, __file__, name],
                env={**os.environ, "ROWS": folder},
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                check=True,
            )
            with open(f"{name}.golden", "wb") as golden:
                golden.write(run.stdout)
