import SkeinTestKit
import Testing

/// What is said in one session is not known in another.
@Suite struct IsolationTests {
  @Test func sessionsShareNothing() async throws {
    try await TestServer.with(agents: ["remembering": RememberingAgent()]) { server in
      let (alice, bob) = (Identity.random(), Identity.random())
      let (one, two) = (
        try await server.client(alice, agent: "remembering"), try await server.client(bob, agent: "remembering")
      )
      #expect(try await one.ask("My name is Alice.").text == "I see.")
      #expect(try await two.ask("What is my name?").text == "You have not told me your name.")
      #expect(try await one.ask("What is my name?").text == "Your name is Alice.")
      #expect(try await two.ask("My name is Bob.").text == "I see.")
      #expect(try await two.ask("What is my name?").text == "Your name is Bob.")
      #expect(try await one.ask("What is my name?").text == "Your name is Alice.")
      // Another session of the same visitor is another conversation.
      let third = Identity(session: Identity.random().session, token: alice.token)
      let other = try await server.client(third, agent: "remembering")
      #expect(try await other.ask("What is my name?").text == "You have not told me your name.")
      // A conversation is the same on another connection, and after the session was out of memory.
      await one.drop()
      let again = try await server.client(alice)
      #expect(try await again.ask("What is my name?").text == "Your name is Alice.")
      let transcript = await two.transcript
      #expect(!transcript.messages.contains { $0.text.contains("Alice") })
    }
  }

  @Test func manySessionsAtOnce() async throws {
    try await TestServer.with(agents: ["remembering": RememberingAgent()]) { server in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<40 {
          group.addTask {
            let client = try await server.client(agent: "remembering")
            try await client.ask("My name is Number \(index).")
            for _ in 0..<3 { #expect(try await client.ask("What is my name?").text == "Your name is Number \(index).") }
          }
        }
        try await group.waitForAll()
      }
    }
  }
}
