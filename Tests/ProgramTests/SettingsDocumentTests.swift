import Glibc
import Testing

/// docs/configuration.md against what the program says of itself.
@Suite struct SettingsDocumentTests {
  /// A setting as a command's help or the document tells of it.
  struct Setting: Hashable {
    let flag: String
    let variable: String
    let preset: String
  }

  @Test(arguments: ["serve", "doctor", "migrate", "echo", "export", "import", "cleanup"])
  func everyFlagIsDocumented(command: String) async throws {
    let help = try await Program.run(command, "--help")
    let told = Set(
      help.output.matches(of: /(?m)^  --([a-z-]+)(?: [A-Z]+)? .*\(([^()]+)\)$/).map { line in
        // What follows a colon explains the default.
        let preset = line.output.2.prefix { $0 != ":" }
        return Setting(flag: "\(line.output.1)", variable: Self.variable("\(line.output.1)"), preset: "\(preset)")
      })
    #expect(told.count == help.output.matches(of: /(?m)^  --/).count, "a line of the help is not understood")
    let documented = try Self.rows().filter { $0.commands.contains(command) }.map(\.setting)
    #expect(told.subtracting(documented) == [], "missing in docs/configuration.md, or different there")
    #expect(Set(documented).subtracting(told) == [], "in docs/configuration.md, but not in the help")
    #expect(documented.count == told.count, "a setting has several rows")
  }

  @Test func everyRowNamesItsCommands() throws {
    let rows = try Self.rows()
    let commands: Set<String> = ["serve", "doctor", "migrate", "echo", "export", "import", "cleanup"]
    #expect(!rows.isEmpty)
    for row in rows {
      #expect(!row.commands.isEmpty && row.commands.isSubset(of: commands), "\(row.setting.flag)")
    }
  }

  private static func variable(_ flag: String) -> String {
    "SKEIN_" + flag.uppercased().replacing("-", with: "_")
  }

  /// The rows of the document's table of settings.
  private static func rows() throws -> [(setting: Setting, commands: Set<String>)] {
    try document().matches(of: /(?m)^\| `--([a-z-]+)` \| `([A-Z_]+)` \| ([a-z, ]+) \| `?([^|`]+?)`? \|/).map { row in
      let (_, flag, variable, commands, preset) = row.output
      return (
        Setting(flag: "\(flag)", variable: "\(variable)", preset: "\(preset)"),
        Set(commands.split(separator: ", ").map(String.init))
      )
    }
  }

  private static func document() throws -> String {
    let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    let file = try #require(fopen(root + "/docs/configuration.md", "rb"))
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 256 * 1024)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}
