/// What a file is, by the ending of its name.
enum ContentType {
  static func of(_ name: String) -> (type: StaticString, isText: Bool) {
    switch name.split(separator: ".").last.map(String.init) {
    case "html": ("text/html; charset=utf-8", true)
    case "css": ("text/css; charset=utf-8", true)
    case "js", "mjs": ("text/javascript; charset=utf-8", true)
    case "json", "map": ("application/json", true)
    case "md": ("text/markdown; charset=utf-8", true)
    case "txt": ("text/plain; charset=utf-8", true)
    case "svg": ("image/svg+xml", true)
    case "xml": ("application/xml", true)
    case "png": ("image/png", false)
    case "jpg", "jpeg": ("image/jpeg", false)
    case "gif": ("image/gif", false)
    case "webp": ("image/webp", false)
    case "ico": ("image/x-icon", false)
    case "woff2": ("font/woff2", false)
    case "wasm": ("application/wasm", false)
    default: ("application/octet-stream", false)
    }
  }
}
