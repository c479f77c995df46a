"""Writes an Avro file with fastavro: a schema, a codec, and rows as JSON lines from standard input."""

import json
import sys

import fastavro

schema, codec, target = sys.argv[1:]
rows = [json.loads(line) for line in sys.stdin]
with open(target, "wb") as file:
    fastavro.writer(file, fastavro.schema.load_schema(schema), rows, codec=codec, validator=True)
