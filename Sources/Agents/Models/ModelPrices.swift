package import Conversation
import JSONWire

/// What a model's tokens cost: `{"input": 2.5, "cached_input": 1.25, "output": 10, "currency": "USD"}`, each for a million
/// tokens, as decimal numbers of up to six places.
package struct ModelPrices: Sendable, Equatable {
  /// For a token, in millionths of a millionth of the currency's unit.
  let input: Int64
  let cachedInput: Int64
  let output: Int64
  let currency: String

  private static let members: Set<String> = ["input", "cached_input", "output", "currency"]
  /// For a million tokens.
  private static let most: Int64 = 1_000_000
  /// Of the price of a million, as of the millionths of a token's.
  private static let places = 6

  init(_ value: JSONValue) throws(ConfigurationError) {
    guard let object = value.object else { throw ConfigurationError("prices: an object") }
    do throws(ConfigurationError) {
      try ConfigurationMembers(object).allow(Self.members)
      guard let input = try Self.price(object, "input"), let output = try Self.price(object, "output") else {
        throw ConfigurationError("input and output are needed")
      }
      (self.input, self.output) = (input, output)
      cachedInput = try Self.price(object, "cached_input") ?? input
      currency = try ConfigurationMembers(object).text("currency", 1...12) ?? "USD"
      guard Cost.isCurrency(currency) else { throw ConfigurationError("currency: 1 to 12 letters and digits") }
    } catch {
      throw ConfigurationError("prices: \(error)")
    }
  }

  private static func price(_ object: JSONObject, _ name: String) throws(ConfigurationError) -> Int64? {
    guard let value = object[name], !value.isNull else { return nil }
    let text = value.string ?? value.description
    guard let price = Cost.scaled(text, places: places), price <= most * 1_000_000 else {
      throw ConfigurationError("\(name): from 0 to \(most), with up to \(places) decimal places")
    }
    return price
  }

  /// What was counted costs so much; what does not fit is as much as fits.
  package func cost(of usage: Usage) -> Cost {
    let cached = min(max(0, usage.cachedTokens), max(0, usage.inputTokens))
    let parts = [
      (max(0, usage.inputTokens) - cached, input), (cached, cachedInput), (max(0, usage.outputTokens), output),
    ]
    var sum: Int64 = 0
    for (tokens, price) in parts {
      let (product, isTooMuch) = tokens.multipliedReportingOverflow(by: price)
      let (total, overflow) = sum.addingReportingOverflow(product)
      guard !isTooMuch, !overflow else { return Cost(picos: .max, currency: currency) }
      sum = total
    }
    return Cost(picos: sum, currency: currency)
  }
}
