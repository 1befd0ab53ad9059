import Databases

/// What kind of question it is, by its words beside names.
struct Shape {
  enum Kind {
    case rows, columns, count
    /// Newest or oldest first.
    case time(isNewest: Bool)
    /// Largest or smallest first.
    case size(isLargest: Bool)
    /// One number of a column, by the name of PostgreSQL's function and in words.
    case total(function: String, word: String)
  }

  private let kind: Kind
  private let number: Int?
  /// Behind `by` or `per`.
  private let by: [QuestionWords.Word]
  /// Behind `where`.
  private let conditions: [QuestionWords.Word]
  /// Whether there are to be conditions, or a column to go by: then there have to be words for them.
  private let isWhole: Bool
  private let namesTables: Bool

  init(_ words: inout QuestionWords) {
    for ending in ["in the database", "in my database", "from the database"] { _ = words.take(ending) }
    let filter = words.take(any: ["where", "whose"])
    conditions = filter.map { words.takeTail(from: $0.place) } ?? []
    let grouping = words.take(any: ["grouped by", "sorted by", "by", "per", "for each"])
    by = grouping.map { words.takeTail(from: $0.place) } ?? []
    isWhole = (filter == nil || !conditions.isEmpty) && (grouping == nil || !by.isEmpty)
    namesTables = words.words.contains { $0.key == "tables" }
    kind = Self.kind(&words)
    switch kind {
    case .time, .size: number = words.takeNumber()
    default: number = nil
    }
  }

  private static func kind(_ words: inout QuestionWords) -> Kind {
    if words.take(any: ["columns", "column", "fields", "structure", "schema", "describe"]) != nil { return .columns }
    if words.take(any: ["how many", "number of", "count of", "count"]) != nil { return .count }
    if words.take(any: ["newest", "latest", "most recent", "last"]) != nil { return .time(isNewest: true) }
    if words.take(any: ["oldest", "earliest", "first"]) != nil { return .time(isNewest: false) }
    if words.take(any: ["largest", "biggest", "highest", "greatest", "most expensive", "top"]) != nil {
      return .size(isLargest: true)
    }
    if words.take(any: ["smallest", "lowest", "cheapest", "least"]) != nil { return .size(isLargest: false) }
    if words.take(any: ["total", "sum"]) != nil { return .total(function: "sum", word: "total") }
    if words.take(any: ["average", "mean", "avg"]) != nil { return .total(function: "avg", word: "average") }
    if words.take(any: ["maximum", "max"]) != nil { return .total(function: "max", word: "maximum") }
    if words.take(any: ["minimum", "min"]) != nil { return .total(function: "min", word: "minimum") }
    return .rows
  }

  /// Whether it asks for something, whatever that is called.
  var isAnything: Bool {
    if case .rows = kind { return !conditions.isEmpty || !by.isEmpty }
    return true
  }

  /// `tables`, and nothing else.
  func asksForTables(_ words: QuestionWords) -> Bool {
    var rest = words
    guard case .rows = kind, namesTables, conditions.isEmpty, by.isEmpty, rest.take("tables") != nil else {
      return false
    }
    return rest.areUnderstood
  }

  /// The question on a table as SQL, and in words; nil where it can't be.
  func query(of table: DatabaseSchema.Table, _ words: inout QuestionWords) -> (sql: String, meaning: String)? {
    guard isWhole, let filter = filter(table) else { return nil }
    var order = QuestionWords(by)
    var column: DatabaseSchema.Column?
    if !by.isEmpty {
      guard let found = order.takeColumn(table), order.areUnderstood else { return nil }
      column = found
    }
    let (from, name) = ("FROM \(table.reference)\(filter)", table.name)
    let limit = "LIMIT \(number ?? (isRanked ? 10 : PlainQuestion.rows))"
    switch kind {
    case .columns:
      guard column == nil, conditions.isEmpty else { return nil }
      return (Self.columns(of: table), "The columns of \(name)")
    case .count,
      .rows where column != nil:
      guard let column else { return ("SELECT count(*) \(from)", "How many rows \(name) has\(filter.suffix)") }
      let key = SQLName.quoted(column.name, for: table.engine)
      return (
        "SELECT \(key), count(*) \(from) GROUP BY \(key) ORDER BY count(*) DESC \(limit)",
        "How many rows \(name) has by \(column.name)\(filter.suffix)"
      )
    case .rows: return ("SELECT * \(from) \(limit)", "Rows of \(name)\(filter.suffix)")
    case .time(let isNewest):
      guard let key = column ?? table.timeColumn else { return nil }
      return (
        "SELECT * \(from) ORDER BY \(Self.order(key.name, isFalling: isNewest, table.engine)) \(limit)",
        "The \(isNewest ? "newest" : "oldest") of \(name) by \(key.name)\(filter.suffix)"
      )
    case .size(let isLargest):
      guard let key = column ?? table.sizeColumn else { return nil }
      return (
        "SELECT * \(from) ORDER BY \(Self.order(key.name, isFalling: isLargest, table.engine)) \(limit)",
        "The \(isLargest ? "largest" : "smallest") of \(name) by \(key.name)\(filter.suffix)"
      )
    case .total(let function, let word):
      guard let key = words.takeColumn(table) else { return nil }
      let value = "\(function)(\(SQLName.quoted(key.name, for: table.engine)))"
      guard let column else {
        return ("SELECT \(value) \(from)", "The \(word) of \(key.name) in \(name)\(filter.suffix)")
      }
      let group = SQLName.quoted(column.name, for: table.engine)
      let order = table.engine.isMySQL ? "2 DESC" : "2 DESC NULLS LAST"
      return (
        "SELECT \(group), \(value) \(from) GROUP BY \(group) ORDER BY \(order) \(limit)",
        "The \(word) of \(key.name) in \(name) by \(column.name)\(filter.suffix)"
      )
    }
  }

  private var isRanked: Bool {
    switch kind {
    case .time, .size: true
    default: false
    }
  }

  /// ` WHERE ...`; empty where there are no conditions, nil where one is not understood.
  private func filter(_ table: DatabaseSchema.Table) -> String? {
    if conditions.isEmpty { return "" }
    var parts: [String] = []
    for condition in conditions.split(whereSeparator: { $0.key == "and" }) {
      guard let part = QuestionCondition.sql(Array(condition), table) else { return nil }
      parts.append(part)
    }
    return parts.isEmpty ? nil : " WHERE " + parts.joined(separator: " AND ")
  }

  /// What has no value stands last.
  private static func order(_ name: String, isFalling: Bool, _ engine: DatabaseEngine) -> String {
    let name = SQLName.quoted(name, for: engine)
    // To MySQL it is less than all else.
    guard engine.isMySQL else { return isFalling ? "\(name) DESC NULLS LAST" : "\(name) ASC" }
    return isFalling ? "\(name) DESC" : "\(name) IS NULL, \(name) ASC"
  }

  private static func columns(of table: DatabaseSchema.Table) -> String {
    if table.engine.isMySQL {
      return """
        SELECT column_name, column_type, is_nullable, column_default FROM information_schema.columns
        WHERE table_schema = database() AND table_name = \(SQLName.literal(table.name, for: table.engine))
        ORDER BY ordinal_position
        """
    }
    return columnsOfPostgres(table)
  }

  private static func columnsOfPostgres(_ table: DatabaseSchema.Table) -> String {
    """
    SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns
    WHERE table_schema = \(SQLName.literal(table.schema)) AND table_name = \(SQLName.literal(table.name))
    ORDER BY ordinal_position
    """
  }
}

extension String {
  /// What is said of a filter.
  fileprivate var suffix: String { isEmpty ? "" : ", with a condition" }
}

extension DatabaseSchema.Column {
  var isTime: Bool { type == "date" || type.hasPrefix("timestamp") || type.hasPrefix("datetime") }

  var isNumber: Bool {
    // MySQL's may have a width, and a word behind it.
    let name = type.prefix { $0 != "(" && $0 != " " }
    return Self.numbers.contains(String(name)) && type != "tinyint(1)"
  }

  private static let numbers: Set = [
    "smallint", "integer", "bigint", "real", "double", "money", "numeric", "tinyint", "mediumint", "int", "decimal",
    "float",
  ]
}

extension DatabaseSchema.Table {
  /// By which rows are newer or older.
  fileprivate var timeColumn: DatabaseSchema.Column? {
    columns.first(where: \.isTime) ?? columns.first { $0.isKey && $0.isNumber }
  }

  /// By which rows are larger or smaller; nil where several may be meant.
  fileprivate var sizeColumn: DatabaseSchema.Column? {
    let numbers = columns.filter { $0.isNumber && !$0.isKey && $0.reference == nil }
    return numbers.count == 1 ? numbers[0] : nil
  }
}
