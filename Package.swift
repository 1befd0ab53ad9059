// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target is compiled with: Swift 6 with the language's coming strictness, warnings as errors where
/// `SKEIN_STRICT` is set (the tests set it).
let strict: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"),
    // That two accesses to a field of a class do not overlap is checked at run time, which every message and
    // every streamed chunk paid for. The tests check it, and a release does not.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
  ] + (Context.environment["SKEIN_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)])

/// A C library of the system, found by pkg-config, installed from Debian's package.
func library(_ name: String, pkgConfig: String, debian: String) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([debian])])
}

/// One layer of the server. Dependencies only point downward in the list below.
func layer(_ name: String, _ dependencies: [String] = [], _ settings: [SwiftSetting] = strict) -> Target {
  .target(name: name, dependencies: dependencies.map { .byName(name: $0) }, swiftSettings: settings)
}

func program(_ name: String, _ dependencies: [String], _ settings: [SwiftSetting] = strict) -> Target {
  .executableTarget(name: name, dependencies: dependencies.map { .byName(name: $0) }, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [String], beside others: [String] = []) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: ([name, "SeededRandom"] + dependencies).map { .byName(name: $0) },
    exclude: others, swiftSettings: strict)
}

/// The fuzzed program has libFuzzer's `main`, so that it can only be built with the sanitizers that `Scripts/fuzz` gives:
/// elsewhere it is no part of the package.
let fuzzing: [Target] =
  Context.environment["SKEIN_FUZZ"] == nil
  ? []
  : [
    .executableTarget(
      name: "skein-fuzz",
      dependencies: [
        "Bytes", "JSONWire", "HTTPWire", "Deflate", "WebSocketWire", "ProxyWire", "Conversation", "Accounts",
      ],
      path: "Tests/Fuzz", exclude: ["Seeds", "Dictionaries"], swiftSettings: strict)
  ]

let package = Package(
  name: "skein",
  products: [
    .executable(name: "skein", targets: ["skein"]),
    .executable(name: "skein-bench", targets: ["skein-bench"]),
    .executable(name: "skein-chaos", targets: ["skein-chaos"]),
  ],
  targets: [
    .target(name: "CLinux"),
    library("COpenSSL", pkgConfig: "openssl", debian: "libssl-dev"),
    library("CZlib", pkgConfig: "zlib", debian: "zlib1g-dev"),
    library("CPostgres", pkgConfig: "libpq", debian: "libpq-dev"),
    library("CSodium", pkgConfig: "libsodium", debian: "libsodium-dev"),
    // It has no entry for pkg-config.
    .systemLibrary(name: "CPGQuery", providers: [.apt(["libpg-query-dev"])]),
    library("CMariaDB", pkgConfig: "libmariadb", debian: "libmariadb-dev"),
    library("CCurl", pkgConfig: "libcurl", debian: "libcurl4-openssl-dev"),
    library("CXML", pkgConfig: "libxml-2.0", debian: "libxml2-dev"),
    .target(name: "CHTML", dependencies: ["CXML"]),

    layer("Calendar"),
    layer("Log", ["Calendar"]),
    layer("Reactor", ["CLinux"]),
    layer("Bytes"),
    layer("JSONWire", ["Bytes"]),
    layer("HTTPWire", ["Calendar"]),
    layer("Deflate", ["CZlib"]),
    layer("WebSocketWire", ["Bytes", "HTTPWire", "Deflate", "COpenSSL"]),
    layer("TLSEngine", ["COpenSSL"]),
    layer("ProxyWire"),
    layer("Redaction", ["JSONWire"]),
    layer("Transport", ["Reactor", "HTTPWire", "WebSocketWire", "TLSEngine", "ProxyWire", "Log"]),
    layer("Postgres", ["Reactor", "CPostgres", "CSodium", "CLinux", "Log"]),
    layer("MySQL", ["Reactor", "ProxyWire", "CMariaDB", "COpenSSL"]),
    layer("HTTPClient", ["Reactor", "ProxyWire", "CCurl"]),
    layer("Processes"),
    layer("EmbeddedPostgres", ["Processes", "CLinux", "Log"]),
    layer("MCP", ["HTTPClient", "HTTPWire", "JSONWire", "Redaction", "Reactor", "Processes", "CLinux", "Log"]),
    layer("Sealing", ["COpenSSL"]),
    layer("SQLJudge", ["JSONWire", "CPGQuery"]),
    layer("Documents", ["Processes", "Reactor", "CLinux", "CHTML"]),
    layer("Accounts", ["JSONWire", "CSodium", "COpenSSL"]),
    layer("Conversation", ["JSONWire", "Calendar"]),
    layer("Store", ["Accounts", "Sealing", "Conversation", "JSONWire", "Postgres", "Reactor", "ProxyWire", "Log"]),
    layer("Databases", ["Postgres", "MySQL", "ProxyWire", "SQLJudge", "JSONWire", "Redaction", "Reactor", "Log"]),
    layer(
      "Agents",
      [
        "Accounts", "Databases", "Documents", "Conversation", "HTTPClient", "HTTPWire", "JSONWire", "MCP", "Postgres",
        "Reactor", "Redaction", "Calendar", "CSodium", "Log",
      ]),
    layer(
      "Server",
      [
        "Transport", "HTTPClient", "HTTPWire", "WebSocketWire", "Conversation", "Store", "Agents", "Accounts",
        "EmbeddedPostgres", "Postgres", "ProxyWire", "JSONWire", "Reactor", "CZlib", "Log", "Sealing", "Databases",
        "Documents",
      ]),
    program(
      "skein",
      [
        "Server", "Store", "Accounts", "Agents", "Sealing", "Databases", "Documents", "HTTPClient", "Transport",
        "TLSEngine", "ProxyWire", "WebSocketWire", "JSONWire", "Conversation", "Postgres", "Reactor", "Calendar", "Log",
      ]),
    layer("LoadKit", ["Reactor", "HTTPWire", "WebSocketWire", "TLSEngine", "JSONWire", "CLinux"]),
    program(
      "skein-bench",
      [
        "LoadKit", "Reactor", "HTTPWire", "WebSocketWire", "JSONWire", "TLSEngine", "EmbeddedPostgres", "CPostgres",
        "Accounts", "Store", "SkeinTestKit", "Log", "CLinux",
      ]),
    layer("ChaosKit", ["JSONWire", "SkeinTestKit"]),
    program(
      "skein-chaos",
      [
        "ChaosKit", "LoadKit", "SkeinTestKit", "SeededRandom", "EmbeddedPostgres", "Postgres", "Reactor", "HTTPWire",
        "WebSocketWire", "JSONWire", "Log",
      ]),
    layer(
      "SkeinTestKit",
      [
        "Server", "Accounts", "Sealing", "Transport", "TLSEngine", "COpenSSL", "Agents", "Conversation",
        "EmbeddedPostgres",
        "Postgres", "Processes",
        "Reactor", "HTTPWire", "WebSocketWire", "JSONWire", "Log",
      ]),

    .target(name: "SeededRandom", path: "Tests/SeededRandom", swiftSettings: strict),
    .target(name: "SQLSamples", path: "Tests/SQLSamples", swiftSettings: strict),
    tests("Bytes", []),
    tests("JSONWire", []),
    tests("Log", []),
    tests("Reactor", []),
    tests("Sealing", []),
    tests("Redaction", ["JSONWire"]),
    tests("SQLJudge", ["SQLSamples"]),
    tests(
      "Databases",
      [
        "SQLJudge", "SQLSamples", "SkeinTestKit", "EmbeddedPostgres", "Postgres", "MySQL", "TLSEngine", "ProxyWire",
        "Reactor", "JSONWire", "Log",
      ]),
    tests("Documents", ["SkeinTestKit"]),
    tests("Accounts", ["JSONWire", "COpenSSL"]),
    tests("Conversation", ["JSONWire"]),
    tests("Calendar", []),
    tests("Deflate", []),
    tests("WebSocketWire", ["HTTPWire"]),
    tests("TLSEngine", ["SkeinTestKit", "COpenSSL"]),
    tests("ProxyWire", []),
    tests("Postgres", ["SkeinTestKit", "EmbeddedPostgres", "Reactor", "Log"]),
    tests(
      "MCP", ["SkeinTestKit", "Processes", "HTTPClient", "HTTPWire", "JSONWire", "Redaction", "Reactor", "Log"],
      beside: ["scripted.py"]),
    tests("EmbeddedPostgres", ["SkeinTestKit", "Postgres", "Reactor", "Log"]),
    tests("HTTPWire", []),
    tests("HTTPClient", ["SkeinTestKit", "Server", "TLSEngine", "Transport", "HTTPWire", "Reactor"]),
    tests(
      "Agents",
      [
        "Databases", "Documents", "SQLJudge", "SkeinTestKit", "HTTPClient", "HTTPWire", "JSONWire", "Conversation",
        "MCP", "Redaction", "Postgres", "Reactor", "Log",
      ]),
    tests(
      "Server",
      [
        "SkeinTestKit", "Accounts", "Sealing", "Store", "Databases", "Documents", "MySQL", "Agents", "Conversation",
        "EmbeddedPostgres", "Postgres", "Transport", "TLSEngine", "ProxyWire", "HTTPClient", "HTTPWire",
        "WebSocketWire",
        "JSONWire", "Log",
      ]),
    tests("Transport", ["SkeinTestKit", "TLSEngine", "ProxyWire", "HTTPWire", "WebSocketWire", "Reactor", "Log"]),
    tests(
      "Store",
      [
        "SkeinTestKit", "Accounts", "Sealing", "EmbeddedPostgres", "Conversation", "Postgres", "Reactor", "JSONWire",
        "Log",
      ]),
    .testTarget(
      name: "ProgramTests",
      dependencies: [
        "skein", "SkeinTestKit", "Server", "Store", "Sealing", "Accounts", "Postgres", "Conversation", "TLSEngine",
        "EmbeddedPostgres", "Reactor", "JSONWire", "HTTPWire", "WebSocketWire", "Log",
      ],
      swiftSettings: strict),
    tests("LoadKit", ["WebSocketWire"]),
    tests("ChaosKit", ["Agents", "JSONWire", "SkeinTestKit"]),
  ] + fuzzing
)
