import Accounts
import Glibc
package import Reactor

/// A list of passwords that are known from breaches, as those who collect them publish it: each as its SHA-1 in 40
/// hexadecimal digits, sorted by them, one a line, with anything behind a colon. The file may be of any size: it is
/// searched where it lies.
package struct BreachedPasswords: Sendable {
  /// Why the list can't be used.
  package enum Failure: Error, Equatable, Sendable {
    case unreadable(SystemError)
    /// What stands there is not such a line.
    case malformed
  }

  private let path: String

  private static let digits = 40
  /// A line with its end.
  private static let longest = 160

  /// Looks at the beginning of the list.
  package init(path: String) throws(Failure) {
    self.path = path
    let file = try open()
    guard try line(of: file, from: 0) != nil else { throw .malformed }
  }

  /// Whether a password is in the list. It reads the file, about as often as it takes to halve it down to a line.
  package func contains(_ password: String) throws(Failure) -> Bool {
    guard let digest = SHA1.digest(Array(password.utf8)) else { return false }
    let alphabet = Array("0123456789ABCDEF".utf8)
    let wanted = digest.flatMap { [alphabet[Int($0 >> 4)], alphabet[Int($0 & 15)]] }
    let file = try open()
    let size = lseek(file.raw, 0, SEEK_END)
    guard size >= 0 else { throw .unreadable(SystemError("lseek")) }
    // The line begins within these, if there is one.
    var (low, high) = (0, Int(size))
    while low < high {
      let middle = (low + high) / 2
      guard let line = try line(of: file, from: middle), line.start < high else {
        high = middle
        continue
      }
      if line.digest == wanted { return true }
      if line.digest.lexicographicallyPrecedes(wanted) { low = line.end } else { high = middle }
    }
    return false
  }

  private func open() throws(Failure) -> Descriptor {
    do throws(SystemError) {
      return try Descriptor("open", Glibc.open(path, O_RDONLY | O_CLOEXEC))
    } catch {
      throw .unreadable(error)
    }
  }

  private struct Line {
    /// In capital letters.
    let digest: [UInt8]
    let start: Int
    /// Where the next one begins.
    let end: Int
  }

  /// The first line that begins at a place or behind it; nil where there is none.
  private func line(of file: borrowing Descriptor, from place: Int) throws(Failure) -> Line? {
    // With the byte before, which tells whether one begins just there.
    let base = max(0, place - 1)
    var bytes = [UInt8](repeating: 0, count: 2 * Self.longest)
    let count = pread(file.raw, &bytes, bytes.count, base)
    guard count >= 0 else { throw .unreadable(SystemError("pread")) }
    let text = bytes[..<count]
    var start = 0
    if place > 0 {
      guard let end = text.firstIndex(of: UInt8(ascii: "\n")) else {
        guard count < bytes.count else { throw .malformed }
        return nil
      }
      start = end + 1
    }
    let rest = text[start...]
    if rest.isEmpty { return nil }
    let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
    let digest = rest[..<end].prefix(Self.digits).map { $0 >= UInt8(ascii: "a") ? $0 - 32 : $0 }
    let behind = rest[..<end].dropFirst(Self.digits).first
    guard digest.count == Self.digits, digest.allSatisfy(Self.isDigit),
      behind == nil || behind == UInt8(ascii: ":") || behind == UInt8(ascii: "\r")
    else { throw .malformed }
    return Line(digest: digest, start: base + start, end: base + end + 1)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte)
  }
}
