import Databases
import JSONWire

extension SQLResult {
  /// What an answer keeps of a result; nil where it can't be stored.
  /// - Parameter most: in bytes.
  func kept(atMost most: Int) -> JSONValue? {
    guard let value = try? JSONValue(parsing: stored(atMost: most)), !value.holdsNUL, value.canBeStored else {
      return nil
    }
    return value
  }
}
