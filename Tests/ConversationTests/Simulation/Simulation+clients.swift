import SeededRandom
import Conversation
import JSONWire

/// A person's client, and what it wants.
struct Participant {
  let index: Int
  var model = ClientModel()
  /// The connection that it uses now.
  var connection: UInt64?
  /// What it has sent and not seen acknowledged.
  var pending: [ClientFrame.Send] = []
  /// What was acknowledged: the ids, with their versions and content.
  var acknowledged: [MessageID: (version: Int64, content: [UInt8])] = [:]
  /// Answers that it wants made again, with the new answers' ids, and those that were accepted, with their versions.
  var retries: [ClientFrame.Retry] = []
  var retried: [MessageID: Int64] = [:]
  /// Times at which it takes frames: a slow one seldom does.
  var patience = 1
  /// The marks on what it asked for, so that an answer's can be told from an invented one.
  var refs: Set<String> = []
}

/// A connection as the server has it, and the frames that are on their way to the client.
struct Connection {
  let token: UInt64
  let client: Int
  /// The node that it leads to.
  let node: Int
  let reader: Reader
  var isOpen = true
  /// Whether the server still believes in it.
  var isBound = true
  var hello: (position: Position?, history: Int)
  var pipe: [(frame: JSONValue, size: Int)] = []
  /// So many frames fit into the socket.
  let capacity: Int
}

extension Simulation {
  // MARK: From server to client

  func send(_ frame: [UInt8], to reader: Reader) {
    guard let place = connections.firstIndex(where: { $0.reader === reader }), connections[place].isBound else {
      return
    }
    deliver(frame, place)
  }

  private func deliver(_ frame: [UInt8], _ place: Int) {
    counts.frames += 1
    counts.bytes += frame.count
    note(frame, at: place)
    if frame.count > limits.frameBytes { violations.append("a frame of \(frame.count) bytes") }
    guard let value = try? JSONValue(parsing: frame) else { return violations.append("a frame that is no JSON") }
    checkDurable(value)
    connections[place].pipe.append((value, frame.count))
  }

  /// Takes a frame into the story, and its kind and length into the outline.
  private func note(_ frame: [UInt8], at place: Int) {
    func add(_ byte: UInt8, to digest: inout UInt64) { digest = (digest ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    for byte in frame { add(byte, to: &story) }
    for byte in ServerFrame.type(of: frame) { add(byte, to: &outline) }
    for number in [frame.count, connections[place].client, connections[place].node] {
      for shift in stride(from: 0, to: 24, by: 8) { add(UInt8(truncatingIfNeeded: number >> shift), to: &outline) }
    }
  }

  /// Fills a connection up to what its socket takes.
  func fill(_ place: Int) {
    guard connections[place].isBound, let session = nodes[connections[place].node].session,
      session.readers.contains(where: { $0 === connections[place].reader })
    else { return }
    guard connections[place].pipe.count < connections[place].capacity else { return }
    session.fill(connections[place].reader) { frame in
      deliver(frame, place)
      return connections[place].pipe.count < connections[place].capacity
    }
  }

  /// No byte may leave before the store has it, but for those of an answer that is relaxed.
  private func checkDurable(_ frame: JSONValue) {
    switch frame["type"]?.string {
    case "message.delta":
      counts.deltas += 1
      guard let id = frame["message"]?.string, let offset = frame["offset"]?.int, let text = frame["text"]?.string
      else {
        return
      }
      checkDurable(id, offset: Int(offset), Array(text.utf8))
      if store.message(id)?.status != .streaming { counts.tails += 1 }
    case "message.created":
      if let message = frame["message"] { checkDurable(message: message) }
      checkVersion(frame)
    case "welcome", "history.page":
      for message in frame["messages"]?.array ?? [] { checkDurable(message: message) }
      checkVersion(frame)
    case "message.accepted":
      guard let id = frame["id"]?.string, store.message(id)?.createdVersion == frame["version"]?.int else {
        return violations.append("accepted what is not stored")
      }
    case "message.completed":
      // It may have been replaced since.
      if let id = frame["message"]?.string, store.message(id)?.version ?? 0 < frame["version"]?.int ?? .max {
        violations.append("completed before it is stored")
      }
    default: checkVersion(frame)
    }
  }

  private func checkVersion(_ frame: JSONValue) {
    if let version = frame["version"]?.int, version > store.version { violations.append("a version before its commit") }
  }

  private func checkDurable(message: JSONValue) {
    guard let id = message["id"]?.string, let content = message["content"]?.string else {
      return violations.append("an incomplete message object")
    }
    checkDurable(id, offset: Int(message["offset"]?.int ?? 0), Array(content.utf8))
  }

  private func checkDurable(_ id: String, offset: Int, _ text: [UInt8]) {
    guard let stored = store.message(id) else { return violations.append("shown before it is stored") }
    let known = stored.content.dropFirst(offset).prefix(text.count)
    guard text.prefix(known.count).elementsEqual(known) else {
      return violations.append("bytes shown that are not what is stored")
    }
    guard known.count < text.count else { return }
    counts.early += 1
    if !store.relaxed.contains(stored.id) { violations.append("bytes shown that are not stored") }
  }

  /// A client takes frames.
  func receive() {
    guard let place = clients.indices.randomElement(using: &random) else { return }
    if clients[place].patience > 1, !chance(clients[place].patience) { return }
    receive(place, most: 1 + below(4))
  }

  func receive(_ client: Int, most: Int) {
    guard let token = clients[client].connection, let place = connections.firstIndex(where: { $0.token == token })
    else {
      return
    }
    at = connections[place].node
    for _ in 0..<most {
      guard !connections[place].pipe.isEmpty else { break }
      let frame = connections[place].pipe.removeFirst().frame
      clients[client].model.apply(frame)
      note(frame, client)
      if clients[client].model.takeHole() {
        // It comes again with its position.
        clients[client].connection = nil
        return drop(place)
      }
    }
    if !connections[place].isOpen, connections[place].pipe.isEmpty {
      // The end of what the dead server had sent.
      clients[client].connection = nil
      return drop(place)
    }
    fill(place)
    carryOut()
  }

  private func note(_ frame: JSONValue, _ client: Int) {
    if let ref = frame["ref"]?.string, !clients[client].refs.contains(ref) { violations.append("a ref of nobody's") }
    switch frame["type"]?.string {
    case "welcome":
      if clients[client].model.resumed { counts.resumed += 1 } else { counts.fresh += 1 }
    case "message.accepted":
      guard let text = frame["id"]?.string, let id = MessageID(text), let version = frame["version"]?.int else {
        return
      }
      if frame["duplicate"]?.bool == true { counts.duplicates += 1 }
      if let send = clients[client].pending.first(where: { $0.id == id }) {
        clients[client].acknowledged[id] = (version, send.content)
      } else if let old = clients[client].acknowledged[id], old.version != version {
        violations.append("a duplicate with another version")
      }
      clients[client].pending.removeAll { $0.id == id }
      if clients[client].retries.contains(where: { $0.id == id }) {
        if let old = clients[client].retried[id], old != version { violations.append("a retry with another version") }
        if frame["duplicate"]?.bool == false { counts.retried += 1 }
        clients[client].retried[id] = version
      }
    case "error":
      counts.refused += 1
      // Whoever is refused may ask again, or give it up.
      if chance(2), !clients[client].pending.isEmpty { clients[client].pending.removeFirst() }
    default: break
    }
  }

  // MARK: From client to server

  /// A client does something.
  func act() {
    guard let client = clients.indices.randomElement(using: &random) else { return }
    guard let token = clients[client].connection, let place = connections.firstIndex(where: { $0.token == token })
    else {
      if counts.steps >= quietUntil { connect(client, afresh: chance(5)) }
      return
    }
    guard clients[client].model.isWelcomed, connections[place].isOpen, connections[place].isBound else { return }
    at = connections[place].node
    let session = live()
    var ref: String?
    if chance(2) {
      ref = "r\(below(1_000_000))\""
      clients[client].refs.insert(ref ?? "")
    }
    let origin = Origin(reader: connections[place].reader, ref: ref)
    if clients[client].model.hasWaitingCall, chance(4) { return decide(client, origin, session) }
    // There is seldom nothing under way, and only then can an answer be made again.
    var deed = session.run == nil && chance(3) ? 15 : below(22)
    // Few stop what has much to call.
    if losesCalls, (7..<9).contains(deed), !chance(10) { deed = 0 }
    switch deed {
    case 0..<7: sendMessage(client, origin, session)
    case 7..<9:
      counts.stops += 1
      let message = chance(3) ? session.run?.answer : nil
      session.stop(ClientFrame.Stop(message: message, queued: chance(4)), from: origin)
    case 9..<11:
      counts.updates += 1
      var update = ClientFrame.UpdateSession()
      if chance(2) { update.title = chance(3) ? .clear : .set("title \(below(100)) ת") }
      if chance(4) { update.description = chance(3) ? .clear : .set("about \(below(100))") }
      if chance(4) { update.metadata = SessionContext(JSONObject([("m\(below(3))", chance(3) ? .null : .int(1))])) }
      let key = "k\(below(3))"
      update.context = SessionContext(JSONObject([(key, chance(3) ? .null : .int(Int64(below(1000))))]))
      session.update(update, from: origin)
    case 11..<15:
      guard let text = clients[client].model.before, let cursor = HistoryCursor(text) else { return }
      counts.histories += 1
      loadHistory(cursor, origin)
    case 15..<17: retryAnswer(client, origin, session)
    case 17: clients[client].patience = chance(3) ? 20 : 1
    case 18..<20:
      let known = clients[client].model.messages.sorted { $0.value.createdVersion < $1.value.createdVersion }
      guard let message = known.randomElement(using: &random).flatMap({ MessageID($0.key) }) else { return }
      counts.ratings += 1
      let rating: Feedback = chance(3) ? .none : chance(2) ? .up : .down
      session.rate(ClientFrame.Rate(message: message, rating: rating), from: origin)
    case 20 where chance(4): decide(client, origin, session)
    case 20: session.type(chance(3) ? false : true, by: connections[place].reader, now: UInt64(now))
    default: if chance(2) { cut(place) }
    }
    carryOut()
  }

  /// Says something of a call, most often of one that waits.
  private func decide(_ client: Int, _ origin: Origin, _ session: LiveSession) {
    defer { carryOut() }
    let model = clients[client].model
    let known = model.messages.filter { !$0.value.tools.isEmpty }
      .sorted { $0.value.createdVersion < $1.value.createdVersion }.map(\.key)
    let streaming = model.streaming.flatMap { known.contains($0) ? $0 : nil }
    guard let id = streaming ?? known.randomElement(using: &random), let message = MessageID(id) else { return }
    let waiting = model.messages[id]?.tools.first { $0["status"] == "waiting" }
    let tool = waiting?["id"]?.string ?? "c\(below(3))"
    session.decide(
      ClientFrame.Decide(message: message, tool: tool, verdict: chance(2) ? .approved : .rejected), from: origin)
  }

  func loadHistory(_ cursor: HistoryCursor, _ origin: Origin) {
    let request = PageRequest(session: store.id, before: cursor.createdVersion, limit: 1 + below(12))
    reads.append(SimulatedNode.Read(purpose: .history(request, origin)))
  }

  private func sendMessage(_ client: Int, _ origin: Origin, _ session: LiveSession) {
    let send: ClientFrame.Send
    if let again = clients[client].pending.first, chance(2) {
      send = again
    } else if chance(12), let known = clients[client].acknowledged.keys.min(by: { $0.high < $1.high }) {
      // A client that has forgotten that it was answered, and what it had sent.
      send = ClientFrame.Send(id: known, content: Array("other".utf8), whenBusy: .reject)
    } else {
      let whenBusy: ClientFrame.WhenBusy = chance(losesCalls ? 60 : 4) ? .interrupt : chance(3) ? .reject : .queue
      if whenBusy == .interrupt { counts.interrupts += 1 }
      send = ClientFrame.Send(
        id: .random(using: &random),
        content: SimulatedText.random(upTo: chance(3) ? limits.messageBytes : 40, using: &random), whenBusy: whenBusy,
        metadata: Array((chance(4) ? #"{"a":[1,2]}"# : "{}").utf8))
      clients[client].pending.append(send)
    }
    counts.sent += 1
    session.send(send, from: origin, now: now)
  }

  private func retryAnswer(_ client: Int, _ origin: Origin, _ session: LiveSession) {
    let retry: ClientFrame.Retry
    let known = clients[client].model.messages.sorted { $0.value.createdVersion < $1.value.createdVersion }
    if let again = clients[client].retries.randomElement(using: &random), chance(3) {
      retry = again
    } else {
      let wanted = chance(6) ? known.randomElement(using: &random) : known.last { $0.value.role == "assistant" }
      guard let message = wanted.flatMap({ MessageID($0.key) }) else { return }
      let taken = chance(20) ? known.first.flatMap { MessageID($0.key) } : nil
      retry = ClientFrame.Retry(message: message, id: taken ?? .random(using: &random))
      if taken == nil { clients[client].retries.append(retry) }
    }
    session.retry(retry, from: origin, now: now)
  }

  func connect(_ client: Int, afresh: Bool) {
    at = below(nodes.count)
    let token = random.next()
    let history = chance(3) ? below(3) : below(30)
    let position = afresh ? nil : clients[client].model.position
    let connection = Connection(
      token: token, client: client, node: at, reader: Reader(token: token), hello: (position, history),
      capacity: 1 + below(6))
    connections.append(connection)
    clients[client].connection = token
    clients[client].model.connect()
    live().bind(
      Binding(
        reader: connection.reader, ref: nil, session: store.id, position: position, history: history, token: nil,
        created: false))
    carryOut()
  }

  // MARK: Ends of connections

  /// The connection breaks: some of what is under way still arrives, and the server may learn of it later.
  func cut(_ place: Int) {
    counts.cuts += 1
    let client = connections[place].client
    if clients[client].connection == connections[place].token {
      // A frame that is cut in its middle is lost like one that was never sent.
      for _ in 0..<below(connections[place].pipe.count + 1) {
        let frame = connections[place].pipe.removeFirst().frame
        clients[client].model.apply(frame)
        note(frame, client)
        if clients[client].model.takeHole() { break }
      }
      clients[client].connection = nil
      connections[place].isOpen = false
      // The server still writes to it for a while.
      if chance(3) { return }
    }
    drop(place)
  }

  /// Everybody goes, and stays away for a while.
  func leave() {
    for connection in connections { close(connection.reader) }
    quietUntil = counts.steps + below(400)
  }

  /// The server closes a connection.
  func close(_ reader: Reader) {
    guard let place = connections.firstIndex(where: { $0.reader === reader }) else { return }
    let client = connections[place].client
    if clients[client].connection == connections[place].token { clients[client].connection = nil }
    drop(place)
  }

  private func drop(_ place: Int) {
    let reader = connections[place].reader
    let elsewhere = at
    defer { at = elsewhere }
    at = connections[place].node
    connections[place].isBound = false
    connections[place].isOpen = false
    session?.remove(reader)
    connections.remove(at: place)
    carryOut()
  }
}

extension ModelStore {
  func message(_ id: String) -> Message? { MessageID(id).flatMap { message($0) } }
}
