import LoadKit

/// How large a table is, and what has happened to its rows.
struct TableSize {
  let name: String
  /// With what is stored out of line, in bytes.
  let table: Int
  let indexes: Int
  let rows: Int
  let deadRows: Int
  /// Rows that were updated, and those of them that needed no new entries in the indexes.
  let updates: Int
  let hotUpdates: Int
  /// How often it was cleaned up.
  let vacuums: Int

  var total: Int { table + indexes }

  /// The tables of the conversation.
  static func read(_ database: Database) throws(LoadError) -> [TableSize] {
    var sizes: [TableSize] = []
    for name in ["messages", "sessions", "runs", "message_chunks"] {
      let row = try database.query(
        """
        SELECT pg_table_size(relid), pg_indexes_size(relid), (SELECT count(*) FROM \(name)), n_dead_tup, n_tup_upd,
          n_tup_hot_upd, autovacuum_count + vacuum_count
        FROM pg_stat_user_tables WHERE relname = $1 AND schemaname = current_schema()
        """, [name]
      ).first.map { $0.map { Int($0 ?? "") ?? 0 } }
      guard let row else { throw LoadError("the database has no table \(name)") }
      sizes.append(
        TableSize(
          name: name, table: row[0], indexes: row[1], rows: row[2], deadRows: row[3], updates: row[4],
          hotUpdates: row[5], vacuums: row[6]))
    }
    return sizes
  }

  /// - Parameter greatest: the table with its indexes at any time before, in bytes.
  func figures(greatest: Int) -> [Figure] {
    var figures = [
      Figure("\(name): rows", Format.count(Double(rows))),
      Figure("\(name): dead rows", Format.count(Double(deadRows))),
      Figure("\(name): table", Format.size(table)),
      Figure("\(name): indexes", Format.size(indexes)),
      Figure("\(name): table and indexes at their greatest", Format.size(greatest)),
      Figure("\(name): vacuumed, times", Format.count(Double(vacuums))),
    ]
    if updates > 0 {
      let share = Format.percent(Double(hotUpdates) / Double(updates))
      figures.append(Figure("\(name): updates without new index entries", share))
    }
    return figures
  }
}

extension Format {
  static func size(_ bytes: Int) -> String { fixed(Double(bytes) / 1024 / 1024, 1) + " MiB" }
}
