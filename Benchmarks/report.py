#!/usr/bin/env python3
"""Prints the tables of one run of rivals.py, and Tenon against each bar. Usage: report.py RESULTS.json"""
import json
import sys

MB = 1e6


def wall(step):
    return "–" if not step else f"{step['wall']:.2f}"


def ratio(value, bar, unit="×"):
    return f"{value:8.3f} {unit}  (at most {bar} {unit})  {'ok' if value <= bar else 'MISSED'}"


def table(name, tools):
    print(f"\n{name}: seconds of wall time (CPU of the command), stored MB")
    print(f"  {'tool':8} {'commit':>16} {'status':>8} {'10 changed':>11} {'checkout':>9} {'stored':>9} identical")
    for tool, r in tools.items():
        if "error" in r and "commit" not in r:
            print(f"  {tool:8} not run: {r['error'].strip().splitlines()[-1][:90] if r['error'].strip() else 'failed'}")
            continue
        commit = f"{r['commit']['wall']:.2f} ({r['commit']['cpu']:.1f})"
        print(f"  {tool:8} {commit:>16} {wall(r.get('status')):>8} {wall(r.get('commit10')):>11} {wall(r.get('checkout')):>9} {r['store'] / MB:9.1f} {r['identical']}")


def main(results):
    for name in ("large", "many"):
        if name in results:
            table(name, results[name])
    if "append" in results:
        print("\nappend: 12 versions, sum of commits in seconds, stored MB")
        for tool, r in results["append"].items():
            if "commits" in r:
                print(f"  {tool:8} {sum(r['commits']):8.2f} {r.get('store', 0) / MB:9.2f} {r.get('identical')}")
    if "weights" in results:
        print("\nweights: stored share of the input, commit in seconds")
        for tool, r in results["weights"].items():
            for file, x in r.items():
                if isinstance(x, dict):
                    print(f"  {tool:8} {file:24} {x['stored'] / x['input']:.4f} {x['commit']['wall']:8.2f}")
    print("\nTenon against its bars, within this run")
    large, many, append, weights = (results.get(n, {}) for n in ("large", "many", "append", "weights"))
    ours = large.get("tenon", {})
    if "commit" in ours:
        if "commit" in large.get("dvc", {}):
            print("  add large / DVC commit      ", ratio(ours["commit"]["wall"] / large["dvc"]["commit"]["wall"], 0.75))
        print("  add large, stored           ", ratio(ours["store"] / MB, 1790, "MB"))
        if "checkout" in large.get("cp", {}):
            print("  checkout large / cp -r      ", ratio(ours["checkout"]["wall"] / large["cp"]["checkout"]["wall"], 2.5))
        print("  daemon's peak memory, large ", ratio(ours["peak"] / MB, 300, "MB"))
    ours = many.get("tenon", {})
    if "commit" in ours:
        if "commit" in many.get("restic", {}):
            print("  add many / restic           ", ratio(ours["commit"]["wall"] / many["restic"]["commit"]["wall"], 1.0))
        print("  add many, stored            ", ratio(ours["store"] / MB, 125, "MB"))
        if "checkout" in many.get("cp", {}):
            print("  checkout many / cp -r       ", ratio(ours["checkout"]["wall"] / many["cp"]["checkout"]["wall"], 1.5))
        print("  status of many, unchanged   ", ratio(ours["status"]["wall"] * 1000, 150, "ms"))
        print("  daemon's peak memory, many  ", ratio(ours["peak"] / MB, 300, "MB"))
    if "store" in append.get("tenon", {}):
        print("  append, stored              ", ratio(append["tenon"]["store"] / MB, 8.0, "MB"))
    for file, bar in (("bfloat16.safetensors", 0.670), ("float32.safetensors", 0.825)):
        x = weights.get("tenon", {}).get(file)
        if x:
            print(f"  {file:28}", ratio(x["stored"] / x["input"], bar))


main(json.load(open(sys.argv[1])))
