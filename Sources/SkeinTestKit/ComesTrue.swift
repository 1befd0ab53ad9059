/// Asks again and again whether something is so.
/// - Parameter seconds: after which it is given up. Only a failure waits for them, so that they are more than any machine
///   needs, however much else it has to do.
/// - Returns: whether it came true.
package func comesTrue(
  within seconds: Int64 = 120, _ condition: () async throws -> Bool
) async rethrows -> Bool {
  let clock = ContinuousClock()
  let deadline = clock.now.advanced(by: .seconds(seconds))
  while clock.now < deadline {
    if try await condition() { return true }
    try? await Task.sleep(for: .milliseconds(10))
    // A test whose time is over has nothing to wait for.
    if Task.isCancelled { return false }
  }
  return try await condition()
}
