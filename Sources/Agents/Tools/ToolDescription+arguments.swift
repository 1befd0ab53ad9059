import JSONWire

extension ToolDescription {
  /// A tool that takes these arguments and no others.
  init(
    name: String, title: String, purpose: String, arguments: JSONValue, required: [String] = []
  ) {
    self.init(
      name: name, title: title, purpose: purpose,
      schema: JSONObject([
        ("type", "object"), ("properties", arguments), ("required", .array(required.map { .string($0) })),
        ("additionalProperties", false),
      ]))
  }
}
