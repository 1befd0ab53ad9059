/// Which passwords may be chosen (NIST SP 800-63B section 5.1.1.2): length counts, composition does not.
package struct PasswordPolicy: Sendable {
  /// Why a password may not be chosen.
  package enum Refusal: Error, Equatable, Sendable {
    /// Fewer characters than that.
    case tooShort(least: Int)
    /// More bytes of UTF-8 than that.
    case tooLong(most: Int)
    /// Among the first that are guessed.
    case common
    /// Known from a breach.
    case breached
    /// The e-mail's name or one of the policy's words is in it.
    case containsName
  }

  /// The fewest characters, counted as Unicode scalars.
  package var least = 8
  /// The most bytes of UTF-8, so that hashing costs little more for a long one.
  package var most = 256
  /// Words that must not be in a password, such as the deployment's name.
  package var words: [String] = []

  /// Names shorter than this are not looked for: too many good passwords hold them.
  private static let leastName = 4

  /// At least 8 characters, at most 256 bytes.
  package init() {}

  /// Judges a password that a user chooses. Letters count alike in both cases.
  package func check(_ password: String, email: String?) throws(Refusal) {
    // The bytes first: counting scalars of a huge text costs.
    guard password.utf8.count <= most else { throw .tooLong(most: most) }
    let password = password.composed
    guard password.utf8.count <= most else { throw .tooLong(most: most) }
    guard password.unicodeScalars.count >= least else { throw .tooShort(least: least) }
    let small = password.lowercased()
    guard !CommonPasswords.contains(small) else { throw .common }
    let name = email.flatMap { $0.split(separator: "@", omittingEmptySubsequences: false).first }.map(String.init)
    for word in words + [name ?? ""] where word.count >= Self.leastName {
      guard !small.contains(word.lowercased()) else { throw .containsName }
    }
  }
}
