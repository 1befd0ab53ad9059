import ProxyWire

/// Any bytes as the PROXY header of a connection: what is judged once stays so whatever follows, nothing is judged
/// before the header is whole, and its size is within bounds.
func checkProxyHeader(_ input: inout FuzzInput) {
  let bytes = input.remainder()
  let whole = judge(bytes)
  if case .success(let header?) = whole {
    demand(1...min(4096, bytes.count) ~= header.count, "a header of \(header.count) bytes in \(bytes.count)")
    demand(judge(Array(bytes[..<header.count])) == whole, "without what follows it is another header")
    if header.count > 1 {
      demand(judge(Array(bytes[..<(header.count - 1)])) == .success(nil), "it is taken without its last byte")
    }
    if let address = header.source?.address {
      demand(IPAddress(address.description) == address, "the address \(address)")
    }
  }
  var judged: Result<ProxyHeader?, ProxyError> = .success(nil)
  for count in 0...min(bytes.count, 120) {
    let next = judge(Array(bytes[..<count]))
    demand(judged == .success(nil) || next == judged, "with \(count) bytes \(judged) becomes \(next)")
    judged = next
  }
  demand(judged == .success(nil) || judged == whole, "\(judged) becomes \(whole)")
}

private func judge(_ bytes: [UInt8]) -> Result<ProxyHeader?, ProxyError> {
  Result { () throws(ProxyError) in try ProxyHeader.parse(bytes) }
}
