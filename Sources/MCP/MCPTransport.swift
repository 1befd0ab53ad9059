import JSONWire
import Reactor
import Synchronization

/// The way to a server, whichever it is: it has the server there, knows what it speaks, and carries requests to it.
protocol MCPTransport: Actor {
  /// Has the server ready to be asked, starting it or greeting it where it is not.
  func welcome() async throws -> MCPWelcome

  /// Asks a server that is ready, and waits for the answer. When the task is cancelled, or the time is over, the server
  /// is told that nobody waits any more.
  /// - Throws: `MCPError`, `CancellationError`.
  func ask(_ request: MCPRequest) async throws -> JSONObject

  /// Whether changes of its tools would be heard of now.
  var isListening: Bool { get }

  /// Lets the server go; nothing is asked any more.
  func close() async
}

/// What a server is asked.
struct MCPRequest: Sendable {
  let method: String
  var parameters = JSONObject()
  /// Header fields that go with it, where the way is HTTP and the era the modern one.
  var fields: [(name: String, value: String)] = []
  /// How long the answer may take, in milliseconds.
  let milliseconds: UInt64
}

/// Counts what makes a list of tools outdated: changes that were told, and new beginnings.
final class ChangeCount: Sendable {
  private let changes = Atomic<UInt64>(0)

  var value: UInt64 { changes.load(ordering: .relaxed) }

  func increase() { changes.add(1, ordering: .relaxed) }
}
