import Conversation
import JSONWire
import Testing

@testable import Agents

/// What tokens cost: exactly, whatever the price.
@Suite struct ModelPricesTests {
  @Test(arguments: [
    (#"{"input": 2.5, "output": 10}"#, 9, 2, 4, "0.0000425 USD"),
    (#"{"input": 2.5, "output": 10, "cached_input": 1.25}"#, 9, 2, 4, "0.0000375 USD"),
    (#"{"input": 2.5, "output": 10, "cached_input": 0, "currency": "EUR"}"#, 9, 2, 4, "0.0000325 EUR"),
    (#"{"input": "0.000001", "output": 0}"#, 1, 1000, 0, "0.000000000001 USD"),
    (#"{"input": 0, "output": 1000000}"#, 5, 3, 0, "3 USD"),
    (#"{"input": 0.1, "output": 0.2}"#, 1, 1, 0, "0.0000003 USD"),
    // What a service makes up costs no less than nothing, and no more than fits.
    (#"{"input": 1, "output": 1}"#, -5, -7, -9, "0 USD"),
    (#"{"input": 2, "output": 3, "cached_input": 1}"#, 3, 0, 100, "0.000003 USD"),
    (#"{"input": 1000000, "output": 1}"#, .max, 1, 0, "9223372.036854775807 USD"),
  ])
  func anAnswerCosts(prices: String, input: Int64, output: Int64, cached: Int64, cost: String) throws {
    let prices = try ModelPrices(try JSONValue(parsing: prices))
    let sum = prices.cost(of: Usage(inputTokens: input, outputTokens: output, cachedTokens: cached))
    #expect("\(sum.amount) \(sum.currency)" == cost)
    #expect(Cost.scaled(sum.amount, places: Cost.places) == sum.picos)
  }

  @Test(arguments: [
    "7", "{}", #"{"input": 1}"#, #"{"output": 1}"#, #"{"input": -1, "output": 1}"#, #"{"input": 1e-3, "output": 1}"#,
    #"{"input": 0.0000001, "output": 1}"#, #"{"input": 1000000.5, "output": 1}"#, #"{"input": "1.", "output": 1}"#,
    #"{"input": ".5", "output": 1}"#, #"{"input": 1, "output": 1, "price": 1}"#, #"{"input": true, "output": 1}"#,
    #"{"input": 1, "output": 1, "currency": "US$, EUR"}"#, #"{"input": 99999999999999999999, "output": 1}"#,
  ])
  func whatIsNoPriceIsRefused(prices: String) throws {
    let value = try JSONValue(parsing: prices)
    let error = #expect(throws: ConfigurationError.self) { try ModelPrices(value) }
    #expect(error?.description.hasPrefix("prices: ") == true)
  }

  @Test func pricesAreAPartOfAModelsConfiguration() throws {
    let settings: JSONValue = ["url": "https://a.example", "model": "m", "prices": ["input": 1, "output": 2]]
    let object = try #require(settings.object)
    #expect(try ModelConfiguration(.messages, object).prices?.output == 2_000_000)
  }
}
