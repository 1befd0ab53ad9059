import Sealing
import Server

/// What stored secrets are sealed with.
extension Settings {
  static var secrets: [Option<Settings>] {
    [
      Option(
        flag: "secret-key", value: "KEYS",
        help: "Seals stored secrets: 32 bytes in base64, or v2:NEW,v1:OLD (made with the embedded database)"
      ) { settings, text in
        guard let keys = try? SealingKeys(text) else { return false }
        settings.server.sealer = Sealer(keys)
        return true
      }
    ]
  }
}
