/// A folder that is removed when its test lets it go.
package final class TestFolder: Sendable {
  package let path: String

  package init(_ name: String = "skein-test") throws {
    path = try TemporaryFolder.make(name)
  }

  deinit { TemporaryFolder.remove(path) }
}
