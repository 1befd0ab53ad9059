import Glibc
import LoadKit

/// docs/benchmarks.md in the making.
struct BenchmarkDocument {
  private let command: String
  private var text = ""

  /// - Parameter command: what writes it.
  init(command: String) { self.command = command }

  /// Adds the result of one load, and prints it.
  /// - Parameters:
  ///   - server: how the server was started.
  ///   - load: the command that does the same again.
  mutating func add(_ title: String, _ server: String, _ load: String, _ figures: [Figure]) {
    print("\n\(title)")
    for figure in figures { print("  \(figure.name.padded(to: 50)) \(figure.value)") }
    fflush(nil)
    text += "\n### \(title)\n\nServer: `\(server)`. Load: `\(load)`.\n\n| figure | value |\n| --- | ---: |\n"
    for figure in figures { text += "| \(figure.name) | \(figure.value) |\n" }
    if let note = Self.notes.first(where: { title.hasPrefix($0.title) }) { text += "\n\(note.text)\n" }
  }

  func write(to path: String) throws(LoadError) {
    try SystemFile.write(head + text, to: path)
  }

  private var head: String {
    """
    # Benchmarks

    Written by `\(command)`, which `make bench` runs; the next run writes it anew. Every load can be run by itself
    against any server: `skein-bench --help`.

    | | |
    | --- | --- |
    | date | \(Machine.date) |
    | processors | \(Machine.processors) |
    | memory | \(Machine.memory) |
    | system | \(Machine.system) |
    | PostgreSQL | \(Machine.postgres) |
    | load before | \(Machine.load) |

    The server, its PostgreSQL and the generator share these processors and take them from each other: the figures are
    what one small machine does all by itself, generator included, and not what a server reaches whose clients and
    database are elsewhere. Everything goes over the loopback network, without TLS where it is not named. PostgreSQL
    runs with its durable settings (`fsync` on), and nothing is counted as accepted or delivered before it is committed.
    Percentiles are at most 0.8 % above the truth.

    """
  }

  private static let notes: [(title: String, text: String)] = [
    (
      "Idle WebSockets",
      "The server's resident memory, without the kernel's own for the sockets, divided by the connections."
    ),
    (
      "Echo",
      """
      200 connections, each of which sends its next message when the last has come back: the socket engine alone,
      without sessions or a database. At full load the latency is mostly the queue of the other connections.
      """
    ),
    (
      "TLS, idle",
      """
      As above, by TLS 1.3. Most of it is what OpenSSL keeps for a session between two messages: OpenSSL 3.0 alone, without
      a server around it, takes 13.8 KiB with its buffers given back. The certificate's key is of P-256.
      """
    ),
    (
      "TLS, handshakes",
      """
      64 clients at a time connect, shake hands, open the WebSocket and leave for the next. A whole handshake costs the
      client more than the server, so that the server's time for one says more than how many there are a second.
      """
    ),
    ("TLS, echo", "As the echo above, by TLS 1.3; the generator encrypts and decrypts as much as the server."),
    (
      "Compression",
      """
      JSON frames of a chat, 256 different ones, echoed by 200 connections, with and without compression in turns. No
      message refers to another: no context is kept on either side, as by default. The server decompresses each
      message and compresses it again.
      """
    ),
    (
      "Slow peers",
      """
      200 connections that send a message each 20 ms: alone; while 1,000 peers that send the head of a request at one
      byte a second and 1,000 that send messages of 16 KiB and never read come, as fast as they can; and with them.
      """
    ),
    (
      "Idle, restored sessions",
      """
      As idle WebSockets, with `skein serve`: each connection is welcomed to a session of 20 messages, which is in memory
      from then on, and given them. What the server needs once, as for its first queries, is divided among them, too.
      """
    ),
    (
      "Accepted messages",
      """
      Each connection sends a message to its own session, and the next when the answer is complete. An accepted message
      is committed; its run then begins, gets an empty answer and ends: two stored messages and three versions of the
      session a turn. pgbench before it executes the journal's own statement for messages alone, each committed by
      itself, on the same PostgreSQL.
      """
    ),
    (
      "Streamed answers",
      """
      Each session has an answer that grows by a chunk of 20 bytes every 20 ms. A chunk's time runs from the moment
      when the agent writes it, over the commit, to the moment when the client has read it.
      """
    ),
    (
      "Shared answers",
      """
      The same answers twice: with one connection to each session, and with ten. A chunk that ten readers are given
      counts ten times; it is committed once, and encoded once.
      """
    ),
    (
      "Answers of a model",
      """
      The same with answers that come from a service of the `chat-completions` form, which runs in the generator: a chunk
      of 20 bytes each 50 ms for each answer, over a connection of its own. A chunk's time runs from the moment when the
      service writes it, over the commit, to the moment when the client has read it. The memory is what the server took
      more while all of them ran, divided by their number.
      """
    ),
    (
      "Restored sessions among many",
      """
      500 sessions of 20 messages, the same again when many more messages are stored, and then others, taken evenly from
      the whole table, which PostgreSQL reads for the first time: what it does not keep itself is read from the system, or
      from the disk. Each fresh page and each position in three rounds.
      """
    ),
    (
      "REST",
      """
      50 connections, each of which sends its next request when the last was answered, one route after the other: at full
      load the latency is mostly the queue of the other connections. Sessions of 20 messages, ten a visitor, over 60 days;
      sessions and words are asked for from everywhere. `of the whole site` is asked by a server's key, and sees what
      belongs to anybody. Left out are log-ins, which are made to take long, and streams.
      """
    ),
    (
      "Growth of the database",
      """
      500 sessions ask, and are answered in five chunks of 40 bytes, 10 ms apart; the tables are looked at 20 times
      meanwhile. Rows of runs and chunks come and go: what they take is what waits for the next vacuum.
      """
    ),
    (
      "Restored sessions",
      """
      Sessions of 20 messages, nobody connected to them; then all clients come, 200 at a time: TCP connection, WebSocket
      handshake, `hello`, `welcome`. A fresh page brings all messages, a position brings what it lacks, here nothing.
      """
    ),
  ]
}
