/// Where a session stands.
package enum SessionStatus: String, CaseIterable, Sendable {
  case active, inactive, ended
}
