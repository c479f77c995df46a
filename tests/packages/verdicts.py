"""Compares what `expected.json` says of a package with what a server has made of it.

A difference is (resource, row, expected, ours). Rows have the numbers of `expected.json`: the 1-based record of the
file, its header and its empty lines included. The verdict on a row is its error codes, sorted and separated by commas.
"""

import csv
import json
import sys

from server import files_of

csv.field_size_limit(sys.maxsize)

ACCEPTED = "accepted"
NO_ROW = "no row"


def differences_of(server):
    """The number of rows that the server received or should have received, and the list of differences."""
    expected = json.loads((server.package / "expected.json").read_text(encoding="utf-8"))["resources"]
    resources = {resource.get("name"): resource for resource in server.resources()}
    rows, found = 0, []
    for name, verdict in expected.items():
        if name in resources and (rejects := server.rejects(name)) is not None:
            received = server.received(name)
            rows += max(received, verdict["rows"] or 0)
            empty = empty_lines(resources[name], verdict, server.package)
            found += compare(name, verdict, received, rejects, header_lines(resources[name]), empty)
        else:
            rows += verdict["rows"] or 0
            found.append((name, "*", f"{verdict['rows']} rows", "no table"))
    return rows, found


def compare(name, verdict, received, rejects, header, empty):
    expected = {int(row): set(codes) for row, codes in verdict["rejected"].items()}
    ours = {row: {NO_ROW} for row in empty}
    for reject in rejects:
        codes = {error["code"] for error in reject["errors"]}
        ours.setdefault(place(reject["row"], header, empty), set()).update(codes)
    found = [
        (name, str(row), text(expected.get(row)), text(ours.get(row)))
        for row in sorted(expected.keys() | ours.keys())
        if expected.get(row) != ours.get(row)
    ]
    if verdict["other"]:
        found.append((name, "*", text(str(error) for error in verdict["other"]), f"{received} rows"))
    if received + len(empty) != verdict["rows"]:
        found.append((name, "*", f"{verdict['rows']} rows", f"{received} rows"))
    return found


def empty_lines(resource, verdict, package):
    """The rows of `expected.json` that are no rows of the server: an empty line is a blank row of frictionless. A line
    of delimiters only is one too, so the file must be read. Only a single file without compression is."""
    blank = [int(row) for row, codes in verdict["rejected"].items() if "blank-row" in codes]
    files = files_of(resource, package)
    if not blank or len(files) != 1:
        return []
    dialect = dialect_of(resource)
    # Latin-1 takes every byte, and the delimiters and quotes are the same in UTF-8.
    with files[0].open(encoding="latin-1", newline="") as file:
        records = list(csv.reader(file, delimiter=dialect.get("delimiter", ","), quotechar=dialect.get("quoteChar", '"')))
    return sorted(row for row in blank if row <= len(records) and not records[row - 1])


def place(row, header, empty):
    """The number in `expected.json` of a row of the server, which counts from 1 after the header."""
    number = row + header
    for line in empty:
        number += line <= number
    return number


def header_lines(resource):
    dialect = dialect_of(resource)
    if not dialect.get("header", True):
        return 0
    return max(dialect.get("headerRows") or [1])


def dialect_of(resource):
    dialect = resource.get("dialect")
    return dialect if isinstance(dialect, dict) else {}  # a reference to a file is not followed


def text(codes):
    return ",".join(sorted(codes)) if codes else ACCEPTED
