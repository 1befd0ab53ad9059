import Postgres
import SkeinTestKit

extension TestServer {
  /// Has the database note in its table `takeovers` when a run becomes another server's (`at`), and how many servers
  /// there are then (`nodes`): by its clock alone, since this process may be given no time when it counts.
  func noteTakeovers() async throws {
    for statement in [
      "CREATE TABLE takeovers (at timestamptz NOT NULL, nodes int8 NOT NULL)",
      """
      CREATE FUNCTION note_takeover() RETURNS trigger LANGUAGE plpgsql AS
      $$BEGIN INSERT INTO takeovers SELECT now(), count(*) FROM nodes; RETURN NULL; END$$
      """,
      """
      CREATE TRIGGER note_takeover AFTER UPDATE OF node ON runs FOR EACH ROW
      WHEN (OLD.node <> NEW.node) EXECUTE FUNCTION note_takeover()
      """,
    ] { _ = try await query(statement) }
  }
}
