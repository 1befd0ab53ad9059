/// Why something was not sealed or not opened. Nothing of the secret or the key is in it.
package enum SealingError: Error, Equatable, CustomStringConvertible {
  /// The keys are not written as they have to be.
  case badKeys(String)
  /// The file of the keys can't be read or written.
  case file(String)
  /// It was sealed under a key that is not here.
  case unknownVersion(Int)
  /// It is no sealed text, or it was changed, or sealed by another key or for another row: nobody can tell which.
  case damaged
  /// OpenSSL failed, as where memory is out.
  case failed

  package var description: String {
    switch self {
    case .badKeys(let reason): "the secret key can't be read: \(reason)"
    case .file(let reason): reason
    case .unknownVersion(let version): "it is sealed under version \(version) of the secret key, which is not here"
    case .damaged: "it can't be opened with this secret key"
    case .failed: "it could not be sealed"
    }
  }
}
