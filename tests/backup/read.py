"""Prints the rows of an Avro file as JSON lines, read by fastavro."""

import json
import sys

import fastavro

with open(sys.argv[1], "rb") as file:
    for row in fastavro.reader(file):
        print(json.dumps(row, ensure_ascii=False))
