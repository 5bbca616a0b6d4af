"""Trains a small model: the arrival delay of a flight from what is known when it leaves. Least squares, standard library only.

Usage: train.py FLIGHTS.csv MODEL.safetensors METRICS.json
"""
import csv
import json
import math
import struct
import sys

FEATURES = ("dep_delay", "distance", "hour")


def read(path):
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            try:
                yield [1.0, *(float(row[name]) for name in FEATURES)], float(row["arr_delay"])
            except ValueError:
                continue  # a cancelled flight


def solve(matrix, vector):
    """Gauss-Jordan elimination with pivoting."""
    size = len(vector)
    rows = [matrix[i][:] + [vector[i]] for i in range(size)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda i: abs(rows[i][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for i in range(size):
            if i != column:
                factor = rows[i][column] / rows[column][column]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[column])]
    return [rows[i][size] / rows[i][i] for i in range(size)]


def main(flights, model, metrics):
    size = 1 + len(FEATURES)
    matrix = [[0.0] * size for _ in range(size)]
    vector = [0.0] * size
    count = 0
    for x, y in read(flights):
        count += 1
        for i in range(size):
            vector[i] += x[i] * y
            for j in range(size):
                matrix[i][j] += x[i] * x[j]
    weights = solve(matrix, vector)
    error = math.sqrt(sum((sum(w * v for w, v in zip(weights, x)) - y) ** 2 for x, y in read(flights)) / count)
    header = json.dumps({"weights": {"dtype": "F64", "shape": [size], "data_offsets": [0, 8 * size]}}).encode()
    with open(model, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header + struct.pack(f"<{size}d", *weights))
    with open(metrics, "w") as file:
        json.dump({"flights": count, "rmse_minutes": round(error, 3)}, file)
        file.write("\n")


main(*sys.argv[1:])
