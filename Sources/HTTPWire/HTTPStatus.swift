/// A response's status (RFC 9110 section 15).
package struct HTTPStatus: Hashable, Sendable {
  /// The three digits.
  package let code: UInt16

  /// A status of a code from 100 to 599.
  @inlinable
  package init(_ code: UInt16) { self.code = code }

  /// 100
  package static var `continue`: Self { Self(100) }
  /// 101
  package static var switchingProtocols: Self { Self(101) }
  /// 200
  package static var ok: Self { Self(200) }
  /// 201
  package static var created: Self { Self(201) }
  /// 202
  package static var accepted: Self { Self(202) }
  /// 204
  package static var noContent: Self { Self(204) }
  /// 206
  package static var partialContent: Self { Self(206) }
  /// 301
  package static var movedPermanently: Self { Self(301) }
  /// 302
  package static var found: Self { Self(302) }
  /// 303
  package static var seeOther: Self { Self(303) }
  /// 304
  package static var notModified: Self { Self(304) }
  /// 307
  package static var temporaryRedirect: Self { Self(307) }
  /// 308
  package static var permanentRedirect: Self { Self(308) }
  /// 400
  package static var badRequest: Self { Self(400) }
  /// 401
  package static var unauthorized: Self { Self(401) }
  /// 403
  package static var forbidden: Self { Self(403) }
  /// 404
  package static var notFound: Self { Self(404) }
  /// 405
  package static var methodNotAllowed: Self { Self(405) }
  /// 406
  package static var notAcceptable: Self { Self(406) }
  /// 408
  package static var requestTimeout: Self { Self(408) }
  /// 409
  package static var conflict: Self { Self(409) }
  /// 412
  package static var preconditionFailed: Self { Self(412) }
  /// 413
  package static var contentTooLarge: Self { Self(413) }
  /// 414
  package static var uriTooLong: Self { Self(414) }
  /// 415
  package static var unsupportedMediaType: Self { Self(415) }
  /// 416
  package static var rangeNotSatisfiable: Self { Self(416) }
  /// 417
  package static var expectationFailed: Self { Self(417) }
  /// 421
  package static var misdirectedRequest: Self { Self(421) }
  /// 422
  package static var unprocessableContent: Self { Self(422) }
  /// 426
  package static var upgradeRequired: Self { Self(426) }
  /// 429
  package static var tooManyRequests: Self { Self(429) }
  /// 431
  package static var fieldsTooLarge: Self { Self(431) }
  /// 500
  package static var internalServerError: Self { Self(500) }
  /// 501
  package static var notImplemented: Self { Self(501) }
  /// 502
  package static var badGateway: Self { Self(502) }
  /// 503
  package static var serviceUnavailable: Self { Self(503) }
  /// 504
  package static var gatewayTimeout: Self { Self(504) }
  /// 505
  package static var versionNotSupported: Self { Self(505) }

  /// Whether a response of this status never has content (RFC 9112 section 6.3).
  @inlinable
  package var forbidsBody: Bool { code < 200 || code == 204 || code == 304 }

  /// The phrase beside the code.
  package var reason: StaticString {
    switch code {
    case 100: "Continue"
    case 101: "Switching Protocols"
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    case 204: "No Content"
    case 206: "Partial Content"
    case 301: "Moved Permanently"
    case 302: "Found"
    case 303: "See Other"
    case 304: "Not Modified"
    case 307: "Temporary Redirect"
    case 308: "Permanent Redirect"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 406: "Not Acceptable"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 412: "Precondition Failed"
    case 413: "Content Too Large"
    case 414: "URI Too Long"
    case 415: "Unsupported Media Type"
    case 416: "Range Not Satisfiable"
    case 417: "Expectation Failed"
    case 421: "Misdirected Request"
    case 422: "Unprocessable Content"
    case 426: "Upgrade Required"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    case 505: "HTTP Version Not Supported"
    default: "Status"
    }
  }
}
