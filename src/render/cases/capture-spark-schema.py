"""Writes spark-schema.golden: what printSchema of Spark prints for each schema of spark-schemas.ndjson.

Needs Java 17 and pyspark 4.1.1; run from this folder: python capture-spark-schema.py
"""

from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
converters = spark._jvm.org.apache.spark.sql.avro.SchemaConverters
with open("spark-schemas.ndjson", encoding="utf-8") as source:
    with open("spark-schema.golden", "w", encoding="utf-8") as golden:
        for line in source:
            schema = spark._jvm.org.apache.avro.Schema.Parser().parse(line)
            # printSchema prints that text and the end of a line.
            golden.write(converters.toSqlType(schema).dataType().treeString() + "\n")
