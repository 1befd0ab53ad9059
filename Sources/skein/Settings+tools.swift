import Agents
import Server

/// Tool servers.
extension Settings {
  static var tools: [Option<Settings>] {
    [
      .text("mcp-servers", "FILE", "The tool servers that agents may have by name, in JSON (none)", \.toolServersFile),
      .number(
        "mcp-processes", "How many tool servers may run as processes at once (16)", \.server.toolProcesses, 0...1000),
      .number(
        "stray-calls", "Left calls of a tool from which on it is not called any more (16)", \.server.strayCalls,
        1...1000),
    ]
  }

  /// The tool servers of the file.
  func toolServers() throws(UsageError) -> ToolServerList {
    guard !toolServersFile.isEmpty else { return ToolServerList() }
    guard let text = SmallFile.read(toolServersFile) else {
      throw UsageError(message: "--mcp-servers: \(toolServersFile) can't be read")
    }
    do throws(ConfigurationError) {
      return try ToolServerList(parsing: text)
    } catch {
      throw UsageError(message: "--mcp-servers: \(toolServersFile): \(error)")
    }
  }
}
