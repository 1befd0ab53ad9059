/// Names and texts as statements write them.
package enum SQLName {
  /// In quotes where it would not mean itself without them.
  package static func quoted(_ name: String, for engine: DatabaseEngine = .postgresql) -> String {
    if engine.isMySQL { return isPlain(name) ? name : "`" + name.replacing("`", with: "``") + "`" }
    return isPlain(name) ? name : "\"" + name.replacing("\"", with: "\"\"") + "\""
  }

  /// A text as a literal.
  package static func literal(_ text: String, for engine: DatabaseEngine = .postgresql) -> String {
    let text = engine.isMySQL ? text.replacing("\\", with: "\\\\") : text
    return "'" + text.replacing("'", with: "''") + "'"
  }

  private static func isPlain(_ name: String) -> Bool {
    let isPlain =
      name.utf8.first.map { (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "_") } ?? false
      && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }
    return isPlain && !reserved.contains(name)
  }

  /// PostgreSQL's documentation, appendix C: the reserved words, with those that name functions or types; and those of
  /// MySQL 8.4 and MariaDB 11 beside them. A name in quotes means itself anyhow.
  private static let reserved = Set(
    """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
    column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
    current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
    from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
    localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
    returning right select session_user similar some symmetric table tablesample then to trailing true union unique user
    using variadic verbose when where window with between bigint bit boolean char character coalesce dec decimal exists
    extract float greatest grouping int integer interval least national nchar none normalize nullif numeric out overlay
    position precision real row setof smallint substring time timestamp treat trim values varchar xmlattributes xmlconcat
    accessible add alter asensitive before blob by call cascade change condition continue convert cube cume_dist cursor
    database databases day_hour day_microsecond day_minute day_second declare delayed delete dense_rank describe
    deterministic distinctrow distributed div double drop dual each elseif empty enclosed escaped exit explain first_value
    float4 float8 force fulltext function general generated get groups high_priority hour_microsecond hour_minute
    hour_second if ignore index infile inout insensitive insert int1 int2 int3 int4 int8 iterate json_table key keys kill
    lag last_value lead leave linear lines load lock long longblob longtext loop low_priority match maxvalue mediumblob
    mediumint mediumtext middleint minute_microsecond minute_second mod modifies no_write_to_binlog nth_value ntile of
    optimize optimizer_costs option optionally outfile over partition percent_rank procedure purge qualify range rank read
    read_write reads recursive regexp release rename repeat replace require resignal restrict return revoke rlike
    row_number rows schema schemas second_microsecond sensitive separator set show signal slow spatial specific sql
    sql_big_result sql_calc_found_rows sql_small_result sqlexception sqlstate sqlwarning ssl starting stored
    straight_join system terminated tinyblob tinyint tinytext trigger undo unlock unsigned update usage use utc_date
    utc_time utc_timestamp varbinary varcharacter varying virtual while write xor year_month zerofill
    """.split { $0 == " " || $0 == "\n" }.map(String.init))
}
