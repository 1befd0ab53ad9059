import LoadKit

/// The same messages of a chat, compressed and not, in turns.
struct DeflateLoad {
  var target: LoadTarget
  var crew = Crew()
  var connections = 200
  var bytes = 1024
  var rounds = 3
  /// The measured time of each kind, in seconds.
  var seconds = 6.0
  var process: Int32?

  private static let messages = 256

  func run() throws -> [Figure] {
    var plain = EchoLoad(target: target, crew: crew)
    (plain.connections, plain.process) = (connections, process)
    (plain.warm, plain.seconds) = (0.5, seconds / Double(rounds))
    var compressed = plain
    compressed.options.deflate = EchoMessages.offer
    plain.messages = EchoMessages(chat: Self.messages, bytes: bytes, isCompressed: false)
    compressed.messages = EchoMessages(chat: Self.messages, bytes: bytes, isCompressed: true)
    let outcome = try Duel(first: compressed, second: plain, rounds: rounds).run()
    let (packed, loose) = (outcome.first, outcome.second)
    func share(_ wire: (EchoTally) -> Int) -> String {
      Format.percent(Double(wire(packed)) / packed.messages / (Double(wire(loose)) / loose.messages))
    }
    return [
      Figure("the server's messages on the wire, compressed to plain", share(\.received)),
      Figure("the clients' messages on the wire, compressed to plain", share(\.sent)),
    ] + outcome.figures("compressed", "plain")
  }
}
