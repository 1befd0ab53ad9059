import ChaosKit
import Glibc
import LoadKit
import Reactor
import SeededRandom
import SkeinTestKit

/// One run, on the main thread: faults, then calm, then the comparison.
final class ChaosRun {
  private let options: ChaosOptions
  private let schedule: FaultSchedule
  private let folder: String
  private let database: Database
  private let crowd: Crowd
  private var nodes: [NodeProcess] = []
  private var startedAt: UInt64 = 0
  /// How often each kind of fault has happened.
  private var faults: [PlannedFault.Kind: Int] = [:]
  private var differences: [Difference] = []

  /// How long a start of everything, and the end of everything that runs, may take, in seconds.
  private static let patience = 180.0
  /// How long clients may take to see by themselves what is stored, in seconds.
  private static let catchUp = 60.0

  init(_ options: ChaosOptions) throws {
    self.options = options
    var generator = SeededGenerator(seed: options.seed)
    schedule = FaultSchedule(milliseconds: options.seconds * 1000, nodes: options.nodes, using: &generator)
    database = try Database()
    crowd = try Crowd(
      clients: options.clients, nodes: options.nodes, database: database.socket, seed: generator.next(),
      toleratesLoss: options.durability == "relaxed")
    Console.say(
      "seed \(options.seed): \(options.seconds) s, \(options.nodes) nodes, \(options.clients) clients in "
        + "\(crowd.sessions) sessions")
    folder = try TemporaryFolder.make("skein-chaos")
  }

  private var now: UInt64 { EventLoop.monotonicMilliseconds() - startedAt }

  /// - Returns: whether there was no difference.
  func run() throws -> Bool {
    do {
      return try proceed()
    } catch {
      Console.say("the nodes' logs are in \(folder)")
      throw error
    }
  }

  private func proceed() throws -> Bool {
    crowd.start()
    let url = "postgresql://skein@127.0.0.1:\(crowd.proxy.databasePort)/skein?sslmode=disable&gssencmode=disable"
    let recipe = NodeProcess.Recipe(
      binaries: options.binaries, databaseURL: url, folder: folder, durability: options.durability)
    nodes = (0..<options.nodes).map { index in
      NodeProcess(index, recipe) { [proxy = crowd.proxy] in proxy.lead(index, to: $0) }
    }
    try wait("the start of the nodes", seconds: Self.patience) { nodes.allSatisfy(\.isUp) }
    startedAt = EventLoop.monotonicMilliseconds()
    crowd.open()
    try inflict()
    let faultyUntil = now
    try settle()
    let settledAt = now
    crowd.stop()
    let stored = try StoredState(url: database.url)
    try compare(stored)
    stored.close()
    report(faulty: faultyUntil, settled: settledAt)
    if differences.isEmpty, !options.keepsLogs { TemporaryFolder.remove(folder) }
    return differences.isEmpty
  }

  /// Waits on the nodes, until the condition holds.
  /// - Parameter isPromised: whether it is a difference where that takes too long, and not the end of the run.
  private func wait(
    _ what: String, seconds: Double, isPromised: Bool = false, until condition: () throws -> Bool
  ) throws {
    let deadline = EventLoop.monotonicMilliseconds() + UInt64(seconds * 1000)
    while true {
      for node in nodes { try node.attend() }
      if try condition() { return }
      if EventLoop.monotonicMilliseconds() >= deadline {
        let sentence = "\(what) took longer than \(Int(seconds)) s"
        guard isPromised else { throw LoadError(sentence) }
        return differs(sentence)
      }
      try Patience.pause(seconds: 0.005)
    }
  }

  // MARK: Faults

  private func inflict() throws {
    var coming = schedule.faults[...]
    var present: [PlannedFault] = []
    try wait("the time of faults", seconds: Double(options.seconds) + Self.patience) {
      while let fault = coming.first, fault.at <= now {
        coming.removeFirst()
        present.append(fault)
        begin(fault)
      }
      while let place = present.firstIndex(where: { $0.end <= now }) { try end(present.remove(at: place)) }
      return now >= options.seconds * 1000 && coming.isEmpty && present.isEmpty
    }
  }

  private func begin(_ fault: PlannedFault) {
    faults[fault.kind, default: 0] += 1
    let place = fault.node.map { " \($0)" } ?? ""
    let status = crowd.status
    Console.say(
      "\(now.asSeconds) \(fault.kind.rawValue)\(place), for \(fault.duration) ms (so far \(status.acknowledged) "
        + "accepted, \(status.cuts) cuts, \(status.differences) differences)")
    switch fault.kind {
    case .nodeKill: node(of: fault)?.kill()
    case .nodeStop: node(of: fault)?.terminate()
    case .nodePause: node(of: fault)?.pause()
    case .databaseKill: database.kill()
    case .databaseRestart: database.terminate()
    case .databasePause: database.pause()
    }
  }

  private func end(_ fault: PlannedFault) throws {
    switch fault.kind {
    case .nodeKill, .nodeStop: node(of: fault)?.restore()
    case .nodePause: node(of: fault)?.resume()
    case .databaseKill, .databaseRestart:
      let began = now
      try database.restore()
      Console.say("\(now.asSeconds) PostgreSQL is back, \(now - began) ms after its start")
    case .databasePause: database.resume()
    }
  }

  private func node(of fault: PlannedFault) -> NodeProcess? { fault.node.map { nodes[$0] } }

  // MARK: Calm

  private func settle() throws {
    crowd.enter(.settling)
    crowd.proxy.calm()
    let stored = try StoredState(url: database.url)
    defer { stored.close() }
    try wait("the return of the nodes", seconds: Self.patience) { nodes.allSatisfy(\.isUp) }
    let count = options.clients
    try wait("the acceptance of all that was sent", seconds: Self.patience, isPromised: true) {
      crowd.status.settled == count
    }
    var isEnded = false
    try every(200, "the end of all runs", seconds: Self.patience) {
      isEnded = try stored.leftovers() == StoredState.Leftovers()
      return isEnded
    }
    if !isEnded { for line in try stored.leftoverLines() { differs(line) } }
    // Nobody comes anew for that: whoever is connected is to be told.
    try every(200, "telling everybody what is stored", seconds: Self.catchUp) {
      crowd.expect(try stored.versions())
      return crowd.status.caughtUp == count
    }
    crowd.enter(.finishing)
    try every(200, "loading everything", seconds: Self.patience) {
      let status = crowd.status
      return status.loaded >= status.caughtUp && status.caughtUp == count
    }
  }

  /// Waits for something that was promised, and looks every so many milliseconds.
  private func every(
    _ interval: UInt64, _ what: String, seconds: Double, until condition: () throws -> Bool
  ) throws {
    var next: UInt64 = 0
    try wait(what, seconds: seconds, isPromised: true) {
      guard now >= next else { return false }
      next = now + interval
      return try condition()
    }
  }

  private func differs(_ sentence: String) {
    differences.append(Difference(session: "all", client: nil, sentence))
  }

  // MARK: The verdict

  private func compare(_ stored: StoredState) throws {
    for crash in nodes.flatMap(\.crashes) { differs(crash) }
    let versions = try stored.versions()
    for (session, peers) in Dictionary(grouping: crowd.peers, by: \.identity.session).sorted(by: { $0.key < $1.key }) {
      for peer in peers { differences += peer.differences }
      let witnesses = peers.map { peer in
        var witness = peer.witness
        witness.transcript = peer.transcript
        witness.isCaughtUp = peer.hasCaughtUp(to: versions[session] ?? -1) && peer.transcript.before == nil
        return witness
      }
      differences += Comparison.differences(
        session: session, stored: try stored.session(session), witnesses: witnesses)
    }
  }

  private func report(faulty: UInt64, settled: UInt64) {
    let counts = crowd.counts
    Console.say("")
    for kind in PlannedFault.Kind.allCases { Console.say("\(kind.rawValue): \(faults[kind] ?? 0)") }
    Console.say("connections to PostgreSQL cut in an answer: \(counts.databaseCuts)")
    Console.say("starts of nodes: \(nodes.map(\.starts).reduce(0, +))")
    Console.say(
      "connections through the proxy: \(counts.links), of these \(counts.cuts) cut (\(counts.resets) reset, "
        + "\(counts.finishes) ended, \(counts.swallowed) half open), \(counts.refusals) refused, \(counts.stalls) "
        + "stalled, \(counts.delayed) delayed")
    Console.say(
      "connections of clients: \(counts.connections), \(counts.resumed) resumed, \(counts.fresh) with a fresh page, "
        + "\(counts.givenUp) given up for silence")
    Console.say(
      "messages: \(counts.sent) sent, \(counts.resent) sent again, \(counts.acknowledged) accepted, "
        + "\(counts.duplicates) acceptances of duplicates, \(counts.refused) refused")
    let shown = crowd.peers.map(\.witness.evidence.bytesShown).reduce(0, +)
    Console.say(
      "shown: \(shown) bytes in \(counts.frames) frames; \(counts.stops) stops, \(counts.retries) retries, \(counts.updates) updates, "
        + "\(counts.pages) pages of history")
    if options.durability == "relaxed" {
      let lost = crowd.peers.map(\.witness.evidence.lost)
      Console.say(
        "lost, as relaxed may: \(lost.flatMap(\.values).reduce(0, +)) bytes of \(Set(lost.flatMap(\.keys)).count) "
          + "answers, told at the end of the answer to \(counts.cutAnswers) who were connected")
    }
    Console.say("errors: \(Self.list(counts.errors))")
    Console.say("closes: \(Self.list(counts.closes))")
    Console.say("faults for \(faulty.asSeconds) s, settled after \((settled - faulty).asSeconds) s more")
    tellDifferences()
  }

  private static func list<Key: Comparable>(_ counts: [Key: Int]) -> String {
    counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
  }

  /// The first ones in full: with all that their clients have seen last, where that was not told already.
  private func tellDifferences() {
    for difference in differences.prefix(40) { Console.say("difference: \(difference)") }
    var told = crowd.told
    let most = told.count + 3
    for difference in differences where told.count < most {
      guard let client = difference.client, told.insert(client).inserted,
        let peer = crowd.peers.first(where: { $0.witness.name == client })
      else { continue }
      Console.say("the last that \(client) of \(difference.session) has seen:")
      for line in peer.trace.text { Console.say("    \(line)") }
    }
    if !differences.isEmpty { Console.say("the nodes' logs are in \(folder)") }
    Console.say("seed \(options.seed): \(differences.count) differences")
  }
}
