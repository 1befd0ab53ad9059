extension IPAddress {
  /// Whether it is one of the public internet: none that is for special purposes (RFC 6890 and its registries), such as
  /// the machine itself, private networks, those of one link, where clouds tell machines their secrets, and IPv6
  /// addresses that stand for IPv4 ones.
  package var isPublic: Bool { !Self.special.contains { $0.contains(self) } && (isIPv4 || bytes[0] & 0xE0 == 0x20) }

  private static let special: [AddressRange] = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/3", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
  ].compactMap { AddressRange($0) }
}
