import Accounts
package import Log
import Postgres
import Sealing
package import Store

extension ServerSettings {
  /// The same with the secret key of the data folder, where the database is the server's own and none is given.
  func withKey() throws -> ServerSettings {
    guard sealer == nil, databaseURL == nil else { return self }
    var settings = self
    settings.sealer = try Sealer(SealingKeyFile("\(data)/secret.key"))
    return settings
  }
}

extension Server {
  /// Seals what lies clear, and sees that what is sealed can be opened: another key would be a slip of whoever starts
  /// the server, which would cost users their log-ins and sites their visitors.
  static func seal(_ client: PostgresClient, _ settings: ServerSettings, log: Logger) async throws {
    guard let sealer = settings.sealer else {
      guard try await !SecretBook.holdsSealed(client) else {
        throw StartError("this database holds sealed secrets: SKEIN_SECRET_KEY must be what they were sealed with")
      }
      return log.warning("secrets in the database lie clear: there is no SKEIN_SECRET_KEY")
    }
    let book = SecretBook(client, sealer)
    let tally = try await book.check()
    guard tally.lost == 0 else {
      throw StartError(
        "\(tally.lost) secrets of this database can't be opened: SKEIN_SECRET_KEY must hold what they were sealed with")
    }
    let sealed = try await book.sealClear().sealed
    if sealed > 0 { log.info("secrets were sealed", ["count": sealed]) }
  }

  /// Takes the next version of the secret key into use, where it is the data folder's own, and seals with the current
  /// version whatever is sealed with an older one.
  /// - Parameter forgetsLost: whether secrets are forgotten that nobody can open any more.
  package static func rotateKey(
    _ settings: ServerSettings, forgetsLost: Bool, log: Logger
  ) async throws(StartError) -> (version: Int, tally: SecretBook.Tally) {
    try await withDatabase(settings, log: log) { client in
      guard let sealer = try settings.withKey().sealer else {
        throw StartError("there is no SKEIN_SECRET_KEY: 32 random bytes in base64, as of openssl rand -base64 32")
      }
      let book = SecretBook(client, sealer)
      // With a second version the first one is forgotten: nothing may be left that only it opens.
      var tally = try await book.renew(forgetsLost: forgetsLost)
      guard tally.lost == 0 || forgetsLost else {
        throw StartError("\(tally.lost) secrets can't be opened with this secret key; --forget-lost forgets them")
      }
      let lost = tally.lost
      if try sealer.advance() != nil { tally = try await book.renew() }
      tally.lost = lost
      tally.sealed = try await book.sealClear().sealed
      return (sealer.version, tally)
    }
  }

  /// A directory that has a key to sign with, made by this server or by another that has started with it: whoever comes
  /// first can log in.
  static func withSigningKey(
    _ directory: Directory, _ client: PostgresClient, _ settings: ServerSettings, log: Logger
  ) async -> Directory {
    let now = Cluster.wallSeconds
    guard directory.credentials.ring.needsKey(now: now) else { return directory }
    do {
      try await SigningKeyBook(client, sealer: settings.sealer).keepUp(directory.credentials.ring, now: now)
      return try await directory.renewed(from: client) ?? directory
    } catch {
      log.warning("no signing key can be made yet", ["error": "\(error)"])
      return directory
    }
  }
}
