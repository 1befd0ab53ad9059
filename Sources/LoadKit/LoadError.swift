/// Why a load could not be run to its end, in one sentence.
package struct LoadError: Error, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
