// swift-tools-version: 6.1
import PackageDescription

/// What every Swift target of Tenon is compiled with.
let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
]

/// A library target: its name and what stands directly below it.
func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

/// A test target named for the module it tests.
func tests(_ module: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .testTarget(
        name: "\(module)Tests", dependencies: [.byName(name: module)] + dependencies, resources: resources, swiftSettings: swiftSettings)
}

/// The scripts that are embedded in the client, by the names that Git knows.
let hooks = [
    "pre-commit", "pre-merge-commit", "post-commit", "post-checkout", "post-merge", "post-rewrite", "post-applypatch", "post-index-change",
    "pre-push", "reference-transaction", "pre-receive",
]

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let hummingbird = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTP = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let toml = Target.Dependency.product(name: "TOMLKit", package: "TOMLKit")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "tenon",
    products: [
        .executable(name: "tenon", targets: ["tenon"]),
        .executable(name: "tenond", targets: ["tenond"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Row 0: C libraries of the system, and the kernels a profile asked for.
        .systemLibrary(name: "CLibgit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .target(name: "CKernels"),

        // Row 1
        library("TenonCore", []),
        .target(name: "TenonHooks", path: "Hooks", resources: hooks.map { .embedInCode($0) }, swiftSettings: swiftSettings),

        // Row 2
        library("TenonAPI", ["TenonCore"]),
        library("TenonPlots", ["TenonCore"]),
        library("TenonFormat", ["TenonCore", "CKernels", "CZlib", "CZstd", crypto]),
        library("TenonGit", ["TenonCore", "CLibgit2"]),

        // Row 3
        library("TenonClient", ["TenonCore", "TenonAPI", "TenonHooks"]),
        library("TenonStore", ["TenonCore", "TenonFormat", logging, grdb]),

        library("TenonRemote", ["TenonCore", "TenonFormat", "TenonGit", crypto, asyncHTTP, nio, nioPosix, nioHTTP1, nioSSL]),
        library("TenonTesting", ["TenonCore", "TenonFormat", "TenonRemote"]),

        // Row 4
        library("TenonCommands", ["TenonAPI", "TenonHooks", "TenonClient", arguments]),
        library(
            "TenonEngine",
            ["TenonCore", "TenonAPI", "TenonPlots", "TenonFormat", "TenonGit", "TenonStore", "TenonRemote", crypto, logging, toml, yams]),

        // Row 5
        library(
            "TenonServer",
            [
                "TenonCore", "TenonAPI", "TenonGit", "TenonStore", "TenonRemote", "TenonEngine", hummingbird, httpTypes, nio, nioPosix, logging,
                lifecycle,
                signals,
            ]),
        .executableTarget(name: "tenon", dependencies: ["TenonCommands"], swiftSettings: swiftSettings),

        // Row 6
        .executableTarget(name: "tenond", dependencies: ["TenonServer"], swiftSettings: swiftSettings),

        .executableTarget(
            name: "tenon-bench", dependencies: ["TenonCore", "TenonFormat"], path: "Benchmarks/Micro", swiftSettings: swiftSettings),

        tests("TenonCore", []),
        tests("TenonFormat", ["TenonCore"], resources: [.copy("Golden")]),
        tests("TenonGit", ["TenonCore"]),
        tests("TenonPlots", ["TenonCore"]),
        tests("TenonClient", ["TenonCore", "TenonAPI", "TenonHooks", "TenonTesting"]),
        tests("TenonStore", ["TenonCore", "TenonFormat", logging, grdb]),
        tests("TenonRemote", ["TenonCore", "TenonFormat", "TenonTesting", crypto, nio, nioPosix, nioHTTP1]),
        tests("TenonCommands", ["TenonCore", "TenonAPI", "TenonClient", arguments]),
        tests("TenonEngine", ["TenonCore", "TenonAPI", "TenonFormat", "TenonGit", "TenonStore", "TenonRemote", "TenonTesting", logging]),
        tests("TenonServer", ["TenonCore", "TenonAPI", "TenonClient", "TenonStore", "TenonEngine", logging, lifecycle, nio, nioPosix, yams]),
    ]
)
