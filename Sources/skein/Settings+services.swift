import HTTPClient
import Server

/// How models, services and tool servers are reached.
extension Settings {
  static var services: [Option<Settings>] {
    [
      Option(
        flag: "service-authorities", value: "FILE",
        help: "Whose certificates models and services are believed by (none: the system's list)"
      ) { settings, text in
        settings.server.http.authorities = text
        return SmallFile.read(text) != nil
      }
    ]
  }
}
