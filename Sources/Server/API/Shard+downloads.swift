import HTTPWire
import Log
import Reactor
import Transport

/// An answer whose content may be long: it is made piece by piece, each when the one before has been taken.
struct Download {
  let head: HTTPResponseHead
  /// The first piece.
  let first: [UInt8]
  /// What makes the others; nil where the first is all.
  let rest: (any DownloadSource)?
}

/// Makes the pieces of a download.
protocol DownloadSource: AnyObject {
  /// The next piece, not empty; nil at the end.
  func next(_ shard: isolated Shard) async throws(Problem) -> [UInt8]?
}

/// A download under way.
final class Delivery {
  let connection: Connection
  /// Waits until the peer has taken what it was sent, or is gone.
  var waiter: CheckedContinuation<Void, Never>?

  init(_ connection: Connection) { self.connection = connection }

  func goOn() {
    waiter?.resume()
    waiter = nil
  }
}

/// Downloads: one piece is in memory at a time, however slow the peer is and however long the whole. A peer that goes away
/// ends its download; what goes wrong behind the first piece cuts the connection off.
extension Shard {
  func deliver(_ download: Download, to visit: Visit) async {
    guard let source = download.rest else {
      return finish(visit, HTTPResponse(download.head, content: download.first))
    }
    let connection = visit.connection
    note(visit, download.head.status)
    let head = HTTPResponse(download.head).addressed(to: visit.passport, request: visit.id).head
    guard engine.beginStream(connection, head, isOfEvents: false) else { return }
    let delivery = Delivery(connection)
    deliveries[ObjectIdentifier(connection)] = delivery
    defer { deliveries[ObjectIdentifier(connection)] = nil }
    do throws(Problem) {
      var piece: [UInt8]? = download.first
      while let bytes = piece {
        engine.stream(bytes.span.bytes, to: connection)
        piece = nil
        await room(delivery)
        guard connection.isStreaming else { return }
        piece = try await source.next(self)
      }
      engine.endStream(connection)
    } catch {
      log.warning("a download was cut off", ["request": visit.id, "error": error.detail])
      engine.abortStream(connection)
    }
  }

  /// Waits until the peer has taken all that it was sent.
  private func room(_ delivery: Delivery) async {
    // Of one that is gone nothing more is told.
    guard delivery.connection.isStreaming else { return }
    await withCheckedContinuation { delivery.waiter = $0 }
  }

  /// A download's peer has taken all that it was sent, or is gone.
  func noteRoom(on connection: Connection) {
    if !deliveries.isEmpty { deliveries[ObjectIdentifier(connection)]?.goOn() }
  }

  /// Cuts all downloads off: the server ends.
  func abortDownloads() {
    for delivery in Array(deliveries.values) { engine.abortStream(delivery.connection) }
  }
}
