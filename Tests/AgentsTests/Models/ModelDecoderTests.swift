import Conversation
import HTTPWire
import JSONWire
import Redaction
import SeededRandom
import SkeinTestKit
import Testing

@testable import Agents

/// What models' streams say, by format and by server.
@Suite struct ModelDecoderTests {
  static let chat: [(name: String, events: [String], says: [ModelEvent])] = [
    (
      "OpenAI",
      [
        #"{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}"#,
        #"{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}],"usage":null}"#,
        #"{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"lo"},"finish_reason":null}]}"#,
        #"{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
        #"{"object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11,"prompt_tokens_details":{"cached_tokens":4}}}"#,
        "[DONE]",
      ],
      [
        .text("Hel"), .text("lo"), .end(.stop), .usage(Usage(inputTokens: 9, outputTokens: 2, cachedTokens: 4)), .done,
      ]
    ),
    (
      "Azure, whose first chunk judges the prompt",
      [
        #"{"choices":[],"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}"#,
        #"{"choices":[{"index":0,"delta":{"content":"x"},"content_filter_results":{}}]}"#,
        #"{"choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]}"#,
      ],
      [.text("x"), .end(.filter)]
    ),
    (
      "Ollama, with reasoning and counts in the last chunk",
      [
        #"{"choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning":"Hm"},"finish_reason":null}]}"#,
        #"{"choices":[{"index":0,"delta":{"content":"Yes"},"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#,
      ],
      [.reasoning("Hm"), .text("Yes"), .end(.length), .usage(Usage(inputTokens: 1, outputTokens: 1))]
    ),
    (
      "vLLM and DeepSeek, with reasoning_content",
      [
        #"{"choices":[{"index":0,"delta":{"content":null,"reasoning_content":"Let me"}}]}"#,
        #"{"choices":[{"index":0,"delta":{"content":"Yes","reasoning_content":null}}]}"#,
      ],
      [.reasoning("Let me"), .text("Yes")]
    ),
    (
      "thinking in the text",
      [
        #"{"choices":[{"delta":{"content":"\n<thi"}}]}"#, #"{"choices":[{"delta":{"content":"nk>a <b"}}]}"#,
        #"{"choices":[{"delta":{"content":"</thi"}}]}"#, #"{"choices":[{"delta":{"content":"nk>\n\n"}}]}"#,
        #"{"choices":[{"delta":{"content":" Yes <think>"}}]}"#,
      ],
      [.reasoning("a <b"), .text("Yes <think>")]
    ),
    (
      "an answer that only begins like it",
      [#"{"choices":[{"delta":{"content":"<th"}}]}"#, #"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#],
      [.text("<th"), .end(.stop)]
    ),
    (
      "several choices, of which one counts",
      [#"{"choices":[{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"content":"a"}}]}"#], [.text("a")]
    ),
    (
      "parts", [#"{"choices":[{"delta":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}}]}"#],
      [.text("ab")]
    ),
    (
      "whole",
      [
        #"{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"All"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#
      ],
      [.text("All"), .end(.stop), .usage(Usage(inputTokens: 3, outputTokens: 4))]
    ),
    (
      "a tool", [#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"t"}]},"finish_reason":"tool_calls"}]}"#],
      [.asking, .end(.tools)]
    ),
    (
      "calls in pieces",
      [
        #"{"choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"find","arguments":""}}]}}]}"#,
        #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\""}}]}}]}"#,
        #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"now","arguments":""}}]}}]}"#,
        #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}}]}"#,
        #"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#,
        "[DONE]",
      ],
      [
        .asking, .asking, .asking, .asking, .call(ModelCall(id: "a", name: "find", arguments: #"{"x":1}"#)),
        .call(ModelCall(id: "b", name: "now", arguments: "")), .end(.tools), .done,
      ]
    ),
    (
      "Ollama's calls: whole, all with the same index, and an end like any other",
      [
        #"{"choices":[{"index":0,"delta":{"content":"","tool_calls":[{"index":0,"id":"a","function":{"name":"find","arguments":"{}"}}]}}]}"#,
        #"{"choices":[{"index":0,"delta":{"content":"","tool_calls":[{"index":0,"id":"b","function":{"name":"find","arguments":"{}"}}]},"finish_reason":"stop"}]}"#,
      ],
      [
        .asking, .asking, .call(ModelCall(id: "a", name: "find", arguments: "{}")),
        .call(ModelCall(id: "b", name: "find", arguments: "{}")), .end(.stop),
      ]
    ),
    (
      "calls without index or id, with arguments that are an object",
      [
        #"{"choices":[{"message":{"content":"Hm","tool_calls":[{"function":{"name":"find","arguments":{"x":1}}}]},"finish_reason":"tool_calls"}]}"#
      ],
      [.text("Hm"), .asking, .call(ModelCall(id: "", name: "find", arguments: #"{"x":1}"#)), .end(.tools)]
    ),
    (
      "a name in each piece",
      [
        #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"find","arguments":"{"}}]}}]}"#,
        #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"find","arguments":"}"}}]}}]}"#,
        "[DONE]",
      ],
      [.asking, .asking, .call(ModelCall(id: "a", name: "find", arguments: "{}")), .done]
    ),
    (
      "an error in the stream", [#"{"error":{"message":"secret sk-123","type":"server_error","code":null}}"#],
      [.failure(ModelFailure(.fault, said: "server_error"))]
    ),
    ("an error as text", [#"{"error":"model crashed: secret"}"#], [.failure(ModelFailure(.fault))]),
    (
      "vLLM's errors", [#"{"object":"error","message":"x","type":"BadRequestError","code":400}"#],
      [.failure(ModelFailure(.refusedRequest, said: "BadRequestError"))]
    ),
    (
      "llama.cpp's errors",
      [#"{"error":{"code":400,"message":"the request exceeds","type":"exceed_context_size_error"}}"#],
      [.failure(ModelFailure(.tooLong, said: "exceed_context_size_error"))]
    ),
    ("no JSON", ["{\"choices\":"], [.failure(ModelFailure(.garbled))]),
    ("something else", [#"{"object":"ping"}"#, #"[]"#, "{}"], []),
  ]

  static let messages: [(name: String, events: [String], says: [ModelEvent])] = [
    (
      "a whole stream",
      [
        #"{"type":"message_start","message":{"id":"m","role":"assistant","content":[],"usage":{"input_tokens":25,"cache_read_input_tokens":5,"output_tokens":1}}}"#,
        #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        #"{"type":"ping"}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}"#,
        #"{"type":"content_block_stop","index":0}"#,
        #"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":15}}"#,
        #"{"type":"message_stop"}"#,
      ],
      [
        .usage(Usage(inputTokens: 30, outputTokens: 1, cachedTokens: 5)), .text("Hello"),
        .usage(Usage(inputTokens: 30, outputTokens: 15, cachedTokens: 5)), .end(.stop), .done,
      ]
    ),
    (
      "thinking",
      [
        #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Let me"}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"Eq"}}"#,
        #"{"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":{"cited_text":"c"}}}"#,
        #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{"}}"#,
        #"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Yes"}}"#,
      ],
      [.reasoning("Let me"), .text("Yes")]
    ),
    (
      "an error", [#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#],
      [.failure(ModelFailure(.busy, said: "overloaded_error"))]
    ),
    ("a refusal", [#"{"type":"message_delta","delta":{"stop_reason":"refusal"}}"#], [.end(.filter)]),
    (
      "too long", [#"{"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":9}}"#],
      [
        .usage(Usage(inputTokens: 0, outputTokens: 9)), .end(.length),
      ]
    ),
    (
      "whole",
      [
        #"{"type":"message","content":[{"type":"thinking","thinking":"t"},{"type":"text","text":"All"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":2}}"#
      ],
      [
        .reasoning("t"), .text("All"), .usage(Usage(inputTokens: 1, outputTokens: 2)), .end(.stop), .done,
      ]
    ),
    (
      "what a later version brings",
      [#"{"type":"content_block_delta","delta":{"type":"odour_delta"}}"#, #"{"type":"x"}"#], []
    ),
    (
      "calls",
      [
        #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hm"}}"#,
        #"{"type":"content_block_stop","index":0}"#,
        #"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"a","name":"find","input":{}}}"#,
        #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}}"#,
        #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"x\""}}"#,
        #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":":1}"}}"#,
        #"{"type":"content_block_stop","index":1}"#,
        #"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"b","name":"now","input":{}}}"#,
        #"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}"#,
        #"{"type":"content_block_stop","index":2}"#,
        #"{"type":"message_delta","delta":{"stop_reason":"tool_use"}}"#,
      ],
      [
        .text("Hm"), .asking, .asking, .call(ModelCall(id: "a", name: "find", arguments: #"{"x":1}"#)),
        .call(ModelCall(id: "b", name: "now", arguments: "")), .end(.tools),
      ]
    ),
    (
      "a whole call, and thoughts",
      [
        #"{"type":"message","content":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"redacted_thinking","data":"d"},{"type":"tool_use","id":"a","name":"find","input":{"x":1}}],"stop_reason":"tool_use"}"#
      ],
      [
        .reasoning("t"), .thought(["type": "thinking", "thinking": "t", "signature": "s"]),
        .thought(["type": "redacted_thinking", "data": "d"]),
        .call(ModelCall(id: "a", name: "find", arguments: #"{"x":1}"#)), .end(.tools), .done,
      ]
    ),
    (
      "thoughts in pieces",
      [
        #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"a"}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"b"}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}}"#,
        #"{"type":"content_block_stop","index":0}"#,
      ],
      [
        .reasoning("a"), .reasoning("b"), .thought(["type": "thinking", "thinking": "ab", "signature": "s"]),
      ]
    ),
    ("no JSON", ["data"], [.failure(ModelFailure(.garbled))]),
  ]

  /// Streams of answers that call, cut at random: the same is said, wherever the bytes end.
  @Test func cutsDoNotMatter() throws {
    var random = SeededGenerator("cutsDoNotMatter")
    let calls = [
      ServiceScript.Call("a", "find", #"{"where":"Zürich 漢👋🏽","deep":{"x":[1,2,{"y":null}]}}"#),
      ServiceScript.Call("b", "now", ""),
    ]
    for kind in ["chat-completions", "messages"] {
      let events =
        kind == "messages"
        ? ServiceScript.messages(calling: calls, saying: "Hm 漢") : ServiceScript.chat(calling: calls, saying: "Hm 漢")
      let bytes = Array(events.joined().utf8)
      for _ in 0..<200 {
        let decoder: any ModelDecoder = kind == "messages" ? MessagesDecoder() : ChatCompletionsDecoder()
        var reader = EventStreamReader(decoder)
        var (rest, said) = (bytes[...], [ModelEvent]())
        while !rest.isEmpty {
          let count = Int.random(in: 1...min(rest.count, 40), using: &random)
          said += reader.read(Array(rest.prefix(count)))
          rest = rest.dropFirst(count)
        }
        said += reader.finish()
        let found = said.compactMap { if case .call(let call) = $0 { call } else { nil } }
        #expect(found == calls.map { ModelCall(id: $0.id, name: $0.name, arguments: $0.arguments) }, "\(random.seed)")
        #expect(said.contains(.end(.tools)) && said.contains(.text("Hm 漢")))
      }
    }
  }

  @Test(arguments: chat.indices) func chatCompletionsAreUnderstood(_ index: Int) {
    let (name, events, says) = Self.chat[index]
    var decoder = ChatCompletionsDecoder()
    let said = events.flatMap { decoder.decode(EventStreamEvent(data: Array($0.utf8))) } + decoder.finish()
    #expect(said == says, "\(name)")
  }

  @Test(arguments: messages.indices) func messagesAreUnderstood(_ index: Int) {
    let (name, events, says) = Self.messages[index]
    var decoder = MessagesDecoder()
    let said = events.flatMap { decoder.decode(EventStreamEvent(data: Array($0.utf8))) } + decoder.finish()
    #expect(said == says, "\(name)")
  }

  @Test func brokenLettersAreMended() {
    var decoder = ChatCompletionsDecoder()
    let data = Array(#"{"choices":[{"delta":{"content":"a"#.utf8) + [0xC3] + Array(#"b"}}]}"#.utf8)
    #expect(decoder.decode(EventStreamEvent(data: data)) == [.text("a\u{FFFD}b")])
  }

  static let refusals: [(status: Int, content: String, kind: ModelFailure.Kind)] = [
    (
      401,
      #"{"error":{"message":"Incorrect API key provided: sk-abc","type":"invalid_request_error","code":"invalid_api_key"}}"#,
      .refusedKey
    ),
    (403, "Forbidden", .refusedKey), (404, #"{"error":{"code":"model_not_found"}}"#, .notFound),
    (400, #"{"error":{"code":"context_length_exceeded","type":"invalid_request_error"}}"#, .tooLong),
    (
      400,
      #"{"object":"error","message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError"}"#,
      .tooLong
    ),
    (
      400, #"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens"}}"#,
      .tooLong
    ),
    (400, "{}", .refusedRequest), (413, "", .tooLong), (429, "slow down", .busy),
    (429, #"{"error":{"type":"insufficient_quota","code":"insufficient_quota"}}"#, .quota), (402, "", .quota),
    (500, "<html>", .fault), (502, "", .fault), (503, "", .fault),
    (529, #"{"error":{"type":"overloaded_error"}}"#, .busy),
  ]

  @Test(arguments: refusals.indices) func aRefusalIsToldInASentenceOfOurOwn(_ index: Int) {
    let (status, content, kind) = Self.refusals[index]
    let failure = ModelFailure(status: status, content: Array(content.utf8))
    #expect(failure.kind == kind, "\(status) \(content)")
    #expect(!failure.detail.contains("sk-") && !failure.sentence().contains("sk-"))
    #expect(failure.isPassing == [.busy, .fault].contains(kind))
  }

  @Test func everySentenceIsOne() {
    for kind in ModelFailure.Kind.allCases {
      let sentence = ModelFailure(kind).sentence(of: "agent")
      #expect(!sentence.contains("model"))
      #expect(sentence.hasSuffix(".") && sentence.count(where: { $0 == "." }) == 1, "\(sentence)")
    }
  }
}
