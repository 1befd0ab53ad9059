import COpenSSL
import Glibc
import Synchronization

/// The keys of session tickets (RFC 5077, RFC 8446 section 4.6.1): any loop takes what any other has given, without a
/// store of sessions. A key is used for one period, and its tickets are taken for two more.
package final class TLSTicketKeys: Sendable {
  /// One key, wiped when nobody needs it any more.
  final class Key: @unchecked Sendable {
    static let nameCount = 16
    static let cipherCount = 32
    static let count = 80
    let madeAt: UInt64
    /// Name, cipher key, authentication key. Written at the beginning only.
    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: count)

    init?(madeAt: UInt64) {
      self.madeAt = madeAt
      guard RAND_priv_bytes(bytes, Int32(Self.count)) == 1 else { return nil }
    }

    deinit {
      OPENSSL_cleanse(bytes, Self.count)
      bytes.deallocate()
    }

    var cipherKey: UnsafeMutablePointer<UInt8> { bytes + Self.nameCount }
    var authenticationKey: UnsafeMutablePointer<UInt8> { bytes + Self.nameCount + Self.cipherCount }
    var authenticationCount: Int { Self.count - Self.nameCount - Self.cipherCount }

    func isNamed(_ name: UnsafePointer<UInt8>) -> Bool { memcmp(bytes, name, Self.nameCount) == 0 }
  }

  /// How long a key gives tickets, in seconds.
  package let period: UInt64
  private let clock: @Sendable () -> UInt64
  private let keys = Mutex<[Key]>([])

  /// - Parameters:
  ///   - period: how long a key gives tickets, in seconds.
  ///   - clock: in seconds, from any beginning; it never goes back.
  package init(period: UInt64 = 8 * 3600, clock: (@Sendable () -> UInt64)? = nil) {
    self.period = period
    self.clock =
      clock
      ?? {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec)
      }
  }

  /// The key for new tickets; nil where there is no randomness.
  func current() -> Key? {
    let now = clock()
    return keys.withLock { keys in
      if let key = keys.first, now < key.madeAt + period { return key }
      keys.removeAll { now >= $0.madeAt + 3 * period }
      guard let key = Key(madeAt: now) else { return nil }
      keys.insert(key, at: 0)
      return key
    }
  }

  /// The key that a ticket names, and whether it is the one for new tickets too; nil where it is unknown or too old.
  func find(_ name: UnsafePointer<UInt8>) -> (key: Key, isCurrent: Bool)? {
    let now = clock()
    return keys.withLock { keys in
      guard let place = keys.firstIndex(where: { $0.isNamed(name) }), now < keys[place].madeAt + 3 * period else {
        return nil
      }
      return (keys[place], place == 0 && now < keys[place].madeAt + period)
    }
  }
}
