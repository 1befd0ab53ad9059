/// Why a credential is not taken. Its words hold nothing of it.
package enum CredentialError: Error, Equatable, Sendable {
  /// It has none of the forms.
  case malformed
  /// It is not good, or not any more, or not here.
  case refused(String)
  /// It names a key that is not known here, or not yet.
  case unknownKey(String)
  /// It was good once.
  case expired
  /// It is good, but must not be used for this.
  case forbidden(String)
}
