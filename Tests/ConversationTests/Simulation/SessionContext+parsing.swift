import Conversation
import JSONWire

extension SessionContext {
  /// The context that these bytes hold; an empty one where they hold none.
  init(parsing bytes: [UInt8]) {
    guard case .object(let object)? = try? JSONValue(parsing: bytes) else {
      self.init()
      return
    }
    self.init(object)
  }
}
