import LoadKit

/// Turns through the server, and what they leave in the database.
struct GrowthLoad {
  var target: LoadTarget
  var crew = Crew()
  let database: Database
  var sessions = 500
  /// Questions and answers together.
  var messages = 100_000
  /// Of an answer.
  var chunks = 5
  /// How often the tables are looked at.
  var looks = 20

  func run() throws -> [Figure] {
    let identities = ChatLoad.identities(sessions)
    let turns = max(1, messages / 2 / sessions)
    let content = "/script {\"chunks\":\(chunks),\"bytes\":40,\"interval_ms\":10}"
    var sizes = try TableSize.read(database)
    let before = sizes[0].rows
    var greatest = sizes.map(\.total)
    let looks = min(looks, turns)
    for look in 0..<looks {
      let part = look * turns / looks..<(look + 1) * turns / looks
      _ = try crew.run(
        "the turns", at: target, dividing: sessions, seconds: 120 + Double(sessions * part.count) / 50,
        options: ChatLoad.options
      ) { range, _ in FillScenario(identities: Array(identities[range]), turns: part, content: content) }
      sizes = try TableSize.read(database)
      greatest = zip(greatest, sizes).map { max($0, $1.total) }
    }
    let stored = Double(max(1, sizes[0].rows))
    return [
      Figure("messages stored by this load", Format.count(Double(sizes[0].rows - before))),
      Figure("bytes a message", Format.count(Double(sizes[0].table) / stored)),
      Figure("bytes a message in indexes", Format.count(Double(sizes[0].indexes) / stored)),
    ] + zip(sizes, greatest).flatMap { $0.figures(greatest: $1) }
  }
}
