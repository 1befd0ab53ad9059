import JSONWire

/// The functions that a statement may call, by their names, without a schema or with PostgreSQL's own. None of them reads
/// files, sleeps, locks, signals, connects to anything, changes a setting or a sequence, or reads large objects.
enum FunctionRules {
  /// - Parameters:
  ///   - arguments: nodes.
  ///   - source: the text that was parsed.
  static func check(
    _ names: [String], _ arguments: [JSONValue], source: [UInt8]
  ) throws(SQLRefusal) {
    guard let name = names.last, names.count == 1 || names.count == 2 && names[0] == "pg_catalog",
      allowed.contains(name)
    else { throw SQLRefusal(.notAllowed, "The function \(names.joined(separator: ".")) is not allowed.") }
    switch name {
    case "repeat", "lpad", "rpad": try bound(arguments.dropFirst().first, of: name)
    case "format": try boundFormat(arguments.first)
    case "generate_series": try boundSeries(arguments, source)
    default: break
    }
  }

  // MARK: Those whose results are as large as they are told

  /// The longest text that a function is told to make, in characters.
  private static let longest: Int64 = 1000
  /// The most rows of a series.
  private static let mostRows = 1_000_000.0

  private static func bound(_ argument: JSONValue?, of name: String) throws(SQLRefusal) {
    guard let number = argument?["A_Const"]?["ival"], (number["ival"]?.int ?? 0) <= longest else {
      throw SQLRefusal(.notAllowed, "\(name) takes a length of up to \(longest), written as a number.")
    }
  }

  private static func boundFormat(_ argument: JSONValue?) throws(SQLRefusal) {
    guard let text = argument?["A_Const"]?["sval"]?["sval"]?.string, !text.contains("*"),
      text.firstMatch(of: /[0-9]{4}/) == nil
    else { throw SQLRefusal(.notAllowed, "format takes a text as its first argument, without long widths.") }
  }

  private static func boundSeries(_ arguments: [JSONValue], _ source: [UInt8]) throws(SQLRefusal) {
    let numbers = arguments.map { number($0, source) }
    guard numbers.count >= 2, let first = numbers[0], let last = numbers[1] else { return }
    let step = numbers.count > 2 ? numbers[2] ?? 1 : 1
    guard step != 0, abs((last - first) / step) < mostRows else {
      throw SQLRefusal(.notAllowed, "A series has at most \(Int(mostRows)) rows.")
    }
  }

  /// The number that a node is; nil for any other.
  private static func number(_ node: JSONValue, _ source: [UInt8]) -> Double? {
    if let cast = node["TypeCast"]?["arg"] { return number(cast, source) }
    if let operation = node["A_Expr"], operation["lexpr"] == nil, let right = operation["rexpr"] {
      return number(right, source).map { -$0 }
    }
    guard let constant = node["A_Const"] else { return nil }
    if let whole = constant["ival"] {
      return whole["ival"]?.int.map { Double($0) } ?? unsaid(source, at: Int(constant["location"]?.int ?? 0))
    }
    if let text = constant["fval"]?["fval"]?.string ?? constant["sval"]?["sval"]?.string { return Double(text) }
    return nil
  }

  /// A whole number that is 0 or less: libpg_query's JSON says of all of these only that there is one. It is read from the
  /// text; where its sign and its digits are written apart, it counts as the least there is.
  private static func unsaid(_ source: [UInt8], at location: Int) -> Double {
    guard source.indices.contains(location), source[location] == UInt8(ascii: "-") else { return 0 }
    let digits = source[(location + 1)...].prefix { (0x30...0x39).contains($0) }
    return -(Double(String(decoding: digits, as: UTF8.self)) ?? Double(Int32.max))
  }

  // MARK: The list

  private static let allowed = Set(
    [aggregates, windows, numbers, texts, times, json, arrays, ranges, search, types, catalog].joined(separator: " ")
      .split { $0 == " " || $0 == "\n" }.map(String.init))

  private static let aggregates = """
    count sum avg min max array_agg string_agg bool_and bool_or every bit_and bit_or bit_xor json_agg jsonb_agg
    json_object_agg jsonb_object_agg stddev stddev_pop stddev_samp variance var_pop var_samp corr covar_pop covar_samp
    regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy mode percentile_cont
    percentile_disc range_agg range_intersect_agg any_value
    """
  private static let windows = """
    row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
    """
  private static let numbers = """
    abs ceil ceiling floor round trunc sign sqrt cbrt exp ln log log10 power pow mod div gcd lcm degrees radians pi sin
    cos tan cot asin acos atan atan2 sinh cosh tanh asinh acosh atanh sind cosd tand asind acosd atand random
    width_bucket scale min_scale trim_scale bit_count to_number to_hex
    """
  private static let texts = """
    lower upper initcap length char_length character_length octet_length bit_length trim btrim ltrim rtrim substring
    substr left right reverse concat concat_ws replace translate split_part string_to_array string_to_table position
    strpos starts_with overlay ascii chr md5 sha224 sha256 sha384 sha512 encode decode quote_ident quote_literal
    quote_nullable format lpad rpad repeat regexp_match regexp_matches regexp_replace regexp_split_to_array
    regexp_split_to_table regexp_count regexp_instr regexp_like regexp_substr like_escape similar_escape
    similar_to_escape normalize is_normalized convert_to convert_from get_byte similarity word_similarity levenshtein
    soundex metaphone unaccent
    """
  private static let times = """
    now clock_timestamp statement_timestamp transaction_timestamp timeofday date_trunc date_part extract date_bin age
    make_date make_time make_timestamp make_timestamptz make_interval to_date to_timestamp to_char justify_days
    justify_hours justify_interval timezone isfinite overlaps
    """
  private static let json = """
    to_json to_jsonb row_to_json array_to_json json_build_array jsonb_build_array json_build_object jsonb_build_object
    json_object jsonb_object json_array_elements jsonb_array_elements json_array_elements_text jsonb_array_elements_text
    json_array_length jsonb_array_length json_each jsonb_each json_each_text jsonb_each_text json_extract_path
    jsonb_extract_path json_extract_path_text jsonb_extract_path_text json_object_keys jsonb_object_keys
    json_populate_record jsonb_populate_record json_populate_recordset jsonb_populate_recordset json_to_record
    jsonb_to_record json_to_recordset jsonb_to_recordset json_strip_nulls jsonb_strip_nulls jsonb_set jsonb_set_lax
    jsonb_insert jsonb_pretty json_typeof jsonb_typeof jsonb_path_exists jsonb_path_match jsonb_path_query
    jsonb_path_query_array jsonb_path_query_first jsonb_path_exists_tz jsonb_path_match_tz jsonb_path_query_tz
    jsonb_path_query_array_tz jsonb_path_query_first_tz
    """
  private static let arrays = """
    array_append array_cat array_dims array_length array_lower array_ndims array_position array_positions array_prepend
    array_remove array_replace array_to_string array_upper trim_array cardinality unnest generate_series
    generate_subscripts
    """
  private static let ranges = """
    isempty lower_inc upper_inc lower_inf upper_inf range_merge multirange int4range int8range numrange tsrange
    tstzrange daterange int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange
    """
  private static let search = """
    to_tsvector to_tsquery plainto_tsquery phraseto_tsquery websearch_to_tsquery ts_rank ts_rank_cd ts_headline numnode
    querytree setweight strip array_to_tsvector tsvector_to_array ts_delete ts_filter
    """
  /// Casts that look like calls.
  private static let types = """
    int2 int4 int8 float4 float8 numeric bool text varchar bpchar date time timetz timestamp timestamptz interval uuid
    inet cidr host network netmask masklen broadcast family abbrev
    """
  private static let catalog = """
    current_database current_schema current_schemas version pg_typeof num_nulls num_nonnulls gen_random_uuid
    format_type obj_description col_description shobj_description pg_get_constraintdef pg_get_indexdef pg_get_viewdef
    pg_get_expr pg_size_pretty pg_relation_size pg_table_size pg_indexes_size pg_total_relation_size pg_column_size
    pg_table_is_visible pg_collation_for
    """
}
