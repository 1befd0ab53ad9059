import ProxyWire
import Testing

@Suite struct AddressTests {
  @Test(
    "texts that are addresses",
    arguments: [
      ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("2001:DB8:0::1", "2001:db8::1"), ("::", "::"),
      ("::ffff:192.0.2.7", "192.0.2.7"), ("64:ff9b::1.2.3.4", "64:ff9b::102:304"),
    ])
  func addresses(_ text: String, _ normal: String) {
    #expect(IPAddress(text)?.description == normal)
  }

  @Test(
    "texts that are none",
    arguments: [
      "", " 192.0.2.1", "192.0.2.1 ", "192.0.2", "192.0.2.256", "192.0.2.01", "0x7f.0.0.1", "2130706433", "1.2.3.4:5",
      "[::1]", "::1%lo", "::1::", "12345::", "localhost", "192.0.2.1\0",
    ])
  func noAddresses(_ text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test(
    "ranges: what they hold",
    arguments: [
      ("10.0.0.0/8", "10.255.3.4", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.0.0.0/8", "::1", false),
      ("192.0.2.128/25", "192.0.2.128", true), ("192.0.2.128/25", "192.0.2.127", false),
      ("192.0.2.4", "192.0.2.4", true), ("192.0.2.4", "192.0.2.5", false), ("0.0.0.0/0", "203.0.113.9", true),
      ("0.0.0.0/0", "2001:db8::1", false), ("2001:db8::/33", "2001:db8:7fff::", true),
      ("2001:db8::/33", "2001:db8:8000::", false), ("::/0", "192.0.2.1", false),
      ("10.0.0.0/8", "::ffff:10.1.1.1", true),
    ])
  func ranges(_ range: String, _ address: String, _ holds: Bool) throws {
    #expect(try #require(AddressRange(range)).contains(#require(IPAddress(address))) == holds)
  }

  @Test(
    "texts that are no ranges",
    arguments: [
      "", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.1/8", "::/129", "10/8",
      "10.0.0.0/8/8", "a/8",
    ])
  func noRanges(_ text: String) {
    #expect(AddressRange(text) == nil)
  }

  @Test("lists")
  func lists() {
    #expect(AddressRange.list("10.0.0.0/8, ::1")?.map(\.description) == ["10.0.0.0/8", "::1/128"])
    #expect(AddressRange.list("10.0.0.0/8,,::1") == nil && AddressRange.list("") == nil)
  }
}
