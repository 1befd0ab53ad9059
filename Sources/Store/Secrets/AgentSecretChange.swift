package import Accounts
import Postgres
import Sealing

/// What is to become of an agent's secrets. Those that are neither given nor kept are forgotten.
package struct AgentSecretChange: Sendable {
  /// Values by their places in the settings.
  package var given: [String: SecretText]
  /// The places of those that stay as they are.
  package var kept: Set<String>

  package init(given: [String: SecretText], kept: Set<String>) {
    self.given = given
    self.kept = kept
  }
}

extension AgentChange {
  /// Parameters of the statements that store an agent, `$13` to `$15`: places and sealed values of secrets, and all places
  /// that stay.
  /// - Throws: where there are some and nothing seals them.
  func secretParameters(of slug: String, _ sealer: Sealer?) throws -> [PostgresValue] {
    let given = (secrets?.given ?? [:]).sorted { $0.key < $1.key }
    guard given.isEmpty || sealer != nil else { throw AgentBookError.noKey }
    let sealed = try given.map { place, value in
      try sealer?.seal(Array(value.text.utf8), of: "\(slug).\(place)", in: .agentSecrets)
    }
    return [
      .texts(given.map(\.key)), .byteas(sealed), secrets.map { .texts($0.kept.sorted() + given.map(\.key)) } ?? .null,
    ]
  }
}

extension PostgresRows {
  /// The columns of `Statements.agentSecrets`, opened.
  /// - Returns: them by their places, and why some are not there.
  func agentSecrets(
    _ row: Int, _ first: Int, of slug: String, _ sealer: Sealer?
  ) throws(PostgresError) -> (secrets: [String: SecretText], complaints: [String]) {
    var (secrets, complaints) = ([String: SecretText](), [String]())
    for (place, sealed) in zip(try texts(row, first), try byteArrays(row, first + 1)) {
      guard let place, let sealed else { continue }
      do throws(SealingError) {
        let value = try sealer.open(sealed, of: "\(slug).\(place)", in: .agentSecrets)
        secrets[place] = SecretText(String(decoding: value, as: UTF8.self))
      } catch {
        complaints.append("agent \(slug): its \(place) is not used: \(error)")
      }
    }
    return (secrets, complaints)
  }
}

extension Statements {
  /// Columns: the places of an agent's secrets, and what is sealed there; the agent is `a`. They are read in one statement
  /// with its settings, so that no secret meets settings that are not its own.
  static let agentSecrets = """
    ARRAY(SELECT s.name FROM agent_secrets s WHERE s.agent_id = a.id ORDER BY s.name),
    ARRAY(SELECT s.sealed_value FROM agent_secrets s WHERE s.agent_id = a.id ORDER BY s.name)
    """

  /// Common table expressions that store the secrets of an agent, which is a row of `rows` with its `id`.
  static func storedSecrets(of rows: String) -> String {
    """
    dropped AS (
      DELETE FROM agent_secrets s USING \(rows) r
      WHERE $15::text[] IS NOT NULL AND s.agent_id = r.id AND s.name <> ALL($15::text[])),
    sealed AS (
      INSERT INTO agent_secrets AS s (agent_id, name, sealed_value)
      SELECT r.id, g.name, g.value FROM \(rows) r, unnest($13::text[], $14::bytea[]) AS g (name, value)
      ON CONFLICT (agent_id, name) DO UPDATE SET sealed_value = excluded.sealed_value)
    """
  }
}
