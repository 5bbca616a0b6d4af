#!/usr/bin/env python3
"""Checks that imports point downwards only, and that the client links nothing heavy.

The rows are those of docs/overview.md. A target may import the targets named for it here, system modules, and the packages named for it.
"""
import pathlib
import re
import sys

FOUNDATION = {"FoundationEssentials", "Foundation", "Glibc", "Musl", "Synchronization", "Dispatch"}
ALLOWED = {
    "TenonCore": set(),
    "TenonHooks": set(),
    "TenonAPI": {"TenonCore"},
    "TenonPlots": {"TenonCore"},
    "TenonFormat": {"TenonCore", "CKernels", "CZlib", "CZstd", "Crypto"},
    "TenonGit": {"TenonCore", "CLibgit2"},
    "TenonClient": {"TenonCore", "TenonAPI", "TenonHooks"},
    "TenonStore": {"TenonCore", "TenonFormat", "Logging", "GRDB"},
    "TenonRemote": {"TenonCore", "TenonFormat", "TenonGit", "Crypto", "AsyncHTTPClient", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOSSL"},
    "TenonTesting": {"TenonCore", "TenonFormat", "TenonRemote"},
    "TenonCommands": {"TenonCore", "TenonAPI", "TenonHooks", "TenonClient", "ArgumentParser", "ArgumentParserToolInfo"},
    "TenonEngine": {"TenonCore", "TenonAPI", "TenonPlots", "TenonFormat", "TenonGit", "TenonStore", "TenonRemote", "Crypto", "Logging", "TOMLKit", "Yams"},
    "TenonServer": {
        "TenonCore", "TenonAPI", "TenonGit", "TenonEngine", "TenonStore", "TenonRemote", "Hummingbird", "HummingbirdCore", "HTTPTypes", "NIOCore", "NIOPosix", "NIOHTTP1", "Logging",
        "ServiceLifecycle", "UnixSignals",
    },
    "tenon": {"TenonCommands"},
    "tenond": {"TenonServer"},
}
IMPORT = re.compile(r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public |package |internal |private )?import\s+(?:struct |enum |class |func |protocol )?(\w+)")


def main() -> int:
    top = pathlib.Path(__file__).resolve().parent.parent
    root = top / "Sources"
    wrong = []
    seen = {p.name: p for p in root.iterdir() if p.is_dir() and any(p.rglob("*.swift"))}
    # The scripts that are embedded, and the one Swift file that hands them out.
    seen["TenonHooks"] = top / "Hooks"
    for unknown in sorted(seen.keys() - ALLOWED.keys()):
        wrong.append(f"Sources/{unknown}: a target that has no row in Scripts/check-layers.py")
    for target in sorted(seen.keys() & ALLOWED.keys()):
        for path in sorted(seen[target].rglob("*.swift")):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                match = IMPORT.match(line)
                if match and match[1] not in ALLOWED[target] | FOUNDATION:
                    wrong.append(f"{path.relative_to(top)}:{number}: {target} may not import {match[1]}")
    print("\n".join(wrong) or f"layers: {len(seen)} targets, imports point downwards")
    return 1 if wrong else 0


sys.exit(main())
