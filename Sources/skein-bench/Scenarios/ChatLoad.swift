import LoadKit

/// What the loads of chat sessions have in common.
enum ChatLoad {
  static let agent = "script"
  static let options = LoadOptions(subprotocols: ["skein.v1"])
  /// The shortest turn there is: an empty answer.
  static let shortest = "/script {\"text\":\"\"}"

  /// What an answer says that is to be of a usual length.
  static let sentence = String(repeating: "All work and no play. ", count: 8)

  /// New sessions.
  static func identities(_ count: Int) -> [ChatIdentity] {
    let run = UInt64.random(in: 0...(.max))
    return (0..<count).map { ChatIdentity(run: run, index: $0) }
  }

  /// Ends the load with what the server has said is wrong.
  static func fail(_ engine: LoadEngine, _ frame: UnsafeRawBufferPointer) {
    engine.fail("the server answers: \(String(decoding: frame.prefix(300), as: UTF8.self))")
  }
}
