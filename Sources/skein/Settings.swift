import Conversation
import Log
import ProxyWire
import Server
import Store
import TLSEngine
import Transport
import WebSocketWire

/// What the commands can be told, beside what is theirs alone.
struct Settings {
  var server = ServerSettings()
  var url = ""
  var home = ""
  var toolServersFile = ""
  var certificates: [String] = []
  var keys: [String] = []
  var minimum = TLSVersion.tls12
  var site = SiteSettings()
  var user = UserSettings()
  var key = KeySettings()
  var agent = AgentSettings()
  var ingest = IngestSettings()
  var isDryRun = false
  var forgetsLost = false
  var transferSite = ""
  var transferSession = ""
  var logLevel = LogLevel.info
  var logFormat = LogFormat.text

  var log: Logger { Logger("skein", level: logLevel, format: logFormat) }

  static var logging: [Option<Settings>] {
    [
      Option(flag: "log-level", value: "LEVEL", help: "debug, info, warning or error (info)") { settings, text in
        LogLevel(rawValue: text).map { settings.logLevel = $0 } != nil
      },
      Option(flag: "log-format", value: "FORMAT", help: "text or json (text)") { settings, text in
        LogFormat(rawValue: text).map { settings.logFormat = $0 } != nil
      },
    ]
  }

  static var database: [Option<Settings>] {
    [
      .text("database-url", "URL", "A PostgreSQL that exists (none: an embedded one is started)", \.url),
      .text("data", "FOLDER", "Where the embedded PostgreSQL keeps its data (.skein)", \.server.data),
      .number(
        "data-memory", "What it keeps in memory, in MiB; 0: a sixteenth of the machine's, from 128 to 512 (0)",
        \.server.dataMegabytes, 0...1_048_576),
      .text("home", "FOLDER", "The folder of Public, Migrations and docs (found by itself)", \.home),
    ]
  }

  static var listening: [Option<Settings>] {
    [
      .text("host", "ADDRESS", "The numeric address to listen on (127.0.0.1)", \.server.host),
      .number("port", "The port to listen on; 0 lets the system choose (8080)", \.server.port, 0...65535),
      .number("loops", "Event loops; 0 is one for each processor (0)", \.server.loops, 0...256),
      .number("connections", "Connections at once on one loop (19000)", \.server.transport.connections, 1...1_000_000),
      .number("frame-bytes", "The largest frame of a client, in bytes (262144)", \.frameBytes, 4096...16_777_216),
      .number(
        "ping-seconds", "Silence after which a peer is pinged, in seconds; 0: never (25)",
        \.server.transport.pingSeconds, 0...3600),
      .number(
        "request-seconds", "How long a request may take to arrive, in seconds (15)",
        \.server.transport.requestSeconds, 1...3600),
      .number(
        "keep-alive-seconds", "How long a connection may wait for its next request, in seconds (60)",
        \.server.transport.keepAliveSeconds, 1...86_400),
      .number(
        "close-seconds", "How long a closing connection is waited for, in seconds (5)",
        \.server.transport.closeSeconds, 1...3600),
      .number(
        "unsent-bytes", "Bytes that a peer may leave unread before it is no longer read from (262144)",
        \.server.transport.unsentBytes, 4096...1_073_741_824),
      .onOff(
        "deflate", "Whether messages are compressed for clients that offer it (no)",
        \.server.transport.deflate.isEnabled),
      .number(
        "deflate-threshold", "Messages of fewer bytes are not compressed (512)", \.server.transport.deflate.threshold,
        0...16_777_216),
      Option(
        flag: "deflate-takeover", value: "SIDES",
        help: "Whose messages may refer to earlier ones, which takes memory: none, server, client or both (none)"
      ) { settings, text in
        guard ["none", "server", "client", "both"].contains(text) else { return false }
        settings.server.transport.deflate.serverKeepsContext = text == "server" || text == "both"
        settings.server.transport.deflate.clientKeepsContext = text == "client" || text == "both"
        return true
      },
    ]
  }

  static var lifecycle: [Option<Settings>] {
    [
      .number(
        "inactive-hours", "After so many hours without activity a session is inactive; 0: never (24)",
        \.server.lifecycle.inactiveHours, 0...87_600),
      .number(
        "purge-days", "So many days after its deletion a session is removed for good (30)",
        \.server.lifecycle.purgeDays, 0...3650),
      .number(
        "idempotency-hours", "How long a request that makes something is known by its Idempotency-Key (24)",
        \.server.lifecycle.idempotencyHours, 1...8760),
    ]
  }

  static var serving: [Option<Settings>] {
    [
      .number(
        "connections-per-address", "Connections at once of one address on one loop; 0: no limit (1000)",
        \.server.transport.connectionsPerAddress, 0...1_000_000),
      .number(
        "frames-per-second", "Frames that a client may send in a second; 0: no limit (500)",
        \.server.transport.framesPerSecond, 0...1_000_000),
      .number(
        "messages-per-minute", "Messages of one visitor in a minute; 0: no limit (1200)",
        \.server.messageRates.visitor, 0...60_000_000),
      .number(
        "messages-per-minute-address", "Messages from one address in a minute; 0: no limit (0)",
        \.server.messageRates.address, 0...60_000_000),
      .number(
        "messages-per-minute-site", "Messages to one site in a minute; 0: no limit (0)",
        \.server.messageRates.site, 0...60_000_000),
      .number(
        "connections-per-minute", "How often one visitor may connect in a minute; 0: no limit (1200)",
        \.server.connectionRates.visitor, 0...60_000_000),
      .number(
        "connections-per-minute-address", "The same from one address; 0: no limit (0)",
        \.server.connectionRates.address, 0...60_000_000),
      .number(
        "connections-per-minute-site", "The same to one site; 0: no limit (0)",
        \.server.connectionRates.site, 0...60_000_000),
      .number(
        "tokens-per-day-site", "Tokens of models that one site may use in a day; 0: no limit (0)",
        \.server.budgets[.site], 0...Budgets.most),
      .number(
        "tokens-per-day-visitor", "The same for one visitor of a site; 0: no limit (0)",
        \.server.budgets[.visitor], 0...Budgets.most),
      .number(
        "tokens-per-day-key", "The same for one key on a site; 0: no limit (0)",
        \.server.budgets[.key], 0...Budgets.most),
      .onOff("script-agent", "Whether the agent for tests and benchmarks is there (no)", \.server.hasScriptAgent),
      .number(
        "database-connections", "Connections for reading, on each loop (4)", \.server.databaseConnections, 1...100),
      .number(
        "message-bytes", "The longest message of a person, in bytes (32768)", \.server.limits.messageBytes,
        1...1_048_576),
      .number(
        "answer-bytes", "The longest answer, in bytes (1048576)", \.server.limits.answerBytes, 1...268_435_456),
      .number(
        "step-bytes", "What is kept of an answer's calls of tools for another server, in bytes (8388608)",
        \.server.limits.stepBytes, 0...268_435_456),
      .number("queued-runs", "Questions that may wait in one session (100)", \.server.limits.queuedRuns, 1...10_000),
      .number(
        "hello-seconds", "How long a client may take to say hello, in seconds (10)", \.server.helloSeconds, 1...3600),
      .number(
        "first-byte-seconds", "How long an agent may take to begin its answer, in seconds; 0: no limit (60)",
        \.firstByteSeconds, 0...86_400),
      .number(
        "silence-seconds", "How long an agent may write nothing then, in seconds; 0: no limit (60)",
        \.silenceSeconds, 0...86_400),
      .number(
        "answer-seconds", "How long an agent may take for its whole answer, in seconds; 0: no limit (600)",
        \.answerSeconds, 0...86_400),
      .number(
        "poll-milliseconds", "How often other servers' changes are asked for without notifications (100)",
        \.server.pollMilliseconds, 10...60_000),
      .number(
        "grace-seconds", "How long answers may go on when the server is stopped, in seconds (10)",
        \.server.graceSeconds, 0...3600),
      .number(
        "drain-seconds", "Within which time clients are sent away then, in seconds (3)", \.server.drainSeconds, 0...3600
      ),
      Option(
        flag: "durability", value: "WHEN", help: "When an answer's text is shown: at its commit, or before (commit)"
      ) { settings, text in
        Durability(rawValue: text).map { settings.server.durability = $0 } != nil
      },
      Option(
        flag: "titles", value: "WHO",
        help: "Whether sessions are given titles: auto, by their first question, or off (auto)"
      ) { settings, text in
        settings.server.makesTitles = text == "auto"
        return text == "auto" || text == "off"
      },
      .number(
        "search-milliseconds", "How often new messages are made ready for search; 0: never (5000)",
        \.server.searchMilliseconds, 0...3_600_000),
      .number("group-size", "Changes that one commit takes at most (2000)", \.server.groupSize, 1...100_000),
    ]
  }

  /// The frame limit counts for the protocol and for the socket alike.
  var frameBytes: Int {
    get { server.limits.frameBytes }
    set {
      server.limits.frameBytes = newValue
      server.limits.reasoningBytes = min(Limits().reasoningBytes, newValue * 3 / 8)
      server.transport.messageBytes = newValue
    }
  }

  /// Time limits are told in whole seconds.
  var firstByteSeconds: UInt64 {
    get { server.times.firstByte / 1000 }
    set { server.times.firstByte = newValue * 1000 }
  }

  var silenceSeconds: UInt64 {
    get { server.times.silence / 1000 }
    set { server.times.silence = newValue * 1000 }
  }

  var answerSeconds: UInt64 {
    get { server.times.total / 1000 }
    set { server.times.total = newValue * 1000 }
  }

  /// The settings as the server takes them.
  func resolved() throws(UsageError) -> ServerSettings {
    var server = server
    // A message must fit into one frame even where every byte of it is escaped, beside its metadata.
    let least = 6 * server.limits.messageBytes + 8 * 1024
    guard frameBytes >= least else {
      throw UsageError(message: "--frame-bytes must be \(least) or more for messages of that size")
    }
    server.databaseURL = url.isEmpty ? nil : url
    server.home = try Home.find(home)
    server.toolServers = try toolServers()
    try checkEmbeddings()
    return try secured(server)
  }
}
