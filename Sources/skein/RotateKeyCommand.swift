import Server
import Store

/// `skein rotate-key`
enum RotateKeyCommand: Command {
  static let usage = """
    usage: skein rotate-key [options]

    Seals all stored secrets with the current version of the secret key. Beside an embedded database it makes that
    version first. Elsewhere give every server SKEIN_SECRET_KEY=v2:NEW,v1:OLD before, and take v1 away after.
    """
  static var options: [Option<Settings>] {
    [.onOff("forget-lost", "Whether secrets are forgotten that no key opens (no)", \.forgetsLost)]
      + Settings.database + Settings.secrets + Settings.logging
  }

  static func run(_ settings: Settings, _ console: Console) async throws {
    let (version, tally) = try await Server.rotateKey(
      try settings.resolved(), forgetsLost: settings.forgetsLost, log: settings.log)
    print("All is sealed with version \(version) of the secret key.")
    print(
      "renewed\t\(tally.renewed)\nsealed\t\(tally.sealed)\nwere current\t\(tally.current)\nforgotten\t\(tally.lost)")
  }
}
