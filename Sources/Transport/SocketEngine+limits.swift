import HTTPWire
import Log
import ProxyWire
import Reactor
import TLSEngine
import WebSocketWire

/// How many connections there may be, in all and for each address, and how many frames a second.
extension SocketEngine {
  /// How many connections beyond the limit are told so at a time; others are closed as they come.
  private static let told = 64

  /// Whether one more connection is taken at all, if only to be turned away.
  var hasRoom: Bool { count < settings.connections + Self.told }

  /// Counts a new connection where it comes from, or turns it away.
  func judge(_ connection: Connection) {
    if count > settings.connections {
      counts.full += 1
      return turnAway(connection, .serviceUnavailable, "the server has all the connections it may have")
    }
    // Whose connection a proxy's is, it tells itself.
    guard settings.connectionsPerAddress > 0, connection.prologue == nil, let address = address(of: connection),
      !settings.trustedProxies.contains(where: { $0.contains(address) })
    else { return }
    charge(connection, to: address)
  }

  /// Counts a connection for an address, and no longer for the one before; turns it away where there are too many.
  func charge(_ connection: Connection, to address: IPAddress) {
    guard settings.connectionsPerAddress > 0 else { return }
    let network = address.network
    guard network != connection.network else { return }
    leave(connection)
    enter(connection, network)
    guard let present = networks[network], present > settings.connectionsPerAddress else { return }
    counts.crowdedAddresses += 1
    // Those that are told wait for a while: no address may fill the table by that.
    if present > settings.connectionsPerAddress + Self.told { return drop(connection) }
    turnAway(connection, .tooManyRequests, "there are too many connections from this address")
  }

  func enter(_ connection: Connection, _ network: UInt64) {
    guard network != 0 else { return }
    connection.network = network
    networks[network, default: 0] += 1
  }

  /// Counts a connection no longer.
  func leave(_ connection: Connection) {
    guard connection.network != 0, let present = networks[connection.network] else { return }
    networks[connection.network] = present > 1 ? present - 1 : nil
    connection.network = 0
  }

  private func address(of connection: Connection) -> IPAddress? { connection.peer.flatMap { IPAddress($0.host) } }

  /// Tells a peer that there is no room for it, as far as that costs little: not by a TLS handshake.
  private func turnAway(_ connection: Connection, _ status: HTTPStatus, _ reason: String) {
    let isPlain = connection.security?.session.isHandshaking != true && connection.prologue == nil
    if isPlain { refuse(connection, HTTPError(status, reason)) } else { drop(connection) }
  }

  /// Throws where a peer has sent more frames in the present second than it may.
  func limitRate(_ connection: Connection) throws(WebSocketError) {
    guard settings.framesPerSecond > 0 else { return }
    let frames = decoder.takeFrameCount()
    if connection.second != now {
      connection.second = now
      connection.frames = 0
    }
    connection.frames &+= frames
    guard connection.frames > settings.framesPerSecond else { return }
    throw WebSocketError(.tooMany, "more than \(settings.framesPerSecond) frames a second")
  }

  /// Counts a WebSocket that ends by an error of its peer.
  func count(_ error: WebSocketError) {
    switch error.closeCode {
    case .tooMany: counts.tooFast += 1
    case .tooBig: counts.tooBig += 1
    default: counts.brokenFrames += 1
    }
  }

  /// Counts a request whose origin its site does not allow.
  package func countForeignOrigin() { counts.foreignOrigins += 1 }

  /// Tells once a minute what the limits have done meanwhile.
  func report() {
    guard now % 60 == 0 else { return }
    let changes = counts.changes(since: reported)
    reported = counts
    if !changes.isEmpty { log.info("limits were met in the last minute", ["limits": changes]) }
  }
}
