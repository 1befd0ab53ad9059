import Accounts
import Agents
import Conversation
import Documents
import HTTPWire
import JSONWire
import Postgres
import Store
import Transport

extension Route {
  /// What the knowledge agent of a site answers from.
  static let documents: [Route] = [
    Route(.get, "/v1/sites/{key}/documents", .account(.readDocuments)) { shard, call throws(Problem) in
      try await shard.listDocuments(call)
    },
    Route(.post, "/v1/sites/{key}/documents", .account(.keepDocuments), content: .document) {
      shard, call throws(Problem) in try await shard.storeDocument(call, replaces: false)
    },
    Route(.put, "/v1/sites/{key}/documents", .account(.keepDocuments), content: .document) {
      shard, call throws(Problem) in try await shard.storeDocument(call, replaces: true)
    },
    Route(.get, "/v1/sites/{key}/documents/{document}", .account(.readDocuments)) { shard, call throws(Problem) in
      let site = try await shard.site(call, for: .readDocuments)
      let document = try await shard.document(call, as: Acting(site: site.id, owner: nil, reach: .site), own: true)
      return .json(.ok, document.bytes)
    },
    Route(.delete, "/v1/sites/{key}/documents/{document}", .account(.keepDocuments)) { shard, call throws(Problem) in
      let site = try await shard.site(call, for: .keepDocuments)
      let id = call.value("document")
      guard !id.utf8.contains(0),
        try await shard.keeping({ try await shard.documentBook(call).delete(id, on: site) })
      else { throw .noDocument }
      return .done
    },
    // Where citations lead to: whoever may talk with a site's agent may read what it answers from.
    Route(.get, "/v1/documents/{document}", .page) { shard, call throws(Problem) in
      let acting = Acting(site: try call.acting().site.id, owner: nil)
      return .json(.ok, try await shard.document(call, as: acting, own: false).bytes)
    },
  ]

  /// Whether a request is to bring a document.
  fileprivate static func takesDocument(_ head: HTTPRequestHead) -> Bool {
    guard head.method == .post || head.method == .put, let path = head.pathSegments else { return false }
    return path.count == 4 && path[0] == "v1" && path[1] == "sites" && path[3] == "documents"
  }
}

extension Shard {
  /// The largest content that a request may have, in bytes. It is kept until it is whole: so only who may store documents
  /// sends more than others.
  func contentLimit(of head: HTTPRequestHead) -> Int {
    let limit = node.settings.limits.frameBytes
    guard Route.takesDocument(head), (try? account(of: head, for: .keepDocuments)) != nil else { return limit }
    return max(limit, node.settings.documents.bytes)
  }

  fileprivate func documentBook(_ call: APICall) -> DocumentBook {
    DocumentBook(books, reader: node.reader, by: call.origin)
  }

  fileprivate func listDocuments(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let site = try await site(call, for: .readDocuments)
    let limit = try call.int("limit", in: 1...1000, otherwise: 100)
    let after = try call.cursor(of: .documents, count: 1)?.numbers[0] ?? 0
    let collection = try call.text("collection", characters: 100)
    let state = try await embeddingState()
    let parameters: [PostgresValue] = [
      .int8(after), collection.map { .text($0) } ?? .null, .null, .int8(Int64(limit + 1)), state.number,
    ]
    let rows = try await read([(.documents, parameters)], as: Acting(site: site.id, owner: nil, reach: .site))[0]
    return try reading { () throws(PostgresError) in
      let shown = min(rows.count, limit)
      let entries = try (0..<shown).map { row throws(PostgresError) in JSONValue.object(try rows.document(row, state))
      }
      let next = rows.count > limit ? PageCursor([try rows.int(limit - 1, 12)]).text(of: .documents) : nil
      return .json(.ok, JSONValue.object([("documents", .array(entries)), ("next", .optional(next))]).bytes)
    }
  }

  /// A document with its text.
  /// - Parameter own: whether only the site's own count.
  fileprivate func document(_ call: APICall, as acting: Acting, own: Bool) async throws(Problem) -> JSONValue {
    let id = call.value("document")
    guard !id.utf8.contains(0) else { throw .noDocument }
    // How its vectors come along is nothing that visitors are told.
    let state = own ? try await embeddingState() : nil
    let rows = try await read([(.document, [.text(id), .bool(own), state.number])], as: acting)[0]
    guard rows.count > 0 else { throw .noDocument }
    return try reading { () throws(PostgresError) in
      .object(try rows.document(0, state) + [("content", .string(try rows.text(0, 15)))])
    }
  }

  /// How far vectors have come; nil where there are none.
  private func embeddingState() async throws(Problem) -> EmbeddingState? {
    let settings = node.settings.embeddings
    guard settings.isOn else { return nil }
    return try await keeping { try await EmbeddingState(settings, from: self.books.client) }
  }

  fileprivate func storeDocument(_ call: APICall, replaces: Bool) async throws(Problem) -> HTTPResponse {
    let site = try await site(call, for: .keepDocuments)
    let document = try NewDocument(call)
    let acting = Acting(site: site.id, owner: nil, reach: .site)
    let state = try await embeddingState()
    func stored() async throws(Problem) -> PostgresRows {
      let parameters: [PostgresValue] = [
        .int8(0), .text(document.collection), .text(document.path), .int8(1), state.number,
      ]
      return try await read([(.documents, parameters)], as: acting)[0]
    }
    if !replaces, try await stored().count > 0 { throw .conflict("there is a document of this name: PUT replaces it") }
    let outcome = try await keeping {
      do {
        return try await documentBook(call).store(document, on: site)
      } catch let error as DocumentError {
        throw Problem(error)
      }
    }
    switch outcome {
    case .duplicate(let path): throw .conflict("the document \(path) has the same text")
    case .tooMany: throw .conflict("a site has at most \(node.settings.documents.perSite) documents")
    case .added, .replaced, .unchanged: break
    }
    let rows = try await stored()
    guard rows.count > 0 else { throw .noDocument }
    let entry = try reading { () throws(PostgresError) in try rows.document(0, state) }
    var response = HTTPResponse.json(outcome == .added ? .created : .ok, JSONValue.object(entry).bytes)
    if outcome == .added, let id = entry.first?.1.string {
      try? response.head.add("Location", text: "/v1/sites/\(site.key)/documents/\(id)")
    }
    return response
  }
}

extension NewDocument {
  /// As a request brings it: its content as it is, what it is by `Content-Type` or else by its name.
  fileprivate init(_ call: APICall) throws(Problem) {
    guard let name = try call.text("name", characters: 500), !name.isEmpty else { throw .badField("name: missing") }
    guard !name.hasPrefix("/"), !name.split(separator: "/").contains(".."),
      !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else { throw .badField("name: a relative path without .. or an address") }
    let collection = try call.text("collection", characters: 100) ?? "uploads"
    guard !collection.isEmpty else { throw .badField("collection: 1 to 100 characters") }
    let type = call.head.fields["content-type"]
    let isGeneral = type.map { SessionResource.mediaType($0) == "application/octet-stream" } ?? true
    guard
      let format = isGeneral ? DocumentFormat(name: name) : type.flatMap({ DocumentFormat(mediaType: $0) })
    else {
      let types = DocumentFormat.allCases.map(\.mediaType).joined(separator: ", ")
      throw Problem(.unsupportedMediaType, "bad_frame", "the content is one of \(types)")
    }
    self.init(path: name, collection: collection, format: format, content: call.request.content)
    charset = type.flatMap(Self.charset)
    url = try call.text("url", characters: 2000)
    if let url, !url.isWebAddress { throw .badField("url: an address by http or https") }
    title = try call.text("title", characters: 300).flatMap { $0.isEmpty ? nil : $0 }
    if let text = try call.text("language", characters: 35) {
      guard let known = SearchLanguage(text) else {
        throw .badField("language: \(SearchLanguage.allCases.map(\.rawValue).joined(separator: ", ")), or as de-AT")
      }
      language = known
    }
  }

  /// The parameter `charset` of a content's type (RFC 9110 section 8.3.2).
  private static func charset(_ type: String) -> String? {
    for part in type.split(separator: ";").dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " && $0 != "\"" } }
      if pair.count == 2, pair[0].lowercased() == "charset" { return pair[1] }
    }
    return nil
  }
}

extension String {
  /// Whether it may be linked to: `http` or `https`, a host, and nothing that a link can't hold.
  fileprivate var isWebAddress: Bool {
    let rest = hasPrefix("https://") ? dropFirst(8) : hasPrefix("http://") ? dropFirst(7) : ""
    return rest.first.map { $0.isLetter || $0.isNumber || $0 == "[" } ?? false
      && utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "<") }
  }
}

extension EmbeddingState? {
  /// The model's number as a statement takes it.
  fileprivate var number: PostgresValue { self?.model.map { .int8($0) } ?? .null }
}

extension Problem {
  fileprivate static var noDocument: Problem { .notFound("there is no such document") }

  /// A document is not taken.
  fileprivate init(_ error: DocumentError) {
    self =
      switch error.code {
      case .unsupported: Problem(.unsupportedMediaType, "bad_frame", error.message)
      case .tooLarge: Problem(.contentTooLarge, "too_large", error.message)
      case .empty, .unreadable, .timedOut: Problem(.unprocessableContent, "bad_field", error.message)
      case .busy: Problem(.serviceUnavailable, "unavailable", error.message, retryAfter: 1000)
      case .unavailable: Problem(.serviceUnavailable, "unavailable", error.message)
      }
  }
}

extension PostgresRows {
  /// A row of `RequestStatement.documents`.
  /// - Parameter state: of vectors; nil: there are none.
  fileprivate func document(
    _ row: Int, _ state: EmbeddingState?
  ) throws(PostgresError) -> [(String, JSONValue)] {
    var members: [(String, JSONValue)] = [
      ("id", .string(try text(row, 0))), ("name", .string(try text(row, 1))),
      ("collection", .string(try text(row, 2))), ("title", .string(try text(row, 3))),
      ("language", .string(try text(row, 4))), ("type", .string(try text(row, 5))), ("bytes", .int(try int(row, 6))),
      ("version", .int(try int(row, 7))), ("url", .optional(try optional(row, 8, text))),
      ("passages", .int(try int(row, 9))), ("created_at", .time(try timestamp(row, 10) / 1000)),
      ("updated_at", .time(try timestamp(row, 11) / 1000)),
    ]
    if let state {
      let (waiting, refused) = (try int(row, 13), try int(row, 14))
      let isFailing = waiting > 0 && state.failure != nil
      members.append(
        (
          "vectors",
          [
            "waiting": .int(waiting), "refused": .int(refused),
            "failure": .optional(isFailing ? state.failure : nil),
            "failing_since": isFailing ? state.since.map { .time($0 / 1000) } ?? .null : .null,
          ]
        ))
    }
    return members
  }
}
