import Deflate
import WebSocketWire

/// Messages that one side compresses are the same at the other, with every agreement on contexts and windows.
func checkDeflateRoundTrip(_ input: inout FuzzInput) {
  let plan = input.plan()
  let tuning = input.byte()
  var settings = WebSocketDeflateSettings()
  settings.isEnabled = true
  settings.threshold = tuning & 0x80 != 0 ? 64 : 0
  settings.level = 1 + Int(tuning & 7)
  settings.contextWindowBits = 9 + Int(tuning >> 3) % 7
  let bits = 9 + input.byte() % 7
  let agreed = WebSocketDeflate(
    serverKeepsContext: plan.hasOption, clientKeepsContext: plan.hasOption, serverWindowBits: bits,
    clientWindowBits: bits)
  let pool = WebSocketDeflatePool(settings)
  var sender: WebSocketDeflateContext? = WebSocketDeflateContext(agreed, role: plan.isClient ? .client : .server)
  var receiver: WebSocketDeflateContext? = WebSocketDeflateContext(agreed, role: plan.isClient ? .server : .client)
  let pieces = plan.pieces(of: input.remainder())
  // The first again at the end: with a context it refers to itself across the others.
  for message in pieces + pieces.prefix(1) {
    let maskKey: UInt32? = plan.isClient ? 0x0A0B_0C0D : nil
    var frame: [UInt8] = []
    pool.append(.binary, message.span.bytes, for: &sender, maskKey: maskKey, to: &frame)
    let header = WebSocketEncoder.headerLength(payload: message.count, isMasked: plan.isClient)
    demand(plan.hasOption || frame.count <= header + message.count, "compression has made it larger")
    do throws(WebSocketError) {
      let received = try receive(
        frame, pool, &receiver, message.count, role: plan.isClient ? .server : .client)
      demand(received == message, "\(message) comes out as \(received)")
    } catch {
      fatalError("\(message) is refused: \(error)")
    }
  }
}
