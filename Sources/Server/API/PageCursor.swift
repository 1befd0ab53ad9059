import Accounts
import Calendar

/// A place in a list, as its reader is given it to come back with: base64url of the list's letter and some numbers.
/// Nothing in it is secret, and nothing is trusted: what it leads to is read as anything else is.
struct PageCursor: Equatable {
  /// Which list it is of.
  enum List: UInt8 {
    case sessions = 0x73
    case search = 0x66
    case users = 0x75
    case documents = 0x64
  }

  let numbers: [Int64]

  init(_ numbers: [Int64]) { self.numbers = numbers }

  /// - Parameter count: of the list's numbers.
  /// - Returns: nil where the text is no cursor of that list.
  init?(_ text: String, of list: List, count: Int) {
    guard text.utf8.count <= 64, let bytes = Base64URL.decode(Array(text.utf8)[...]), bytes.count == 1 + 8 * count,
      bytes[0] == list.rawValue
    else { return nil }
    numbers = (0..<count).map { place in
      bytes[(1 + 8 * place)..<(9 + 8 * place)].reduce(0) { $0 << 8 | Int64($1) }
    }
  }

  func text(of list: List) -> String {
    var bytes = [list.rawValue]
    for number in numbers {
      for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
    return Base64URL.encode(bytes)
  }
}
